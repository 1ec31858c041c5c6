import { useMemo, useState } from "preact/hooks";
import { plural } from "../units.ts";
import { type AnsiSpan, parseAnsi } from "./ansi.ts";
import { lastLines } from "./output-lines.ts";

/** Lines and characters on the page at once; a command may print a hundred megabytes. */
const maxLines = 2000;
const maxCharacters = 200_000;

interface OutputProps {
  readonly output: string;
  /** Lines shown before the user asks for more. */
  readonly tail: number;
}

/** The end of a command's output, in the terminal's colours; more of it on demand. */
export function OutputView({ output, tail }: OutputProps) {
  const [isWhole, setIsWhole] = useState(false);
  const bounded = output.length > maxCharacters ? output.slice(-maxCharacters) : output;
  const { text, hidden } = useMemo(() => lastLines(bounded, isWhole ? maxLines : tail), [bounded, isWhole, tail]);
  const spans = useMemo(() => parseAnsi(text.replace(/^(?:[ \t]*\r?\n)+/, "")), [text]);
  const isCut = bounded.length < output.length;
  return (
    <div class="output">
      {(hidden > 0 || isCut) && !isWhole && (
        <button type="button" class="link more" onClick={() => setIsWhole(true)}>
          {isCut ? "Show earlier output" : `Show ${plural(hidden, "earlier line")}`}
        </button>
      )}
      {isWhole && (hidden > 0 || isCut) && <p class="note">Only the end of a long output is shown here.</p>}
      <pre class="plain-output" role="group" tabIndex={0} aria-label="Output">
        {spans.map(({ text: run, style }, index) => (
          <span key={index} class={classOf(style)}>
            {run}
          </span>
        ))}
      </pre>
      {isWhole && (
        <button type="button" class="link more" onClick={() => setIsWhole(false)}>
          Show less
        </button>
      )}
    </div>
  );
}

function classOf({ color, isBold, isDim }: AnsiSpan["style"]): string | undefined {
  const names = [color === null ? "" : `ansi-${color}`, isBold ? "ansi-bold" : "", isDim ? "ansi-dim" : ""].filter(
    Boolean,
  );
  return names.length === 0 ? undefined : names.join(" ");
}
