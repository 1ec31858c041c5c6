/**
 * Reads the text of a patch into operations. Pure, and knows no files: whether the patch fits them is `verify.ts`'s question.
 * The format is line based; blanks around markers and headers, a final newline and CRLF line ends do not matter.
 */

/** Largest patch text that is read, in UTF-16 units (about bytes for code), and the most lines it may have. */
const maxPatchLength = 16 * 1024 * 1024;
const maxPatchLines = 1_000_000;
/** Most operations in one patch. */
const maxOperations = 2_000;
const maxPathLength = 4_096;

export interface ChunkLine {
  readonly kind: "context" | "remove" | "add";
  readonly text: string;
}

export interface Chunk {
  /** 1-based line of the patch on which the chunk starts. */
  readonly line: number;
  /** A line of the file after which the chunk is searched; null without one. */
  readonly anchor: string | null;
  /** At least one. */
  readonly lines: readonly ChunkLine[];
  /** True when the chunk must end where the file ends. */
  readonly isEndOfFile: boolean;
}

interface OperationBase {
  /** As written in the patch, trimmed; absolute or relative to the cwd. */
  readonly path: string;
  /** 1-based line of the patch that holds the header. */
  readonly line: number;
}

export type AddOperation = OperationBase & { readonly kind: "add"; readonly text: string };
export type DeleteOperation = OperationBase & { readonly kind: "delete" };
export type UpdateOperation = OperationBase & {
  readonly kind: "update";
  readonly movePath: string | null;
  /** At least one. */
  readonly chunks: readonly Chunk[];
};
export type Operation = AddOperation | DeleteOperation | UpdateOperation;

export interface Patch {
  /** In the order of the patch, at least one; the same path may appear several times. */
  readonly operations: readonly Operation[];
}

export type ParseResult =
  { readonly ok: true; readonly patch: Patch } | { readonly ok: false; readonly message: string };

const beginMarker = "*** Begin Patch";
const endMarker = "*** End Patch";
const endOfFileMarker = "*** End of File";
const headers = { add: "*** Add File: ", delete: "*** Delete File: ", update: "*** Update File: " } as const;
const moveHeader = "*** Move to: ";
const environmentHeader = "*** Environment ID:";
const heredocOpeners = new Set(["<<EOF", "<<'EOF'", '<<"EOF"']);

/**
 * Parses a patch of at most 16 MiB and 1,000,000 lines. Never throws. A failure's `message` is written for the model: the line, what is
 * wrong with it, and what to write instead.
 */
export function parsePatch(text: string): ParseResult {
  if (text.length > maxPatchLength) {
    return { ok: false, message: "The patch is larger than 16 MiB. Split it into several smaller patches." };
  }
  // Lone surrogates have no UTF-8 form: what is shown must be what is written.
  const trimmedStart = text.toWellFormed().trimStart();
  const skippedLines = text.slice(0, text.length - trimmedStart.length).split("\n").length - 1;
  const lines = trimmedStart
    .trimEnd()
    .split("\n")
    .map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  if (lines.length > maxPatchLines) {
    return { ok: false, message: "The patch has more than 1,000,000 lines. Split it into several smaller patches." };
  }
  let first = 0;
  let last = lines.length - 1;
  if (last > 2 && heredocOpeners.has((lines[0] ?? "").trim()) && (lines[last] ?? "").trim() === "EOF") {
    first++;
    last--;
  }
  const at = (index: number): number => index + skippedLines + 1;
  if (lines[first]?.trim() !== beginMarker) {
    return problem(
      at(first),
      `the patch must start with the line "${beginMarker}"`,
      "Put nothing before it: no text, no code fence.",
    );
  }
  if (last === first || lines[last]?.trim() !== endMarker) {
    return problem(
      at(last),
      `the patch must end with the line "${endMarker}"`,
      "Put nothing after it, and send the whole patch.",
    );
  }
  return parseOperations(lines, first + 1, last, at);
}

function parseOperations(
  lines: readonly string[],
  from: number,
  end: number,
  at: (index: number) => number,
): ParseResult {
  const operations: Operation[] = [];
  let next = lines[from]?.trim().startsWith(environmentHeader) === true ? from + 1 : from;
  while (next < end) {
    const parsed = parseOperation(lines, next, end, at);
    if (!parsed.ok) return parsed;
    operations.push(parsed.operation);
    if (operations.length > maxOperations) {
      return {
        ok: false,
        message: `The patch has more than ${maxOperations} file operations. Split it into several patches.`,
      };
    }
    next = parsed.next;
  }
  if (operations.length === 0) {
    return { ok: false, message: "The patch is empty: it names no file. Nothing was changed." };
  }
  return { ok: true, patch: { operations } };
}

type Failure = { readonly ok: false; readonly message: string };
type Step<T> = ({ readonly ok: true; readonly next: number } & T) | Failure;

function parseOperation(
  lines: readonly string[],
  start: number,
  end: number,
  at: (index: number) => number,
): Step<{ operation: Operation }> {
  const header = (lines[start] ?? "").trim();
  const line = at(start);
  const kind = (["add", "delete", "update"] as const).find((candidate) => header.startsWith(headers[candidate]));
  if (kind === undefined) {
    return problem(
      line,
      `${quote(header)} is not a file header`,
      `Each operation starts with "*** Add File: PATH", "*** Delete File: PATH" or "*** Update File: PATH". ${hintFor(lines[start] ?? "")}`,
    );
  }
  const path = header.slice(headers[kind].length).trim();
  const badPath = checkPath(path);
  if (badPath !== null) return problem(line, badPath, "Write the path of one file after the colon.");
  let next = start + 1;
  switch (kind) {
    case "delete":
      return { ok: true, operation: { kind, path, line }, next };
    case "add": {
      while (next < end && lines[next]?.startsWith("+") === true) next++;
      const text = lines.slice(start + 1, next).map((added) => added.slice(1) + "\n");
      return { ok: true, operation: { kind, path, line, text: text.join("") }, next };
    }
    case "update": {
      let movePath: string | null = null;
      const second = (next < end ? (lines[next] ?? "") : "").trim();
      if (second.startsWith(moveHeader)) {
        movePath = second.slice(moveHeader.length).trim();
        const badMove = checkPath(movePath);
        if (badMove !== null) return problem(at(next), badMove, "Write the new path after the colon.");
        next++;
      }
      const chunks = parseChunks(lines, next, end, at);
      if (!chunks.ok) return chunks;
      if (chunks.chunks.length === 0) {
        return problem(
          line,
          `the update of ${quote(path)} changes nothing`,
          movePath === null
            ? 'Add at least one chunk: "@@", then lines that start with " ", "-" or "+".'
            : 'A move needs at least one chunk; a chunk with only context lines (starting with " ") moves the file unchanged.',
        );
      }
      return { ok: true, operation: { kind, path, line, movePath, chunks: chunks.chunks }, next: chunks.next };
    }
  }
}

function parseChunks(
  lines: readonly string[],
  start: number,
  end: number,
  at: (index: number) => number,
): Step<{ chunks: readonly Chunk[] }> {
  const chunks: Chunk[] = [];
  let next = start;
  for (;;) {
    while (next < end && (lines[next] ?? "").trim() === "") next++; // blank lines may stand between chunks
    const first = lines[next];
    // Only at this place a padded header is a header; inside a chunk a line that starts with a blank is context.
    if (next >= end || first === undefined || first.trimStart().startsWith("*** ")) return { ok: true, chunks, next };
    const parsed = parseChunk(lines, next, end, at, chunks.length === 0);
    if (!parsed.ok) return parsed;
    chunks.push(parsed.chunk);
    next = parsed.next;
  }
}

function parseChunk(
  lines: readonly string[],
  start: number,
  end: number,
  at: (index: number) => number,
  isFirst: boolean,
): Step<{ chunk: Chunk }> {
  const first = lines[start] ?? "";
  const hasMarker = first.trimEnd() === "@@" || first.startsWith("@@ ");
  if (!hasMarker && !isFirst) {
    return problem(
      at(start),
      `${quote(first)} is not a line of a chunk`,
      `Each line starts with " " (kept), "-" (removed) or "+" (added); a new chunk starts with "@@". ${hintFor(first)}`,
    );
  }
  const anchor = hasMarker ? first.slice(2).trimEnd().replace(/^ /, "") : "";
  const found: ChunkLine[] = [];
  let next = hasMarker ? start + 1 : start;
  let isEndOfFile = false;
  for (; next < end; next++) {
    const line = lines[next] ?? "";
    const kind = lineKind(line);
    if (kind !== null) found.push({ kind, text: line.slice(1) });
    else {
      isEndOfFile = found.length > 0 && line.trimEnd() === endOfFileMarker;
      if (isEndOfFile) next++;
      break;
    }
  }
  if (found.length === 0) {
    const line = next < end ? (lines[next] ?? "") : "";
    if (line.startsWith("@@") && hasMarker) {
      return problem(
        at(next),
        "two @@ lines in a row",
        "A chunk has one @@ line; name the nearest unique line above the change.",
      );
    }
    return problem(
      at(Math.min(next, end - 1)),
      "a chunk without lines",
      `After "@@", write lines that start with " " (kept), "-" (removed) or "+" (added). ${hintFor(line)}`,
    );
  }
  const chunk = { line: at(start), anchor: anchor === "" ? null : anchor, lines: found, isEndOfFile };
  return { ok: true, chunk, next };
}

function lineKind(line: string): ChunkLine["kind"] | null {
  switch (line[0]) {
    case undefined: // models often drop the blank of an empty context line
    case " ":
      return "context";
    case "-":
      return "remove";
    case "+":
      return "add";
    default:
      return null;
  }
}

function checkPath(path: string): string | null {
  if (path === "") return "the header names no path";
  if (path.length > maxPathLength) return "the path is longer than 4,096 characters";
  return path.includes("\0") ? "the path holds a NUL character" : null;
}

/** What the usual mistakes look like. */
function hintFor(line: string): string {
  if (/^(---|\+\+\+|diff --git|index [0-9a-f]+\.\.)/.test(line)) return "Unified diff headers are not used here.";
  if (line.startsWith("```")) return "Leave out code fences.";
  if (line.trim() === "") return "Leave no blank line here.";
  if (/^\*\*\* (add|delete|update) file/i.test(line.trim()))
    return "Headers are case-sensitive and need one blank after the colon.";
  if (line.trim() === endMarker || line.trim() === beginMarker)
    return "One patch holds all operations between one begin and one end line.";
  return "In a new file every line starts with +.";
}

function problem(line: number, what: string, next: string): Failure {
  return { ok: false, message: `The patch is not valid, line ${line}: ${what}. ${next.trim()} Nothing was changed.` };
}

function quote(text: string): string {
  return JSON.stringify(text.length > 120 ? text.slice(0, 120) + "…" : text);
}
