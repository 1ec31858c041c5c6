import { isUtf8 } from "node:buffer";
import { configVariables, type Git, GitError, ownSettings } from "./git.ts";

const timeoutMs = 10_000;
const maxBytes = 16 * 1024 * 1024;
const maxFilters = 200;

/**
 * Variables for {@link Git.run} under which no filter program runs. A repository names its filters as it likes, in any file of
 * configuration, so those that there are have to be asked for; the user's own (git-lfs) read the repository's configuration in turn and
 * are off too: a changed file of theirs is compared as it lies on the disk. Rejects with {@link GitError}, also when git is too old to
 * be told.
 */
export async function withoutFilters(
  git: Git,
  cwd: string,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const listed = await git.run(cwd, ["config", "--list", "--name-only", "-z"], { timeoutMs, maxBytes, signal });
  // The variables could not name what is not.
  if (!isUtf8(listed)) throw new GitError("failed", "its configuration has names that are not UTF-8");
  const keys = listed.toString("utf8").split("\0");
  // It is one of ours: this git reads the variables.
  if (!keys.includes("safe.barerepository")) throw new GitError("failed", "git 2.31 or newer is needed");
  const filters = new Set(keys.flatMap((key) => /^filter\.(.+)\.[^.]+$/su.exec(key)?.[1] ?? []));
  if (filters.size > maxFilters) throw new GitError("tooMuch", `the configuration has more than ${maxFilters} filters`);
  const settings: Record<string, string> = {};
  for (const name of filters) {
    for (const key of ["clean", "smudge", "process"]) settings[`filter.${name}.${key}`] = "";
    settings[`filter.${name}.required`] = "false";
  }
  return configVariables(settings, ownSettings);
}
