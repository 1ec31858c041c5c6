import { execFileSync } from "node:child_process";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { cleanUrl, readGitInfo } from "../../../src/core/thread/git-info.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

async function repository(): Promise<{ readonly cwd: string; readonly git: (...args: string[]) => string }> {
  const cwd = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-test-")));
  onTestFinished(() => fs.rm(cwd, { recursive: true, force: true }));
  const git = (...args: string[]): string =>
    execFileSync("git", ["-c", "user.name=x", "-c", "user.email=x@example.com", ...args], {
      cwd,
      encoding: "utf8",
    }).trim();
  git("init", "-q", "-b", "main");
  return { cwd, git };
}

test("a repository is read from any of its folders: before the first commit, on a branch, detached, packed, in a worktree", async () => {
  const { cwd, git } = await repository();
  expect(await readGitInfo(cwd)).toEqual({ sha: null, branch: "main", originUrl: null });
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("checkout", "-q", "-b", "feature/ä.b");
  git("commit", "-q", "--allow-empty", "-m", "second");
  git("remote", "add", "origin", "git@example.com:team/x.git");
  const sha = git("rev-parse", "HEAD");
  const originUrl = "git@example.com:team/x.git";
  const inside = path.join(cwd, "a", "b");
  await fs.mkdir(inside, { recursive: true });
  expect(await readGitInfo(inside)).toEqual({ sha, branch: "feature/ä.b", originUrl });
  git("pack-refs", "--all");
  expect(await readGitInfo(cwd)).toEqual({ sha, branch: "feature/ä.b", originUrl });
  git("worktree", "add", "-q", "-b", "side", path.join(cwd, "side"), "main");
  expect(await readGitInfo(path.join(cwd, "side"))).toEqual({
    sha: git("rev-parse", "main"),
    branch: "side",
    originUrl,
  });
  git("checkout", "-q", "--detach", "main");
  expect(await readGitInfo(cwd)).toEqual({ sha: git("rev-parse", "main"), branch: null, originUrl });
});

test("what is no repository, or a hostile one, gives nothing and holds nothing up", async () => {
  const { cwd } = await repository();
  const outside = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-test-"));
  onTestFinished(() => fs.rm(outside, { recursive: true, force: true }));
  expect(await readGitInfo(outside)).toBeNull();
  expect(await readGitInfo(path.join(outside, "not", "there"))).toBeNull();
  const head = path.join(cwd, ".git", "HEAD");
  const nothing = { sha: null, branch: null, originUrl: null };
  for (const text of [
    "ref: refs/heads/../../../secret\n",
    "ref: /etc/passwd\n",
    "x".repeat(100),
    "ref: refs/heads/a\u0007b",
  ]) {
    await fs.writeFile(head, text);
    expect(await readGitInfo(cwd)).toMatchObject({ sha: null });
  }
  await fs.rm(head);
  await fs.symlink("/dev/zero", head);
  expect(await readGitInfo(cwd)).toEqual(nothing);
  await fs.rm(head);
  makeNamedPipe(head);
  expect(await readGitInfo(cwd)).toEqual(nothing);
});

test.each([
  ["https://user:pw@example.com/a.git", "https://example.com/a.git"],
  ["https://token@example.com/a?x=1#y", "https://example.com/a"],
  ["ssh://git:pw@example.com:22/a", "ssh://git@example.com:22/a"],
  ["git@example.com:a/b.git", "git@example.com:a/b.git"],
  ["user:pw@example.com:a/b.git", "example.com:a/b.git"],
  ["/srv/git/a.git", "/srv/git/a.git"],
  ["https://exa mple.com", null],
  ["https://[", null],
  [`https://example.com/${"x".repeat(3000)}`, null],
  [null, null],
])("an address is kept without what signs in: %j", (url, expected) => {
  expect(cleanUrl(url)).toBe(expected);
});
