/**
 * Text that decides something (a command to approve, a file name) with its invisible characters made visible: control characters,
 * bidirectional marks and zero-width characters can make a line look like another one.
 */
export function visibleText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029\u{e0000}-\u{e0fff}]/gu, (character) =>
    character === "\n" || character === "\t" ? character : escaped(character),
  );
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
