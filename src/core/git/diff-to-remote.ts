import { copyFile, lstat, mkdir, mkdtemp, realpath, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { withoutFilters } from "./filters.ts";
import { type Git, GitError, type GitRun } from "./git.ts";

export interface DiffToRemote {
  /** The newest commit in the history of HEAD that a remote is known to have. */
  readonly sha: string;
  /** From there to the working tree, untracked files included; can be applied with `git apply` at the top of the repository. */
  readonly diff: string;
}

const timeoutMs = 20_000;
const maxDiffBytes = 32 * 1024 * 1024;
const maxListBytes = 16 * 1024 * 1024;
const maxUntracked = 10_000;
/** All untracked files together: binary ones are in the diff too. */
const maxUntrackedBytes = 64 * 1024 * 1024;

const diffArgs = [
  ...["diff", "--no-ext-diff", "--no-textconv", "--binary", "--no-color", "--no-relative"],
  // Looking into a submodule would run git there, under the submodule's own configuration.
  ...["--ignore-submodules=dirty", "--submodule=short", "--src-prefix=a/", "--dst-prefix=b/"],
];

/** Runs nothing but git, and writes nothing but a temporary folder. Rejects with {@link GitError}. */
export async function diffToRemote(git: Git, cwd: string, signal: AbortSignal): Promise<DiffToRemote> {
  const top = await topOf(git, cwd, signal);
  const filterless = await withoutFilters(git, top, signal);
  const run = (args: readonly string[], options: Partial<GitRun> = {}): Promise<Buffer> =>
    git.run(top, args, {
      timeoutMs,
      maxBytes: maxListBytes,
      signal,
      ...options,
      env: { ...filterless, ...options.env },
    });

  const sha = await newestSharedCommit(async (args) => (await run(args)).toString("utf8").trim());
  const untracked = await untrackedFiles(run, top);
  const diff = (env: Readonly<Record<string, string>>): Promise<Buffer> =>
    run([...diffArgs, sha, "--"], { maxBytes: maxDiffBytes, env });
  const bytes = untracked.length === 0 ? await diff({}) : await withUntracked(run, untracked, diff);
  return { sha, diff: bytes.toString("utf8") };
}

type Run = (args: readonly string[], options?: Partial<GitRun>) => Promise<Buffer>;

/** The working tree that a folder is in. */
async function topOf(git: Git, cwd: string, signal: AbortSignal): Promise<string> {
  const ask = async (folder: string): Promise<readonly string[]> => {
    const args = ["rev-parse", "--path-format=absolute", "--show-toplevel", "--git-dir"];
    const printed = await git.run(folder, args, { timeoutMs, maxBytes: 64 * 1024, signal });
    return printed.toString("utf8").trimEnd().split("\n");
  };
  const [top = "", folder] = await ask(cwd);
  // A repository can call any folder its working tree (core.worktree); it is so only if that folder agrees.
  const [sameTop, sameFolder] = await ask(top);
  if (sameTop !== top || sameFolder !== folder)
    throw new GitError("failed", `${top} does not belong to its repository`);
  return realpath(top);
}

/** Rejects when no remote has anything of the history. */
async function newestSharedCommit(ask: (args: readonly string[]) => Promise<string>): Promise<string> {
  if ((await ask(["for-each-ref", "--count=1", "--format=%(refname)", "refs/remotes"])) === "") {
    throw new GitError("failed", "it has no remote branch; push or fetch first");
  }
  const head = await ask(["rev-parse", "--verify", "--end-of-options", "HEAD^{commit}"]);
  const ahead = await ask(["rev-list", "--boundary", head, "--not", "--remotes"]);
  if (ahead === "") return head;
  const borders = ahead.split("\n").flatMap((line) => (line.startsWith("-") ? [line.slice(1)] : []));
  if (borders.length === 0) throw new GitError("failed", "no remote branch shares its history; push or fetch first");
  if (borders.length === 1) return borders[0] ?? head;
  // Of several, one that none of the others contains. Those listed first are the newest.
  return (await ask(["merge-base", "--independent", ...borders.slice(0, 64)])).split("\n")[0] ?? head;
}

/** Names relative to `top`, each byte a character: not every name is UTF-8. */
async function untrackedFiles(run: Run, top: string): Promise<readonly string[]> {
  const listed = await run(["ls-files", "-z", "--others", "--exclude-standard"]);
  // A folder with a repository of its own is another matter.
  const names = listed.toString("latin1").split("\0");
  const files = names.filter((name) => name !== "" && !name.endsWith("/"));
  if (files.length > maxUntracked) {
    throw new GitError("tooMuch", `there are more than ${maxUntracked} untracked files; ignore or commit some`);
  }
  let bytes = 0;
  for (const name of files) {
    const file = Buffer.concat([Buffer.from(`${top}/`), Buffer.from(name, "latin1")]);
    bytes += (await lstat(file).catch(() => null))?.size ?? 0;
  }
  if (bytes > maxUntrackedBytes) {
    throw new GitError("tooMuch", `untracked files have more than ${maxUntrackedBytes} bytes; ignore or commit some`);
  }
  return files;
}

/** Makes a copy of the index in which untracked files are announced, so that one `git diff` shows all; the repository stays as it is. */
async function withUntracked(
  run: Run,
  untracked: readonly string[],
  diff: (env: Readonly<Record<string, string>>) => Promise<Buffer>,
): Promise<Buffer> {
  const paths = await run(["rev-parse", "--path-format=absolute", "--git-path", "index", "--git-path", "objects"]);
  const [index = "", objects = ""] = paths.toString("utf8").trimEnd().split("\n");
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-diff-"));
  try {
    await mkdir(path.join(folder, "objects"));
    const env = {
      GIT_INDEX_FILE: path.join(folder, "index"),
      GIT_OBJECT_DIRECTORY: path.join(folder, "objects"),
      GIT_ALTERNATE_OBJECT_DIRECTORIES: quoted(objects),
    };
    await copyIndex(index, env.GIT_INDEX_FILE);
    const add = ["add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul"];
    await run(add, { env, input: Buffer.from(`${untracked.join("\0")}\0`, "latin1") });
    return await diff(env);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** With its time: what changed in the moment after an index was written, git only notices by comparing times. */
async function copyIndex(from: string, to: string): Promise<void> {
  try {
    const { atimeMs, mtimeMs } = await stat(from);
    await copyFile(from, to);
    await utimes(to, atimeMs / 1000, Math.floor(mtimeMs) / 1000);
  } catch (error) {
    // A repository to which nothing was ever added has none.
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

/** As one entry of a list that git splits at colons. */
const quoted = (folder: string): string => `"${folder.replace(/["\\]/gu, "\\$&")}"`;
