import { withRegularFile } from "../regular-file.ts";
import type { ByteWindow } from "./byte-window.ts";

/** Bytes of which at least the beginning and the end are at hand. */
export type Ends = Pick<ByteWindow, "total" | "isWhole" | "headEnd" | "tailStart" | "slice">;

/** Text of a stretch, shortened in its middle. */
export interface HeadAndTail {
  readonly text: string;
  /** Bytes that `text` leaves out. */
  readonly omittedBytes: number;
}

/** Room for the line between head and tail. */
const omissionLineBytes = 64;
const newline = 10;

/**
 * The text of the bytes `[from, to)`: whole where it fits into `maxBytes`, else head and tail with a line in between that says how much is
 * missing. No character is split, and the text is at most `maxBytes` long even where each invalid byte becomes U+FFFD, three bytes.
 */
export function headAndTail(ends: Ends, from: number, to: number, maxBytes: number): HeadAndTail {
  const result = cut(ends, from, to, maxBytes);
  return Buffer.byteLength(result.text) <= maxBytes
    ? result
    : cut(ends, from, to, Math.floor((maxBytes - omissionLineBytes) / 3));
}

/**
 * The text of an output that was spilled to a file, the same that {@link ProcessOutput.snapshot} gave when the process had ended (for
 * `maxBytes` up to 1 MiB; another where the output was longer than the file may be, and the file ends with a line that says so). Reads no
 * more than it shows. Rejects with the error of the file system.
 *
 * @param file absolute.
 */
export function headAndTailOfFile(file: string, maxBytes: number): Promise<HeadAndTail> {
  return withRegularFile(file, async ({ stat, read }) => {
    const total = Number(stat.size);
    const isWhole = total <= maxBytes;
    const half = Math.ceil(maxBytes / 2);
    const head = await read(0, isWhole ? total : half);
    const tailStart = isWhole ? head.length : total - half;
    const tail = isWhole ? Buffer.alloc(0) : await read(tailStart, half);
    const ends: Ends = {
      total,
      isWhole,
      headEnd: head.length,
      tailStart,
      slice: (from, to) =>
        from < head.length ? head.subarray(from, to) : tail.subarray(from - tailStart, to - tailStart),
    };
    return headAndTail(ends, 0, total, maxBytes);
  });
}

function cut(ends: Ends, from: number, to: number, maxBytes: number): HeadAndTail {
  const isAtHand = ends.isWhole || from >= ends.tailStart || to <= ends.headEnd;
  if (isAtHand && to - from <= maxBytes) return { text: ends.slice(from, to).toString("utf8"), omittedBytes: 0 };
  const budget = Math.max(0, maxBytes - omissionLineBytes);
  const headLimit = isAtHand ? to : Math.max(from, ends.headEnd);
  const headRaw = ends.slice(from, Math.min(headLimit, from + Math.floor(budget / 2)));
  const head = headRaw.subarray(0, headRaw.length - incompleteBytes(headRaw));
  const tailFrom = Math.max(to - (budget - head.length), from + head.length, isAtHand ? from : ends.tailStart);
  const tailRaw = ends.slice(tailFrom, to);
  const tail = tailRaw.subarray(leadingContinuationBytes(tailRaw));
  const omittedBytes = to - from - head.length - tail.length;
  const start = head.length === 0 || head[head.length - 1] === newline ? "" : "\n";
  return {
    text: `${head.toString("utf8")}${start}[... ${omittedBytes} bytes left out ...]\n${tail.toString("utf8")}`,
    omittedBytes,
  };
}

const isContinuation = (byte: number) => (byte & 0xc0) === 0x80;

/** Length of the unfinished UTF-8 sequence at the end of `bytes`, 0 to 3. */
export function incompleteBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (isContinuation(byte)) continue;
    const needed = byte >= 0xf0 && byte < 0xf8 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return byte < 0xf8 && needed > back ? back : 0;
  }
  return 0;
}

function leadingContinuationBytes(bytes: Uint8Array): number {
  let count = 0;
  while (count < Math.min(3, bytes.length) && isContinuation(bytes[count] ?? 0)) count += 1;
  return count;
}
