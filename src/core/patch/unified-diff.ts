import { structuredPatch } from "diff";

/** Lines of context around a change, as git shows. */
const context = 3;
/** Edits the diff may search for; beyond it the changed region is shown as removed and added as a whole. Keeps the work bounded. */
const maxEditLength = 1_000;

/**
 * Unified diff of two texts without file headers ("" when they are equal), in git's form: `@@ -1 +1,2 @@`, "\ No newline at end of
 * file". The equal beginning and end are skipped first, so that the cost follows the changed region and not the file.
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return "";
  const region = changedRegion(before, after);
  const old = before.slice(region.start, region.beforeEnd);
  const changed = after.slice(region.start, region.afterEnd);
  const patch = structuredPatch("", "", old, changed, undefined, undefined, { context, maxEditLength });
  const hunks = patch?.hunks ?? [wholeHunk(old, changed)];
  return hunks
    .map((hunk, index) => {
      // In repeated lines a change may slide to the edge of the region, where its context was cut off.
      const above = index === 0 ? missingAbove(hunk, before.slice(0, region.start)) : [];
      const below = index === hunks.length - 1 ? missingBelow(hunk, before.slice(region.beforeEnd)) : [];
      return formatHunk(widen(hunk, above, below), region.linesBefore);
    })
    .join("");
}

/** `start` is the same offset in both texts and, like both ends, the start of a line or the end of the text. */
interface Region {
  readonly start: number;
  readonly linesBefore: number;
  readonly beforeEnd: number;
  readonly afterEnd: number;
}

function changedRegion(before: string, after: string): Region {
  const shorter = Math.min(before.length, after.length);
  let equal = 0;
  while (equal < shorter && before.charCodeAt(equal) === after.charCodeAt(equal)) equal++;
  let start = lineStart(before, equal);
  for (let line = 0; line < context && start > 0; line++) start = lineStart(before, start - 1);

  let tail = 0;
  const longestTail = shorter - equal;
  while (
    tail < longestTail &&
    before.charCodeAt(before.length - 1 - tail) === after.charCodeAt(after.length - 1 - tail)
  )
    tail++;
  // The equal end counts from the first line that is equal as a whole, and the context comes after that.
  let beforeEnd = before.length - tail;
  const isAtLineStart = isLineStart(before, beforeEnd) && isLineStart(after, after.length - tail);
  if (!isAtLineStart) beforeEnd = nextLine(before, beforeEnd);
  for (let line = 0; line < context; line++) beforeEnd = nextLine(before, beforeEnd);
  return {
    start,
    linesBefore: countNewlines(before, start),
    beforeEnd,
    afterEnd: after.length - (before.length - beforeEnd),
  };
}

function isLineStart(text: string, offset: number): boolean {
  return offset === 0 || text[offset - 1] === "\n";
}

function lineStart(text: string, offset: number): number {
  return offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline === -1 ? text.length : newline + 1;
}

function countNewlines(text: string, end: number): number {
  let count = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < end; next = text.indexOf("\n", next + 1)) count++;
  return count;
}

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  /** Each with its sign. */
  readonly lines: readonly string[];
}

function wholeHunk(before: string, after: string): Hunk {
  const old = signed(before, "-");
  const changed = signed(after, "+");
  const count = (lines: readonly string[]): number => lines.filter((line) => !line.startsWith("\\")).length;
  return { oldStart: 1, oldLines: count(old), newStart: 1, newLines: count(changed), lines: [...old, ...changed] };
}

function signed(text: string, sign: "-" | "+" | " "): readonly string[] {
  if (text === "") return [];
  const lines = text.split("\n").map((line) => sign + line);
  return text.endsWith("\n") ? lines.slice(0, -1) : [...lines, "\\ No newline at end of file"];
}

function missingAbove({ lines }: Hunk, above: string): readonly string[] {
  const missing = context - lines.findIndex((line) => !line.startsWith(" "));
  let start = above.length;
  for (let line = 0; line < missing && start > 0; line++) start = lineStart(above, start - 1);
  return signed(above.slice(start), " ");
}

function missingBelow({ lines }: Hunk, below: string): readonly string[] {
  const missing = context - (lines.length - 1 - lines.findLastIndex((line) => !line.startsWith(" ")));
  let end = 0;
  for (let line = 0; line < missing; line++) end = nextLine(below, end);
  return signed(below.slice(0, end), " ");
}

function widen(hunk: Hunk, above: readonly string[], below: readonly string[]): Hunk {
  const added = [...above, ...below].filter((line) => line.startsWith(" ")).length;
  return {
    oldStart: hunk.oldStart - above.length,
    oldLines: hunk.oldLines + added,
    newStart: hunk.newStart - above.length,
    newLines: hunk.newLines + added,
    lines: [...above, ...hunk.lines, ...below],
  };
}

function formatHunk({ oldStart, oldLines, newStart, newLines, lines }: Hunk, linesBefore: number): string {
  const range = (start: number, count: number): string => {
    const first = start + linesBefore - (count === 0 ? 1 : 0);
    return count === 1 ? String(first) : `${first},${count}`;
  };
  return `@@ -${range(oldStart, oldLines)} +${range(newStart, newLines)} @@\n${lines.join("\n")}\n`;
}
