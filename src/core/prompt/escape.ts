/** Names come from the user's disk and may hold anything; between tags they end none, and stay on their line. */
export const escapeText = (text: string): string =>
  text
    .replace(/[<>&]/g, (c) => (c === "<" ? "&lt;" : c === ">" ? "&gt;" : "&amp;"))
    .replace(/\p{Cc}/gu, (c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`);
