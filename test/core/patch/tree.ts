import { lstatSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join, relative, sep } from "node:path";

/** Every file and empty folder below a folder: relative path with forward slashes to content, "-> target" for a link, "/" for an empty folder. */
export function treeOf(folder: string): Record<string, string> {
  const tree: Record<string, string> = {};
  const visit = (path: string): void => {
    const name = relative(folder, path).split(sep).join("/");
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) tree[name] = `-> ${readlinkSync(path)}`;
    else if (stat.isDirectory()) {
      const entries = readdirSync(path).toSorted();
      if (entries.length === 0 && path !== folder) tree[name] = "/";
      for (const entry of entries) visit(join(path, entry));
    } else tree[name] = readFileSync(path, "utf8");
  };
  visit(folder);
  return tree;
}
