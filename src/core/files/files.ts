import { lstat, mkdir, opendir, rm, rmdir, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { NotRegular, withRegularFile } from "../regular-file.ts";
import { copy, type CopyRequest, entryLocation } from "./copy.ts";
import { codeOf, forClient, refused } from "./file-error.ts";
import type { Guard } from "./guard.ts";
import { locationOf } from "./location.ts";
import { replaceFile, writeWhole } from "./replace.ts";

export interface FileMetadata {
  readonly isDirectory: boolean;
  readonly isFile: boolean;
  /** The other members speak of what the link leads to. */
  readonly isSymlink: boolean;
  /** Unix ms; 0 where the file system does not tell. */
  readonly createdAtMs: number;
  readonly modifiedAtMs: number;
}

export interface DirectoryEntry {
  readonly fileName: string;
  readonly isDirectory: boolean;
  readonly isFile: boolean;
}

/**
 * Files for clients, with the server's rights but for what {@link Guard} keeps. Paths are absolute; links are followed. All reject with
 * `FileError`.
 */
export interface Files {
  /** At most {@link maxFileBytes}. */
  read(target: string): Promise<Buffer>;
  /** Replaces the whole file at once; its mode stays. */
  write(target: string, bytes: Buffer): Promise<void>;
  createDirectory(target: string, options: { readonly isRecursive: boolean }): Promise<void>;
  metadata(target: string): Promise<FileMetadata>;
  /** In no order. Entries that vanish or lead nowhere are left out. */
  readDirectory(target: string): Promise<readonly DirectoryEntry[]>;
  /** Of a link, the link. */
  remove(target: string, options: { readonly isRecursive: boolean; readonly isForced: boolean }): Promise<void>;
  /** Ends early, without an error, when `signal` aborts. */
  copy(request: CopyRequest, signal: AbortSignal): Promise<void>;
}

/** A message holds it in base64, and 64 MiB is the longest line that clients and servers take. */
export const maxFileBytes = 32 * 1024 * 1024;
const maxEntries = 100_000;

export function createFiles(guard: Guard): Files {
  const checked = async <T>(target: string, work: () => Promise<T>): Promise<T> => {
    if (target.includes("\0")) throw refused("file name contained an unexpected NUL byte");
    try {
      return await work();
    } catch (error) {
      throw forClient(error);
    }
  };
  /** Where a path leads that may be read. */
  const readable = async (target: string): Promise<string> => {
    const location = await locationOf(target);
    await guard.mayRead(location);
    return location;
  };

  const read = async (target: string): Promise<Buffer> => {
    const isFile = (await stat(await readable(target))).isFile();
    if (!isFile) throw refused(`path \`${target}\` is not a file`);
    return withRegularFile(await readable(target), async (file) => {
      // The path may have changed its meaning since it was looked at; the open file has not.
      await guard.mayRead(await file.realPath());
      const bytes = await file.read(0, maxFileBytes + 1);
      if (bytes.length > maxFileBytes) {
        throw refused(
          `${target} has ${file.stat.size} bytes, and fs/readFile takes at most ${maxFileBytes}; read it in parts with command/exec`,
        );
      }
      return bytes;
    }).catch((error: unknown) => {
      throw error instanceof NotRegular ? refused(`path \`${target}\` is not a file`) : error;
    });
  };

  const remove = async (target: string, isRecursive: boolean): Promise<void> => {
    const location = await entryLocation(target);
    await guard.mayWrite(location);
    if (!(await lstat(location)).isDirectory()) return unlink(location);
    await guard.holdsNothingSecret(location, "write");
    await (isRecursive ? rm(location, { recursive: true, maxRetries: 2 }) : rmdir(location));
  };

  return {
    read: (target) => checked(target, () => read(target)),

    write: (target, bytes) =>
      checked(target, async () => {
        if (bytes.length > maxFileBytes) {
          throw refused(`fs/writeFile takes at most ${maxFileBytes} bytes; write ${target} in parts with command/exec`);
        }
        const location = await locationOf(target);
        await guard.mayWrite(location);
        await replaceFile(location, (file) => writeWhole(file, bytes));
      }),

    createDirectory: (target, { isRecursive }) =>
      checked(target, async () => {
        const location = await locationOf(target);
        await guard.mayWrite(location);
        await mkdir(location, { recursive: isRecursive });
      }),

    metadata: (target) =>
      checked(target, async () => {
        await readable(target);
        const [itself, followed] = await Promise.all([lstat(target), stat(target)]);
        return {
          isDirectory: followed.isDirectory(),
          isFile: followed.isFile(),
          isSymlink: itself.isSymbolicLink(),
          createdAtMs: Math.max(0, Math.round(followed.birthtimeMs)),
          modifiedAtMs: Math.round(followed.mtimeMs),
        };
      }),

    readDirectory: (target) =>
      checked(target, async () => {
        const location = await readable(target);
        const entries: DirectoryEntry[] = [];
        for await (const entry of await opendir(location)) {
          const kind = entry.isSymbolicLink() ? await stat(path.join(location, entry.name)).catch(() => null) : entry;
          if (kind === null) continue;
          entries.push({ fileName: entry.name, isDirectory: kind.isDirectory(), isFile: kind.isFile() });
          if (entries.length > maxEntries) {
            throw refused(`${target} holds more than ${maxEntries} entries; list it in parts with command/exec`);
          }
        }
        return entries;
      }),

    remove: (target, { isRecursive, isForced }) =>
      checked(target, () =>
        remove(target, isRecursive).catch((error: unknown) => {
          if (!isForced || codeOf(error) !== "ENOENT") throw error;
        }),
      ),

    copy: (request, signal) => checked(request.source + request.destination, () => copy(request, guard, signal)),
  };
}
