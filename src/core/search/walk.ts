import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Sink } from "./file-list.ts";
import { noRules } from "./ignore-rules.ts";
import { createPause } from "./pause.ts";

const maxDepth = 40;
const maxFolders = 100_000;
/** What no search is for: the insides of version control, and packages that others wrote. */
const skipped: ReadonlySet<string> = new Set([".git", ".hg", ".svn", ".jj", "node_modules"]);

/** The files below a folder that no `.gitignore` ignores, breadth first; links are named and not followed. */
export async function listFromFolders(root: string, sink: Sink): Promise<void> {
  if (!path.isAbsolute(root)) return;
  let level = [{ absolute: root, path: "", rules: noRules }];
  let folders = 0;
  const pause = createPause(sink.signal);
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: typeof level = [];
    for (const folder of level) {
      if ((folders += 1) > maxFolders) return;
      const rules = await folder.rules.enter(folder);
      for (const entry of await entriesOf(folder.absolute)) {
        if (await pause()) return;
        const below = folder.path === "" ? entry.name : `${folder.path}/${entry.name}`;
        const isFolder = entry.isDirectory();
        if (skipped.has(entry.name) || rules.ignores(below, isFolder)) continue;
        if (isFolder) next.push({ absolute: path.join(folder.absolute, entry.name), path: below, rules });
        else if ((entry.isFile() || entry.isSymbolicLink()) && !sink.add(below)) return;
      }
    }
    level = next;
  }
}

const entriesOf = (folder: string): Promise<readonly Dirent[]> =>
  readdir(folder, { withFileTypes: true }).catch(() => []);
