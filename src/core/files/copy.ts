import { constants } from "node:fs";
import { copyFile, lstat, mkdir, opendir, readlink, symlink } from "node:fs/promises";
import path from "node:path";
import { refused } from "./file-error.ts";
import type { Guard } from "./guard.ts";
import { isWithin, locationOf } from "./location.ts";
import { replaceFile } from "./replace.ts";

export interface CopyRequest {
  /** Both absolute. A link is copied as a link. */
  readonly source: string;
  readonly destination: string;
  readonly isRecursive: boolean;
}

const maxEntries = 100_000;

/**
 * Copies a file, a link or a folder. Files that are there are replaced, folders joined; a link upon something that exists is refused by
 * the system. What was copied before an error stays. Rejects with the error of the file system or `FileError`.
 */
export async function copy(request: CopyRequest, guard: Guard, signal: AbortSignal): Promise<void> {
  const { source, destination, isRecursive } = request;
  const stat = await lstat(source);
  const from = stat.isSymbolicLink() ? await entryLocation(source) : await locationOf(source);
  const to = stat.isSymbolicLink() ? await entryLocation(destination) : await locationOf(destination);
  await guard.mayRead(from);
  await guard.mayWrite(to);
  if (!stat.isDirectory()) return copyEntry(from, to, guard);
  if (!isRecursive) throw refused("fs/copy requires recursive: true when sourcePath is a directory");
  if (isWithin(to, from)) throw refused("fs/copy cannot copy a directory to itself or one of its descendants");
  await guard.holdsNothingSecret(from, "read");
  await guard.holdsNothingSecret(to, "write");
  let copied = 0;
  const folders = [{ from, to }];
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    // A link in the destination may lead anywhere.
    const into = await locationOf(next.to);
    await guard.mayWrite(into);
    await mkdir(into, { recursive: true, mode: (await lstat(next.from)).mode & 0o7777 });
    for await (const entry of await opendir(next.from)) {
      if (signal.aborted) return;
      if ((copied += 1) > maxEntries) {
        throw refused(`${source} holds more than ${maxEntries} entries; the first ${maxEntries} are copied`);
      }
      const paths = { from: path.join(next.from, entry.name), to: path.join(into, entry.name) };
      if (entry.isDirectory()) folders.push(paths);
      else await copyEntry(paths.from, paths.to, guard);
    }
  }
}

async function copyEntry(from: string, to: string, guard: Guard): Promise<void> {
  const stat = await lstat(from);
  if (stat.isSymbolicLink()) return symlink(await readlink(from), to);
  if (!stat.isFile()) throw refused("fs/copy only supports regular files, directories, and symlinks");
  const there = await lstat(to).catch(() => null);
  // Upon itself there is nothing to do, also under another name of the same file.
  if (there !== null && there.dev === stat.dev && there.ino === stat.ino) return;
  const place = there?.isSymbolicLink() === true ? await locationOf(to) : to;
  if (place !== to) await guard.mayWrite(place);
  await replaceFile(place, (temporary) => copyFile(from, temporary, constants.COPYFILE_FICLONE));
}

/** Where an entry lies that may be a link itself. */
export async function entryLocation(target: string): Promise<string> {
  return path.join(await locationOf(path.dirname(target)), path.basename(target));
}
