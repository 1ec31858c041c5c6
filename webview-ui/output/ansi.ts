/**
 * Terminal output as coloured text. Only colours and weight are understood (SGR); every other escape sequence is dropped, and a
 * carriage return starts its line over, as a progress bar expects.
 */
export type AnsiStyle = { readonly color: number | null; readonly isBold: boolean; readonly isDim: boolean };
export type AnsiSpan = { readonly text: string; readonly style: AnsiStyle };

const plain: AnsiStyle = { color: null, isBold: false, isDim: false };
const escape = String.fromCharCode(27);
const bell = String.fromCharCode(7);
/** CSI sequences (group 1: parameters, group 2: final byte), OSC up to its end or the line's, and two-byte escapes. */
const sequence = new RegExp(
  `${escape}(?:\\[([0-9;:?<=>]*)[ -/]*([@-~])|\\][^${bell}${escape}\\n]*(?:${bell}|${escape}\\\\)?|[PX^_][^${escape}\\n]*(?:${escape}\\\\)?|[ -/]*[0-~])`,
  "g",
);

/** Spans of equal style, in order; neighbours differ in style. Colours are 0-15 (terminal palette). */
export function parseAnsi(text: string): AnsiSpan[] {
  const spans: AnsiSpan[] = [];
  let style = plain;
  let from = 0;
  const push = (piece: string): void => {
    const clean = withoutControls(piece);
    if (clean === "") return;
    const last = spans.at(-1);
    if (last !== undefined && last.style === style) spans[spans.length - 1] = { text: last.text + clean, style };
    else spans.push({ text: clean, style });
  };
  for (const match of text.matchAll(sequence)) {
    push(text.slice(from, match.index));
    from = match.index + match[0].length;
    if (match[2] === "m") style = applySgr(style, match[1] ?? "");
  }
  push(text.slice(from));
  return spans;
}

/** The text without escape sequences. */
export function stripAnsi(text: string): string {
  return withoutControls(text.replace(sequence, ""));
}

/** What a carriage return overwrote is dropped, and so is every control character but newline and tab. */
function withoutControls(text: string): string {
  return text
    .replace(/\r+\n/g, "\n")
    .replace(/[^\n]*\r(?=[^\n])/g, "")
    .replace(/[^\P{Cc}\n\t]/gu, "");
}

function applySgr(start: AnsiStyle, parameters: string): AnsiStyle {
  let style = start;
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] ?? 0;
    if (code === 0) style = plain;
    else if (code === 1) style = { ...style, isBold: true };
    else if (code === 2) style = { ...style, isDim: true };
    else if (code === 22) style = { ...style, isBold: false, isDim: false };
    else if (code === 39) style = { ...style, color: null };
    else if (code >= 30 && code <= 37) style = { ...style, color: code - 30 };
    else if (code >= 90 && code <= 97) style = { ...style, color: code - 90 + 8 };
    else if (code === 38) {
      // 38;5;n and 38;2;r;g;b: the sixteen named colours are kept, the rest stays in the text colour.
      const isIndexed = codes[index + 1] === 5;
      const color = codes[index + 2] ?? 0;
      if (isIndexed && color < 16) style = { ...style, color };
      index += isIndexed ? 2 : 4;
    } else if (code === 48) index += codes[index + 1] === 5 ? 2 : 4;
  }
  return style === start || sameStyle(style, start) ? start : sameStyle(style, plain) ? plain : style;
}

function sameStyle(a: AnsiStyle, b: AnsiStyle): boolean {
  return a.color === b.color && a.isBold === b.isBold && a.isDim === b.isDim;
}
