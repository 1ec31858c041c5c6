import type { Chunk, ChunkLine } from "./parse.ts";

/**
 * Fits the chunks of an update to the text of a file. Pure. Each chunk is searched forward from the one before it, first exactly, then
 * with trailing blanks ignored, then all outer blanks, then typographic quotes, dashes and blanks folded. Letter case and Unicode
 * normalisation are never folded. Kept lines keep the file's own text and line end, a byte order mark stays, and the result ends in
 * a newline; added lines take the line end that the file uses first.
 */

/** Lines that may be compared for one patch before matching gives up; about a second of work. */
const maxComparisons = 200_000_000;

export type MatchResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** What matching has cost so far; shared by all updates of one patch, so that the patch as a whole has a bound. */
export interface MatchWork {
  comparisons: number;
}

/** `message` names lines of the file and of the patch, but not the file. `text` is the whole file, with its byte order mark if any. */
export function applyChunks(text: string, chunks: readonly Chunk[], work: MatchWork = { comparisons: 0 }): MatchResult {
  const file = openText(text, work);
  const replacements: Replacement[] = [];
  let cursor = 0;
  for (const [index, chunk] of chunks.entries()) {
    const placed = place(file, chunk, cursor);
    if (!placed.ok) {
      const message = file.work.comparisons > maxComparisons ? tooMuchWork : placed.message;
      return { ok: false, message: `Chunk ${index + 1} of ${chunks.length} (patch line ${chunk.line}): ${message}` };
    }
    replacements.push(placed.replacement);
    cursor = placed.cursor;
  }
  // Additions without context go to the end whatever comes after them in the patch; the sort is stable.
  replacements.sort((a, b) => a.start - b.start);
  return { ok: true, text: file.bom + rewrite(file, replacements) };
}

const tooMuchWork =
  "the file repeats itself too often to search it. Use fewer chunks with more distinctive context lines.";

interface Replacement {
  readonly start: number;
  readonly oldCount: number;
  readonly lines: readonly ChunkLine[];
}

interface OpenText {
  readonly bom: string;
  /** Without byte order mark, always ending in a newline unless empty. */
  readonly body: string;
  readonly eol: string;
  /** Offset of each line in `body`, and of its end. */
  readonly starts: readonly number[];
  /** The lines as each pass sees them, made when a pass first needs them. */
  readonly forms: (readonly string[] | undefined)[];
  readonly work: MatchWork;
}

const byteOrderMark = "\uFEFF";

function openText(text: string, work: MatchWork): OpenText {
  const bom = text.startsWith(byteOrderMark) ? byteOrderMark : "";
  let body = text.slice(bom.length);
  const firstNewline = body.indexOf("\n");
  const eol = firstNewline > 0 && body[firstNewline - 1] === "\r" ? "\r\n" : "\n";
  if (body !== "" && !body.endsWith("\n")) body += eol;
  const starts = [0];
  for (let next = body.indexOf("\n"); next !== -1; next = body.indexOf("\n", next + 1)) starts.push(next + 1);
  return { bom, body, eol, starts, forms: [], work };
}

const passes: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => fold(line).trim(),
];

function fold(line: string): string {
  return line
    .replace(/[\u2010-\u2015\u2212]/g, "-")
    .replace(/[\u2018-\u201B]/g, "'")
    .replace(/[\u201C-\u201F]/g, '"')
    .replace(/[\u00A0\u2000-\u200A\u202F\u205F\u3000]/g, " ");
}

function linesOf(file: OpenText, pass: number): readonly string[] {
  const known = file.forms[pass];
  if (known !== undefined) return known;
  const form = passes[pass];
  if (form === undefined) return [];
  const made = pass === 0 ? bareLines(file) : linesOf(file, 0).map(form);
  file.forms[pass] = made;
  return made;
}

function bareLines({ body, starts }: OpenText): readonly string[] {
  const lines: string[] = [];
  for (let index = 0; index + 1 < starts.length; index++) {
    const start = starts[index] ?? 0;
    const end = (starts[index + 1] ?? 0) - 1;
    lines.push(body.slice(start, end > start && body[end - 1] === "\r" ? end - 1 : end));
  }
  return lines;
}

type Placed =
  | { readonly ok: true; readonly replacement: Replacement; readonly cursor: number }
  | { readonly ok: false; readonly message: string };

function place(file: OpenText, chunk: Chunk, cursor: number): Placed {
  let from = cursor;
  if (chunk.anchor !== null) {
    const found = find(file, [chunk.anchor], from, null);
    if (found === null) return { ok: false, message: missingAnchor(file, chunk.anchor, from) };
    from = found + 1;
  }
  const lines = linesOf(file, 0);
  const pattern = oldLines(chunk.lines);
  if (pattern.length === 0) {
    // Nothing to hold on to: the addition goes to the end, before a last blank line.
    const start = lines.at(-1) === "" ? lines.length - 1 : lines.length;
    return { ok: true, replacement: { start, oldCount: 0, lines: chunk.lines }, cursor: from };
  }
  const only = chunk.isEndOfFile ? (length: number): number => lines.length - length : null;
  let found = find(file, pattern, from, only);
  let chunkLines = chunk.lines;
  if (found === null && pattern.at(-1) === "") {
    // A last empty line often stands for the newline at the end of the text that was copied.
    chunkLines = withoutLastEmptyLine(chunk.lines);
    found = find(file, oldLines(chunkLines), from, only);
  }
  if (found === null) return { ok: false, message: missingLines(file, chunk, from) };
  const oldCount = oldLines(chunkLines).length;
  return { ok: true, replacement: { start: found, oldCount, lines: chunkLines }, cursor: found + oldCount };
}

function oldLines(lines: readonly ChunkLine[]): readonly string[] {
  return lines.filter(({ kind }) => kind !== "add").map(({ text }) => text);
}

function withoutLastEmptyLine(lines: readonly ChunkLine[]): readonly ChunkLine[] {
  const lastOld = lines.findLastIndex(({ kind }) => kind !== "add");
  const isKept = lines[lastOld]?.kind === "context" && lastOld < lines.length - 1;
  if (isKept) return lines.with(lastOld, { kind: "add", text: "" });
  const rest = lines.toSpliced(lastOld, 1);
  const lastNew = rest.findLastIndex(({ kind }) => kind !== "remove");
  const dropsNew = lines[lastOld]?.kind === "remove" && rest[lastNew]?.text === "";
  return dropsNew ? rest.toSpliced(lastNew, 1) : rest;
}

/** First place at or after `from` where the pattern stands, in the strictest pass that finds one; `only` allows a single place. */
function find(
  file: OpenText,
  pattern: readonly string[],
  from: number,
  only: ((length: number) => number) | null,
): number | null {
  for (const [pass, form] of passes.entries()) {
    const lines = linesOf(file, pass);
    const wanted = pattern.map(form);
    const first = only === null ? from : Math.max(only(pattern.length), 0);
    if (first < from) return null;
    for (let start = first; start + wanted.length <= lines.length; start++) {
      if (matchLength(file, lines, wanted, start) === wanted.length) return start;
      if (file.work.comparisons > maxComparisons) return null;
    }
  }
  return null;
}

function matchLength(file: OpenText, lines: readonly string[], wanted: readonly string[], start: number): number {
  let count = 0;
  while (count < wanted.length && lines[start + count] === wanted[count]) count++;
  file.work.comparisons += count + 1;
  return count;
}

function rewrite({ body, starts, eol, bom }: OpenText, replacements: readonly Replacement[]): string {
  const parts: string[] = [];
  const copy = (from: number, to: number): void => void parts.push(body.slice(starts[from], starts[to]));
  let done = 0;
  for (const { start, lines } of replacements) {
    // An addition before the last blank line may stand inside what another chunk replaced.
    const at = Math.max(done, start);
    copy(done, at);
    done = at;
    for (const { kind, text } of lines) {
      if (kind === "add") parts.push(text + eol);
      else {
        if (kind === "context") copy(done, done + 1);
        done++;
      }
    }
  }
  copy(done, starts.length - 1);
  const text = parts.join("");
  return bom !== "" && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

function missingAnchor(file: OpenText, anchor: string, from: number): string {
  if (/^-\d+(,\d+)? \+\d+/.test(anchor)) {
    return `"@@ ${shorten(anchor)}" has line numbers, which are not used here. Write "@@" alone, or "@@ " and a whole line of the file.`;
  }
  const earlier = find(file, [anchor], 0, null);
  if (earlier !== null) {
    return `the line after @@ is only at line ${earlier + 1} of the file, above the chunk before it (line ${from}). Put the chunks in the order of the file.`;
  }
  return `no line of the file reads ${JSON.stringify(shorten(anchor))} (the text after @@). It must be a whole line of the file. Read the file again, or leave the text out.`;
}

function missingLines(file: OpenText, chunk: Chunk, from: number): string {
  const pattern = oldLines(chunk.lines);
  const shown = `These lines were not found${chunk.isEndOfFile ? " at the end of the file" : ""}:\n${excerpt(pattern)}\n`;
  const anywhere = find(file, pattern, 0, null);
  if (anywhere !== null && chunk.isEndOfFile) {
    return `${shown}They are at line ${anywhere + 1}: leave out "*** End of File", or copy the last lines of the file.`;
  }
  if (anywhere !== null) {
    return `${shown}They are only at line ${anywhere + 1} of the file, above where the search began (line ${from + 1}). Put the chunks in the order of the file.`;
  }
  const near = nearest(file, pattern);
  const difference =
    near === null
      ? ""
      : `The closest place is line ${near.start + 1} of the file, but ${near.has === null ? "the file ends" : `line ${near.line + 1} reads ${JSON.stringify(shorten(near.has))}`} where the patch has ${JSON.stringify(shorten(near.wanted))}. `;
  return `${shown}${difference}Read the file again and copy the lines as they are now.`;
}

/** Where most lines of the beginning of the pattern stand, in the loosest pass, and the first line that differs there. */
function nearest(
  file: OpenText,
  pattern: readonly string[],
): { readonly start: number; readonly line: number; readonly has: string | null; readonly wanted: string } | null {
  const pass = passes.length - 1;
  const lines = linesOf(file, pass);
  const wanted = pattern.map(passes[pass] ?? fold);
  let best = { start: 0, count: 0 };
  for (let start = 0; start < lines.length && file.work.comparisons <= maxComparisons; start++) {
    const count = matchLength(file, lines, wanted, start);
    // A blank or a lone bracket alone says nothing about the place.
    if (count > best.count && (wanted[0] ?? "").length > 2) best = { start, count };
  }
  if (best.count === 0) return null;
  const line = best.start + best.count;
  return { start: best.start, line, has: linesOf(file, 0)[line] ?? null, wanted: pattern[best.count] ?? "" };
}

function excerpt(lines: readonly string[]): string {
  const shown = lines.slice(0, 12).map((line) => "  " + shorten(line));
  return [...shown, ...(lines.length > 12 ? [`  … and ${lines.length - 12} more lines`] : [])].join("\n");
}

function shorten(text: string): string {
  return text.length > 200 ? text.slice(0, 200) + "…" : text;
}
