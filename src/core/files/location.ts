import { lstat, readlink, realpath } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "./file-error.ts";

/** As the kernel of Linux. */
const maxLinks = 40;

/**
 * Where an absolute path leads, links resolved, also when nothing is there yet: then that of the nearest folder which exists, and the
 * rest of the path. Rejects with the error of the file system (ELOOP, EACCES, ENOTDIR).
 */
export async function locationOf(target: string, linksLeft = maxLinks): Promise<string> {
  try {
    return await realpath(target);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || linksLeft === 0) throw error;
  }
  const parent = path.dirname(target);
  if (parent === target) return target;
  const isLink = await lstat(target).then(
    (stat) => stat.isSymbolicLink(),
    () => false,
  );
  if (isLink) return locationOf(path.resolve(parent, await readlink(target)), linksLeft - 1);
  return path.join(await locationOf(parent, linksLeft), path.basename(target));
}

/** True for the folder itself and for everything in it. Both absolute, links resolved. */
export function isWithin(target: string, folder: string): boolean {
  const relative = path.relative(folder, target);
  return relative === "" || (!path.isAbsolute(relative) && relative !== ".." && !relative.startsWith(`..${path.sep}`));
}
