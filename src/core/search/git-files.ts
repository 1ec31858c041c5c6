import path from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import type { Git } from "../git/git.ts";
import type { Sink } from "./file-list.ts";

const timeoutMs = 30_000;
const maxBytes = 256 * 1024 * 1024;
const maxRepositories = 200;
const maxDepth = 8;
const submodule = "160000";
/** Files that are added before others get their turn. */
const stride = 1000;

/**
 * The files of the repository that a folder lies in: what git tracks there and is still there, and what is new and not ignored; of
 * repositories inside of it (submodules and others) likewise. False: git knows no files here, and nothing was added.
 */
export async function listFromGit(root: string, git: Git, sink: Sink): Promise<boolean> {
  if (!path.isAbsolute(root)) return false;
  const waiting = [{ prefix: "", depth: 0 }];
  let count = 0;
  let hasFiles = false;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { prefix, depth } = next;
    if ((count += 1) > maxRepositories || depth > maxDepth || sink.signal.aborted) break;
    const { files, repositories } = await listRepository(path.join(root, prefix), git, sink.signal);
    let added = 0;
    for (const file of files) {
      hasFiles = true;
      if (!sink.add(prefix + file)) return true;
      if ((added += 1) % stride === 0) await nextTick();
    }
    for (const folder of repositories) waiting.push({ prefix: `${prefix}${folder}/`, depth: depth + 1 });
  }
  return hasFiles;
}

interface Listed {
  readonly files: ReadonlySet<string>;
  readonly repositories: readonly string[];
}

async function listRepository(folder: string, git: Git, signal: AbortSignal): Promise<Listed> {
  const files = new Set<string>();
  const repositories: string[] = [];
  const ask = async (args: readonly string[], take: (line: string) => void): Promise<boolean> => {
    const lines = splitter(take);
    try {
      await git.run(folder, ["ls-files", "-z", ...args], { timeoutMs, maxBytes, signal, onBytes: lines });
      return true;
    } catch {
      // No repository, no git, or too much of it: what was read so far is what there is.
      return false;
    }
  };
  const gone = new Set<string>();
  const isRepository = await ask(["--stage"], (line) => {
    const name = line.slice(line.indexOf("\t") + 1);
    if (line.startsWith(submodule)) repositories.push(name);
    else files.add(name);
  });
  if (!isRepository) return { files, repositories };
  await ask(["--others", "--deleted", "--exclude-standard", "-t"], (line) => {
    const name = line.slice(2);
    if (line.startsWith("R ")) gone.add(name);
    else if (name.endsWith("/")) repositories.push(name.slice(0, -1));
    else files.add(name);
  });
  for (const name of gone) files.delete(name);
  return { files, repositories };
}

/** Cuts bytes at NUL. Names that are not UTF-8 get U+FFFD and cannot be opened by what is told of them. */
function splitter(take: (line: string) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const last = all.lastIndexOf(0);
    if (last < 0) {
      rest = all;
      return;
    }
    for (const line of all.toString("utf8", 0, last).split("\0")) take(line);
    rest = all.subarray(last + 1);
  };
}
