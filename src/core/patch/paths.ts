import { lstat, readlink, realpath } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { errorCode } from "./failure.ts";

/**
 * Folders and files that steer the editor, git or an agent: changing one can run code later. Protected at any depth under a root,
 * whatever the letter case.
 */
export const protectedNames: readonly string[] = [".git", ".vscode", ".turnwright", ".agents", ".codex", ".mcp.json"];

/** The absolute path a patch means; `..` and absolute paths resolve, and are judged afterwards by `classifyPath`. */
export function resolvePatchPath(cwd: string, path: string): string {
  return resolve(cwd, path);
}

/** `place` is where the name stands with all folders resolved; `target` also follows a link at the end. Both may not exist yet. */
export interface Location {
  readonly place: string;
  readonly target: string;
  /** True when the name itself is a symbolic link. */
  readonly isLink: boolean;
}

const maxLinks = 40;

/**
 * Where an absolute path leads on disk: the parent folders' real path (from the nearest one that exists), and through a link at the end,
 * also a dangling one. Rejects with the error of the file system (ELOOP, EACCES, ENOTDIR).
 */
export async function locate(absPath: string, depth = 0): Promise<Location> {
  if (depth > maxLinks) throw Object.assign(new Error(`too many symbolic links: ${absPath}`), { code: "ELOOP" });
  const parent = dirname(absPath);
  if (parent === absPath) return { place: absPath, target: absPath, isLink: false };
  const place = join(await realFolder(parent, depth), basename(absPath));
  const isLink = await isSymbolicLink(place);
  if (!isLink) {
    // Where letter case does not matter, the name on disk is the one that counts.
    const real = await realpath(place).catch(() => place);
    return { place: real, target: real, isLink };
  }
  const linkTarget = resolve(dirname(place), await readlink(place));
  return { place, target: (await locate(linkTarget, depth + 1)).target, isLink };
}

async function realFolder(path: string, depth: number): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return (await locate(path, depth + 1)).target;
  }
}

async function isSymbolicLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errorCode(error) === "ENOENT") return false;
    throw error;
  }
}

export interface PathRules {
  /** Absolute folders that may be written; need not exist. */
  readonly writableRoots: readonly string[];
  readonly protectedNames: readonly string[];
}

/**
 * Judges where a write to `absPath` would land: both the path as written and the real one (links in the folders and at the end followed)
 * must lie in a root, and neither may pass a protected name below its deepest root. A path that cannot be resolved is "outside". The answer holds for the
 * moment; the write itself does not follow links that appear later (`folders.ts`).
 */
export async function classifyPath(absPath: string, rules: PathRules): Promise<"inside" | "outside" | "protected"> {
  const path = resolve(absPath);
  let location: Location;
  try {
    location = await locate(path);
  } catch {
    return "outside";
  }
  const roots = (await Promise.all(rules.writableRoots.map(namesOf))).flat();
  const names = new Set(rules.protectedNames.map(foldName));
  const real = [location.place, location.target];
  const isProtected = [path, ...real].some((candidate) =>
    namesBelow(roots, candidate)?.some((name) => names.has(foldName(name))),
  );
  if (isProtected) return "protected";
  return real.every((candidate) => namesBelow(roots, candidate) !== null) ? "inside" : "outside";
}

/** The names between the deepest root that holds a path and the path; null when no root holds it. A root holds itself. */
function namesBelow(roots: readonly string[], path: string): readonly string[] | null {
  const found = roots.map((root) => within(root, path)).filter((names) => names !== null);
  return found.toSorted((a, b) => a.length - b.length)[0] ?? null;
}

/** True for a folder itself and for every absolute path in it, as written: no link is followed. */
export function liesIn(folder: string, path: string): boolean {
  return within(folder, path) !== null;
}

/** A folder under both its names: as written, and as it really is (also one that does not exist yet). */
export async function namesOf(folder: string): Promise<readonly string[]> {
  return [resolve(folder), await realRoot(folder)];
}

async function realRoot(root: string): Promise<string> {
  return locate(resolve(root)).then(
    ({ target }) => target,
    () => resolve(root),
  );
}

function within(folder: string, path: string): readonly string[] | null {
  const between = relative(folder, path);
  if (between === "") return [];
  if (between === ".." || between.startsWith(".." + sep) || isAbsolute(between)) return null;
  return between.split(sep);
}

/** One form for all spellings that some file system takes for the same name. */
function foldName(name: string): string {
  const bare = name
    .replace(/:.*$/, "") // NTFS streams
    .replace(/[\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF]/g, "") // ignored by HFS+
    .normalize("NFKD")
    .replace(/[. ]+$/, "") // dropped by Windows
    .toUpperCase();
  return /^GIT~\d+$/.test(bare) ? ".GIT" : bare; // the short name of .git on FAT and NTFS
}
