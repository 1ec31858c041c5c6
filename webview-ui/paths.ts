/** Paths as text: the panel sees the server's paths, which may be those of another operating system. */

const isAbsolute = (path: string): boolean => /^(?:[\\/]|[a-zA-Z]:[\\/])/.test(path);
const separatorOf = (path: string): string => (/^[a-zA-Z]:\\|^\\\\/.test(path) ? "\\" : "/");

/** The path as seen from the thread's folder; absolute when it lies elsewhere. */
export function relativePath(path: string, cwd: string): string {
  const root = cwd.replace(/[\\/]+$/, "");
  const separator = path.charAt(root.length);
  const isInside = path.startsWith(root) && (separator === "/" || separator === "\\");
  return isInside && root.length > 0 ? path.slice(root.length + 1) : path;
}

/** An absolute path; a relative one is taken from the thread's folder. */
export function absolutePath(path: string, cwd: string): string {
  if (isAbsolute(path)) return path;
  const separator = separatorOf(cwd);
  return cwd.replace(/[\\/]+$/, "") + separator + path.replace(/^\.[\\/]/, "");
}

/** `src/a.ts` → name `a.ts`, folder `src`. */
export function splitPath(path: string): { name: string; folder: string } {
  const cut = Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"));
  return { name: path.slice(cut + 1), folder: cut <= 0 ? path.slice(0, Math.max(cut, 0)) : path.slice(0, cut) };
}
