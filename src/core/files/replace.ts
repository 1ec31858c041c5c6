import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { chmod, lstat, open, rename, rm } from "node:fs/promises";
import { constants as errnos } from "node:os";
import path from "node:path";
import { FileError, refused } from "./file-error.ts";

/**
 * Gives a path new content in one step: `fill` writes a file beside it, which then takes its name with the old one's mode. A file with
 * several names is written in place, so that they stay names of one file. Rejects with the error of the file system or `FileError`; then
 * the path is as it was.
 *
 * @param location absolute, links resolved.
 */
export async function replaceFile(location: string, fill: (temporary: string) => Promise<void>): Promise<void> {
  const before = await lstat(location).catch(() => null);
  if (before?.isDirectory() === true) {
    throw new FileError("system", `Is a directory (os error ${errnos.errno.EISDIR})`);
  }
  if (before !== null && !before.isFile()) throw refused(`path \`${location}\` is not a file`);
  if (before !== null && before.nlink > 1) return fill(location);
  const temporary = path.join(path.dirname(location), `.${randomUUID()}.turnwright.tmp`);
  try {
    await fill(temporary);
    if (before !== null) await chmod(temporary, before.mode & 0o7777);
    await rename(temporary, location);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

/** Writes and flushes. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, flags, 0o666);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
