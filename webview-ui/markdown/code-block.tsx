import type { ComponentChildren } from "preact";
import { useMemo } from "preact/hooks";
import { CopyButton } from "../controls/copy-button.tsx";
import { IconButton } from "../controls/icon-button.tsx";
import { usePanel } from "../panel-context.ts";
import type { CodeSpan } from "./highlighter.ts";
import { useHighlight } from "./use-highlight.ts";

/** A fenced or indented block. `info` is what follows the fence; its first word is the language. */
export function CodeBlock({ code, info }: { code: string; info: string }) {
  const { store } = usePanel();
  const language = /^[\w#+.-]+/.exec(info)?.[0] ?? "";
  const highlighted = useHighlight(code, language.toLowerCase());
  const spans = highlighted?.spans ?? null;
  // The same elements for the same spans: while code streams, only the text after them is compared.
  const elements = useMemo(() => spans?.map(spanElement), [spans]);
  return (
    <div class="code-block">
      <div class="code-head">
        <span class="code-language">{language === "" ? "text" : language}</span>
        <CopyButton text={code} label="Copy code" />
        <IconButton icon="insert" label="Insert at cursor" onClick={() => store.insertAtCursor(code)} />
      </div>
      <pre role="group" tabIndex={0} aria-label={`Code, ${language === "" ? "plain text" : language}`}>
        <code>
          {elements}
          {highlighted === null ? code : highlighted.rest}
        </code>
      </pre>
    </div>
  );
}

const spanElement = ({ text, className }: CodeSpan, index: number): ComponentChildren =>
  className === "" ? (
    text
  ) : (
    <span key={index} class={className}>
      {text}
    </span>
  );
