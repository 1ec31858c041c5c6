import { stat } from "node:fs/promises";
import path from "node:path";
import type { GitInfo } from "../../protocol/threads.ts";
import { withRegularFile } from "../regular-file.ts";

/** A repository on a disk that does not answer is not waited for. */
const patienceMs = 2000;
const maxBytes = 16 * 1024 * 1024;
/** Longer lines of a configuration say nothing to us. */
const maxLine = 4096;
const maxUrl = 2000;
const maxBranch = 500;

/**
 * Where the work in a folder stands in git: read from the files of the repository, without running anything that the repository could bring along.
 * Null: it is in none, or nothing can be read in time. Never rejects.
 *
 * @param cwd absolute.
 */
export async function readGitInfo(cwd: string): Promise<GitInfo | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), patienceMs);
    timer.unref();
  });
  try {
    return await Promise.race([read(cwd), late]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

async function read(cwd: string): Promise<GitInfo | null> {
  const gitDir = await findGitDir(cwd);
  if (gitDir === null) return null;
  // A linked worktree has a HEAD of its own and shares the rest.
  const shared = ((await text(path.join(gitDir, "commondir"))) ?? "").trim();
  const commonDir = path.resolve(gitDir, shared);
  const head = ((await text(path.join(gitDir, "HEAD"))) ?? "").trim();
  const ref = /^ref: (refs\/[^\s:?*[\\^~]{1,500})$/.exec(head)?.[1] ?? null;
  const sha = ref === null ? hash(head) : await shaOf(ref, gitDir, commonDir);
  const config = await text(path.join(commonDir, "config"));
  const branch = ref?.startsWith("refs/heads/") === true ? ref.slice("refs/heads/".length) : null;
  // Repositories with another kind of ref store name a branch that cannot be.
  const isBranch = branch !== null && branch !== ".invalid" && branch.length <= maxBranch;
  return { sha, branch: isBranch ? branch : null, originUrl: cleanUrl(originIn(config ?? "")) };
}

async function findGitDir(cwd: string): Promise<string | null> {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    const at = path.join(folder, ".git");
    const found = await stat(at).catch(() => null);
    if (found?.isDirectory() === true) return at;
    if (found?.isFile() === true) {
      const target = /^gitdir: ([^\0\n]+)/.exec((await text(at)) ?? "")?.[1];
      if (target !== undefined) return path.resolve(folder, target.trim());
    }
    if (folder === path.dirname(folder)) return null;
  }
}

async function shaOf(ref: string, gitDir: string, commonDir: string): Promise<string | null> {
  for (const folder of new Set([gitDir, commonDir])) {
    const loose = path.join(folder, ref);
    if (!loose.startsWith(folder + path.sep)) return null; // a name with dots in it
    const sha = hash(((await text(loose)) ?? "").trim());
    if (sha !== null) return sha;
  }
  const packed = (await text(path.join(commonDir, "packed-refs"))) ?? "";
  const end = packed.indexOf(` ${ref}\n`);
  return end === -1 ? null : hash(packed.slice(packed.lastIndexOf("\n", end) + 1, end));
}

const hash = (value: string): string | null => (/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value) ? value : null);

/** The address of the remote `origin` in a git configuration; files that it includes are not looked at. */
function originIn(config: string): string | null {
  let isOrigin = false;
  let url: string | null = null;
  for (const line of config.split("\n")) {
    if (line.length > maxLine) continue;
    const section = /^\s*\[\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    if (section !== undefined) isOrigin = /^remote\s+"origin"$/i.test(section);
    else if (isOrigin) url ??= /^\s*url\s*=\s*"?([^"\s]+)"?\s*$/i.exec(line)?.[1] ?? null;
  }
  return url;
}

/** An address without what signs in there. Null: there is none that can be shown. */
export function cleanUrl(url: string | null): string | null {
  if (url === null || url.length > maxUrl || /[^\x21-\x7e]/.test(url)) return null;
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(url)) {
    // The short form of SSH, or a path: only a name may stand before the @.
    return url.replace(/^[^/@]*:[^/@]*@/, "");
  }
  const parsed = URL.parse(url);
  if (parsed === null) return null;
  parsed.password = "";
  if (/^https?:$/.test(parsed.protocol)) parsed.username = "";
  parsed.search = "";
  parsed.hash = "";
  return parsed.href;
}

/** Null: not there, not a regular file, not readable, or larger than such a file is. */
async function text(file: string): Promise<string | null> {
  try {
    return await withRegularFile(file, async ({ read: readStretch }) => {
      const bytes = await readStretch(0, maxBytes + 1);
      return bytes.length > maxBytes ? null : bytes.toString("utf8");
    });
  } catch {
    return null;
  }
}
