import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { refusePath } from "./paths.ts";
import type { Judgement, Read } from "./verdict.ts";

const maxReads = 100;
/** Each `cd` doubles them at most. */
const maxBases = 32;

/**
 * Where a command would run and what it would read, by the links on the disk: a name inside the workspace can lead out of it.
 * Resolves with a sentence, or with null when all stays inside. What does not exist leads nowhere.
 */
export async function findWayOut(
  { reads }: Pick<Judgement, "reads">,
  { cwd, roots }: { readonly cwd: string; readonly roots: readonly string[] },
): Promise<string | null> {
  const realRoots = (await Promise.all(roots.map(real))).filter(
    (root) => root !== null && root !== path.parse(root).root,
  );
  const inside = realRoots.filter((root) => root !== null);
  const folder = await real(cwd);
  if (folder === null || whyNot(folder, inside) !== null) return "It would run in a folder outside of the workspace.";
  if (reads.length > maxReads) return "It reads more files than are looked at.";
  const bases = basesOf(reads, cwd);
  if (bases === null) return "It changes its folder more often than is looked at.";
  for (const read of reads) {
    for (const target of placesOf(read, bases)) {
      const found = await real(target);
      const why = found === null ? null : whyNot(found, inside);
      if (why !== null) return `${read.path} ${why}, by a link.`;
      if (found !== null && read.kind === "file" && (await isFolder(found)))
        return `${read.path} is a folder: links in it would be followed.`;
    }
  }
  return null;
}

/** Whether a `cd` took effect only a run can tell, so each folder counts that any of them leads to. Null: too many. */
function basesOf(reads: readonly Read[], cwd: string): readonly string[] | null {
  let bases = new Set([cwd]);
  for (const { path: to, kind } of reads) {
    if (kind !== "cd") continue;
    bases = new Set([...bases].flatMap((base) => [base, path.resolve(base, to)]));
    if (bases.size > maxBases) return null;
  }
  return [...bases];
}

const isFolder = (at: string): Promise<boolean> =>
  stat(at).then(
    (found) => found.isDirectory(),
    () => false,
  );

const placesOf = ({ path: to }: Read, bases: readonly string[]): ReadonlySet<string> =>
  new Set(bases.map((base) => path.resolve(base, to)));

const whyNot = (found: string, roots: readonly string[]): string | null => refusePath(found, roots);

const real = (at: string): Promise<string | null> => realpath(at).catch(() => null);
