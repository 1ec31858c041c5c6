/** A piece of a text around a place in it, on one line. */
export interface Snippet {
  readonly text: string;
  /** Where the place stands in `text`, in UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

const before = 50;
const after = 100;
/** Of what was found itself: a search term may be longer than what is worth showing. */
const most = 200;

/** The surroundings of `[start, end)`, with white space made single and what is left out marked. */
export function snippetOf(text: string, start: number, end: number): Snippet {
  const from = start > before ? start - before : 0;
  const to = Math.min(text.length, end + after);
  const lead = (from > 0 ? "... " : "") + plain(text.slice(from, start)).trimStart();
  const found = plain(text.slice(start, Math.min(end, start + most)));
  const rest = plain(text.slice(end, to)).trimEnd() + (to < text.length ? " ..." : "");
  return { text: lead + found + rest, start: lead.length, end: lead.length + found.length };
}

/** A window may begin in the middle of a character. */
const plain = (text: string): string => text.toWellFormed().replace(/\s+/gu, " ");
