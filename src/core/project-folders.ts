import fs from "node:fs/promises";
import path from "node:path";

/** From the root of the project (the nearest folder above with a marker) down to `cwd`; without a root, the cwd alone. */
export async function foldersFromRoot(cwd: string, markers: readonly string[]): Promise<string[]> {
  const folders: string[] = [];
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    folders.unshift(folder);
    const found = await Promise.allSettled(markers.map((marker) => fs.stat(path.join(folder, marker))));
    if (found.some(({ status }) => status === "fulfilled")) return folders;
    if (path.dirname(folder) === folder) return [cwd];
  }
}

/** The path itself where nothing is there to be resolved. */
export const realFolder = (folder: string): Promise<string> => fs.realpath(folder).catch(() => path.resolve(folder));
