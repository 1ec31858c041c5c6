import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, readlink, realpath } from "node:fs/promises";

/** What stands at a path is a folder, a device, a pipe or a socket. The message completes "PATH: ...". */
export class NotRegular extends Error {}

/** A regular file that is open. */
export interface OpenFile {
  readonly stat: BigIntStats;
  /**
   * Where the open file really stands. On Linux the kernel's answer for the handle, so a link that was swapped while the file was opened
   * deceives nobody; elsewhere the path resolved once more.
   */
  readonly realPath: () => Promise<string>;
  /** At most `maxBytes` from offset `from`; less at the end of the file. Memory is taken for what is there, not for `maxBytes`. */
  readonly read: (from: number, maxBytes: number) => Promise<Buffer>;
}

const minChunkBytes = 4096;
const maxChunkBytes = 1024 * 1024;

/**
 * Opens the regular file at exactly this path, never through a link at its end, lends it to `work` and closes it. Does not wait for the
 * writer of a pipe. Rejects with {@link NotRegular} or with the error of the file system (ENOENT, ELOOP for a link, EACCES).
 */
export async function withRegularFile<T>(path: string, work: (file: OpenFile) => Promise<T>): Promise<T> {
  // The last two flags are undefined, hence 0, on Windows.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat({ bigint: true });
    if (stat.isDirectory()) throw new NotRegular("it is a folder");
    if (!stat.isFile()) throw new NotRegular("it is not a regular file");
    return await work({
      stat,
      realPath: () => realPathOf(handle, path),
      read: (from, maxBytes) => readStretch(handle, Number(stat.size), from, maxBytes),
    });
  } finally {
    await handle.close();
  }
}

async function realPathOf(handle: FileHandle, path: string): Promise<string> {
  if (process.platform !== "linux") return realpath(path);
  // A machine without /proc is no reason to take the file for a missing one.
  return readlink(`/proc/self/fd/${handle.fd}`).catch(() => realpath(path));
}

async function readStretch(handle: FileHandle, size: number, from: number, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < maxBytes) {
    // One byte more than expected, so that the usual file ends with its first chunk.
    const expected = Math.min(maxChunkBytes, Math.max(minChunkBytes, size - from - length + 1));
    const chunk = Buffer.allocUnsafe(Math.min(expected, maxBytes - length));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, from + length);
    if (bytesRead === 0) break;
    chunks.push(chunk.subarray(0, bytesRead));
    length += bytesRead;
  }
  return Buffer.concat(chunks, length);
}
