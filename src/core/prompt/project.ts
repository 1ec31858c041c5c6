import fs from "node:fs/promises";
import path from "node:path";
import { liesIn } from "../patch/paths.ts";

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

/** What may be read by its real path: what lies in the project and not in a denied place, unless the whole project lies below that. */
export async function projectRule(
  roots: readonly string[],
  denyRead: readonly string[],
): Promise<(realPath: string) => boolean> {
  const real = await Promise.all(roots.map(realFolder));
  const denied = (await Promise.all(denyRead.map(realFolder))).filter(
    (place) => !real.every((root) => root !== place && liesIn(place, root)),
  );
  return (file) => real.some((root) => liesIn(root, file)) && !denied.some((place) => liesIn(place, file));
}

/** The path itself where nothing is there to be resolved. */
export const realFolder = (folder: string): Promise<string> => fs.realpath(folder).catch(() => path.resolve(folder));
