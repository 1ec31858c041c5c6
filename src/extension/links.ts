import { isAbsolute, relative, resolve, sep } from "node:path";

const openable = new Set(["http:", "https:", "mailto:"]);

/** The address, normalised, if it is one that VS Code may hand to the system; null for `command:`, `file:`, `vscode:` and the like. */
export function externalAddress(address: string): string | null {
  const url = URL.canParse(address) ? new URL(address) : null;
  return url !== null && openable.has(url.protocol) ? url.toString() : null;
}

/** A file that the panel wants to open: where it is, and whether it lies in a folder of the workspace. */
export interface FilePlace {
  readonly path: string;
  readonly isInside: boolean;
}

/** Resolves a path against the first folder. Null for what is no local path: network shares could make Windows send credentials. */
export function placeOf(path: string, folders: readonly string[]): FilePlace | null {
  if (path === "" || path.includes("\0") || /^[\\/]{2}/.test(path)) return null;
  const [root] = folders;
  if (!isAbsolute(path) && root === undefined) return null;
  const absolute = root === undefined ? resolve(path) : resolve(root, path);
  return { path: absolute, isInside: folders.some((folder) => contains(folder, absolute)) };
}

/** How a file is named to the agent, which works in the first folder: relative to that, else absolute. */
export function nameOf(path: string, folders: readonly string[]): string {
  const [root] = folders;
  return root !== undefined && contains(root, path) ? relative(root, path).split(sep).join("/") : path;
}

function contains(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
