import type { FileHandle } from "node:fs/promises";

/** Bytes that are read at once: parsing them takes a few milliseconds, and between two slices others run. */
const sliceBytes = 512 * 1024;
const newline = 0x0a;

/** Some lines of a file, one behind the other. The bytes hold until the next slice is asked for. */
export interface Slice {
  readonly bytes: Buffer;
  /** Where they begin in the file. */
  readonly at: number;
  /** False: the end of the file, without a line break. */
  readonly isWhole: boolean;
}

/** Reads the bytes from `from` to `end`, or to the end of the file if that comes first, in slices of whole lines. A long line is read in one. */
export async function* wholeLines(handle: FileHandle, from: number, end: number): AsyncGenerator<Slice> {
  let buffer = Buffer.allocUnsafe(Math.max(1, Math.min(sliceBytes, end - from)));
  /** Bytes of a line that is not read to its end yet, at the beginning of the buffer. */
  let kept = 0;
  let position = from;
  while (position < end) {
    if (kept === buffer.length) buffer = Buffer.concat([buffer], 2 * buffer.length);
    const { bytesRead } = await handle.read(buffer, kept, Math.min(buffer.length - kept, end - position), position);
    if (bytesRead === 0) break;
    position += bytesRead;
    const filled = kept + bytesRead;
    const whole = buffer.lastIndexOf(newline, filled - 1) + 1;
    kept = filled - whole;
    if (whole === 0) continue;
    yield { bytes: buffer.subarray(0, whole), at: position - filled, isWhole: true };
    buffer.copyWithin(0, whole, filled);
  }
  if (kept > 0) yield { bytes: buffer.subarray(0, kept), at: position - kept, isWhole: false };
}
