import { resolve } from "node:path";
import { NotRegular, withRegularFile } from "../regular-file.ts";
import { describeFileError, errorCode } from "./failure.ts";
import { liesIn, locate, namesOf } from "./paths.ts";

/** Largest file that a patch may touch, in bytes. */
export const maxFileBytes = 64 * 1024 * 1024;

/** What stands at a path. `place`, `target` and `isLink` as in `Location`. */
export type FileState =
  | {
      readonly kind: "file";
      readonly place: string;
      readonly target: string;
      readonly isLink: boolean;
      readonly bytes: Buffer;
      /** Permission bits. */
      readonly mode: number;
      /** Names the file has; more than one means that it may also be reachable from elsewhere. */
      readonly links: number;
    }
  | { readonly kind: "missing"; readonly place: string; readonly target: string; readonly isLink: boolean }
  /** `message` completes "PATH: ...". */
  | { readonly kind: "unreadable"; readonly message: string };

/** Reads one file whole, by absolute path. Does not reject. */
export type ReadFile = (absPath: string) => Promise<FileState>;

/**
 * Reads from disk, through links, all but what lies in a denied folder (or is a denied file), by whatever way: neither the path as written
 * nor any place that it leads to may lie there. Whether such a file exists is not told. Folders, devices, pipes and files above 64 MiB are
 * not read.
 *
 * @param denied absolute; need not exist.
 */
export const readExcept =
  (denied: readonly string[]): ReadFile =>
  async (absPath) => {
    const roots = (await Promise.all(denied.map(namesOf))).flat();
    const mayRead = (path: string) => !roots.some((root) => liesIn(root, path));
    try {
      const location = await locate(absPath);
      if (![resolve(absPath), location.place, location.target].every(mayRead)) throw new NotAllowed();
      const content = await readRegularFile(location.target, mayRead);
      if (content === null) return { kind: "missing", ...location };
      return { kind: "file", ...location, bytes: content.bytes, mode: content.mode, links: content.links };
    } catch (error) {
      return { kind: "unreadable", message: describeReadError(error) };
    }
  };

/** Reads from disk, through links; folders, devices, pipes and files above 64 MiB are not read. */
export const readFromDisk: ReadFile = readExcept([]);

class NotAllowed extends Error {}

function describeReadError(error: unknown): string {
  if (error instanceof NotAllowed) return "it may not be read";
  return error instanceof NotRegular ? error.message : describeFileError(error);
}

export interface RegularFile {
  readonly bytes: Buffer;
  readonly mode: number;
  readonly links: number;
  readonly uid: number;
  readonly gid: number;
  /** Changes when the file is replaced or written. */
  readonly stamp: string;
}

/**
 * The file at exactly this path, never through a link at its end; null when nothing is there. Rejects when it is no regular file, and when
 * `mayRead` refuses the place where the opened file really stands.
 */
export async function readRegularFile(
  path: string,
  mayRead: ((realPath: string) => boolean) | null = null,
): Promise<RegularFile | null> {
  try {
    return await withRegularFile(path, async (file) => {
      const { stat } = file;
      // A folder on the way may have been swapped for a link since it was looked at.
      if (mayRead !== null && !mayRead(await file.realPath())) throw new NotAllowed();
      const bytes = stat.size > BigInt(maxFileBytes) ? null : await file.read(0, maxFileBytes + 1);
      if (bytes === null || bytes.length > maxFileBytes) throw new NotRegular("it is larger than 64 MiB");
      return {
        bytes,
        mode: Number(stat.mode) & 0o7777,
        links: Number(stat.nlink),
        uid: Number(stat.uid),
        gid: Number(stat.gid),
        stamp: stampOf(stat),
      };
    });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Identity and age of a file, to notice that it was replaced or written between two looks. */
export function stampOf(stat: {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly mtimeNs: bigint;
}): string {
  return `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}
