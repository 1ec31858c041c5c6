/** What the user's browser shows at the end of a sign-in: a page of our own, without script, style or anything from elsewhere. */
export interface Page {
  readonly status: number;
  readonly title: string;
  /** Plain text. */
  readonly text: string;
}

export const donePage = (provider: string): Page => ({
  status: 200,
  title: "Signed in",
  text: `You are signed in to ${provider}. You can close this page and go back to Turnwright.`,
});
export const failedPage = (why: string): Page => ({ status: 400, title: "Not signed in", text: why });
export const usedPage: Page = {
  status: 410,
  title: "Already used",
  text: "This sign-in was used already. Look in Turnwright for how it ended.",
};
export const strangePage: Page = {
  status: 400,
  title: "Not a sign-in",
  text: "This address does not belong to the sign-in that Turnwright waits for. Nothing was done.",
};

/** The page as HTML; every text is escaped. */
export function htmlOf({ title, text }: Page): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="color-scheme" content="light dark">
<title>${escaped(title)} - Turnwright</title></head>
<body><h1>${escaped(title)}</h1><p>${escaped(text)}</p></body></html>
`;
}

/** Nothing is loaded, framed, kept or told to another page. */
export const pageHeaders: Readonly<Record<string, string>> = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "referrer-policy": "no-referrer",
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  connection: "close",
};

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => entities[character] ?? "");
