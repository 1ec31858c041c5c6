import { readdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";

/** Finds the repositories inside of a folder, so that their hooks and configuration can be made read-only. */
export interface RepositoryScan {
  /**
   * Absolute paths of the `.git` entries (folders or files) below `root`, without that of `root` itself. Breadth first, at most four
   * levels down and 2,000 folders wide, never into node_modules or through symbolic links; an answer is reused for ten seconds.
   */
  nested(root: string): Promise<readonly string[]>;
}

const maxDepth = 4;
const maxFolders = 2000;
const maxRepositories = 64;
const validMs = 10_000;
/** Folders that are read before others get their turn. */
const stride = 100;

export function createRepositoryScan(): RepositoryScan {
  const answers = new Map<string, { readonly paths: Promise<readonly string[]>; validUntil: number }>();
  return {
    nested(root) {
      const known = answers.get(root);
      if (known !== undefined && performance.now() < known.validUntil) return known.paths;
      const answer = { paths: scan(root), validUntil: Infinity };
      answers.set(root, answer);
      // The time counts from the end of the scan, or a slow disk would be read without a pause.
      void answer.paths.then(() => (answer.validUntil = performance.now() + validMs));
      return answer.paths;
    },
  };
}

async function scan(root: string): Promise<readonly string[]> {
  const found: string[] = [];
  let level = [root];
  let folders = 0;
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const folder of level) {
      if ((folders += 1) > maxFolders || found.length >= maxRepositories) return found;
      if (folders % stride === 0) await nextTick();
      for (const entry of entriesOf(folder)) {
        if (entry.name === ".git") {
          if (depth > 0 && !entry.isSymbolicLink()) found.push(join(folder, entry.name));
        } else if (entry.isDirectory() && entry.name !== "node_modules") next.push(join(folder, entry.name));
      }
    }
    level = next;
  }
  return found;
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}
