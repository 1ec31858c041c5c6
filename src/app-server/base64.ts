/** What is wrong with a text in base64 (RFC 4648, with padding), in the words that clients know; null when nothing is. */
export function base64Fault(text: string): string | null {
  const padding = /={0,2}$/u.exec(text)?.[0].length ?? 0;
  const at = text.search(/[^A-Za-z0-9+/]/u);
  if (at >= 0 && at < text.length - padding) {
    return `Invalid symbol ${text.codePointAt(at) ?? 0}, offset ${at}.`;
  }
  return text.length % 4 === 0 ? null : "Invalid padding";
}
