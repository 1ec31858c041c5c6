import { diffLines } from "diff";

/** One replacement: characters `start` to `end` (UTF-16 offsets into the old text) become `text`. */
export interface TextReplacement {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Beyond this many changed lines one replacement covers everything between the common beginning and end. */
const mostEdits = 1_000;

/**
 * The smallest line-wise replacements that turn one text into another, in order and without overlap, so that cursors, folds and
 * undo outside the changed lines stay as they are.
 */
export function replacements(before: string, after: string): TextReplacement[] {
  if (before === after) return [];
  const changes = diffLines(before, after, { maxEditLength: mostEdits });
  if (changes === undefined) return [spanning(before, after)];
  const result: TextReplacement[] = [];
  let at = 0;
  let start = 0;
  let text = "";
  const flush = (): void => {
    if (at > start || text !== "") result.push({ start, end: at, text });
    text = "";
  };
  for (const change of changes) {
    if (change.added) text += change.value;
    else if (change.removed) at += change.value.length;
    else {
      flush();
      at += change.value.length;
      start = at;
    }
  }
  flush();
  return result;
}

/** No cut goes through a character: between its two halves an editor has no position. */
function spanning(before: string, after: string): TextReplacement {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start += 1;
  if (isHighSurrogate(before.charCodeAt(start - 1))) start -= 1;
  let tail = 0;
  while (tail < shorter - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  if (isLowSurrogate(before.charCodeAt(before.length - tail))) tail -= 1;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

const isHighSurrogate = (unit: number): boolean => unit >= 0xd800 && unit < 0xdc00;
const isLowSurrogate = (unit: number): boolean => unit >= 0xdc00 && unit < 0xe000;
