// One hash over the content of files and folders: tells whether something has to be made again.
import { createHash } from "node:crypto";
import { readFile, readdir, stat } from "node:fs/promises";
import path from "node:path";

/**
 * @param {string} base the folder that `names` are in, and that the hash does not depend on
 * @param {readonly string[]} names files and folders; missing ones count as such
 */
export async function fingerprintOf(base, names) {
  const hash = createHash("sha256");
  for (const name of names) {
    for (const file of (await filesIn(path.join(base, name))).sort()) {
      hash
        .update(path.relative(base, file))
        .update("\0")
        .update(await readFile(file))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

/** @param {string} place */
async function filesIn(place) {
  const info = await stat(place).catch(() => undefined);
  if (!info) return [];
  if (!info.isDirectory()) return [place];
  const entries = await readdir(place, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name)); // `path` before Node 20.12
}
