/** Bytes of a message as UTF-8. */
export const maxMessageBytes = 5 * 1024 * 1024;

/** Why a message cannot be sent, for the user; null when it can. */
export function refusal(text: string): string | null {
  // Every UTF-16 unit takes one to three bytes: most texts need no counting.
  if (text.length * 3 <= maxMessageBytes) return null;
  const bytes = new TextEncoder().encode(text).length;
  if (bytes <= maxMessageBytes) return null;
  const size = (bytes / 1024 / 1024).toFixed(1);
  return `This message has ${size} MB; 5 MB is the limit. Nothing was sent and your text is still here: shorten it, or save it to a file and mention the path.`;
}
