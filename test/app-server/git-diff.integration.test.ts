import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { errorOf, resultOf, startedServer, testFolder } from "../helpers/wire-client.ts";

const identity = ["-c", "user.name=t", "-c", "user.email=t@t", "-c", "protocol.file.allow=always"];
const git = (cwd: string, ...args: readonly string[]) =>
  execFileSync("git", [...identity, ...args], { cwd, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] }).trim();

/** A repository whose first commit (`a.txt`) is on its remote. */
function scene() {
  const folder = testFolder();
  const remote = path.join(folder, "remote.git");
  const repo = path.join(folder, "repo");
  mkdirSync(repo);
  git(folder, "init", "-q", "--bare", remote);
  git(repo, "init", "-q", "-b", "main");
  const write = (name: string, text: string) => {
    mkdirSync(path.dirname(path.join(repo, name)), { recursive: true });
    writeFileSync(path.join(repo, name), text);
  };
  const commit = (message: string) => {
    git(repo, "add", ".");
    git(repo, "commit", "-qm", message);
    return git(repo, "rev-parse", "HEAD");
  };
  write("a.txt", "one\ntwo\n");
  const shared = commit("1");
  git(repo, "remote", "add", "origin", remote);
  git(repo, "push", "-q", "-u", "origin", "main");
  return { folder, repo, remote, write, commit, shared };
}

const fails = (cwd: string, why: string) => ({
  code: -32600,
  message: expect.stringContaining(
    `failed to compute git diff to remote for cwd: ${JSON.stringify(cwd)}: ${why}`,
  ) as unknown,
});

test("the diff leads from the newest commit that the remote has to the working tree, untracked files included", async () => {
  const server = await startedServer();
  const { folder, repo, remote, write, commit, shared } = scene();
  write(".gitignore", "ignored\n");
  commit("2");
  write("a.txt", "one\nzwei\n");
  write("new.txt", "new\n");
  write("sub/y ä.txt", "y\n");
  write("bin.dat", "\0\u0001");
  write("ignored", "no");
  git(repo, "init", "-q", "nested");
  symlinkSync("a.txt", path.join(repo, "link"));
  const index = readFileSync(path.join(repo, ".git/index"));
  const objects = git(repo, "count-objects");
  const result = await resultOf(server.request("gitDiffToRemote", { cwd: path.join(repo, "sub") }));
  expect(Object.keys(result)).toEqual(["sha", "diff"]);
  expect(result["sha"]).toBe(shared);
  // The repository is as it was.
  expect(readFileSync(path.join(repo, ".git/index")).equals(index)).toBe(true);
  expect(git(repo, "count-objects")).toBe(objects);
  // Applied to that commit it gives the working tree.
  const clone = path.join(folder, "clone");
  git(folder, "clone", "-q", "-b", "main", remote, clone);
  execFileSync("git", ["apply", "-"], { cwd: clone, input: String(result["diff"]) });
  const names = [".gitignore", "a.txt", "bin.dat", "link", "new.txt", "sub/y ä.txt"];
  for (const name of names) {
    expect(readFileSync(path.join(clone, name)).equals(readFileSync(path.join(repo, name)))).toBe(true);
  }
  expect(readdirSync(clone).toSorted()).toEqual([".git", ".gitignore", "a.txt", "bin.dat", "link", "new.txt", "sub"]);
});

test("a clean clone has an empty diff, and deleted and staged files are in it", async () => {
  const server = await startedServer();
  const { repo, write, shared } = scene();
  expect(await resultOf(server.request("gitDiffToRemote", { cwd: repo }))).toEqual({ sha: shared, diff: "" });
  git(repo, "rm", "-q", "a.txt");
  write("staged.txt", "s\n");
  git(repo, "add", "staged.txt");
  const { diff } = await resultOf(server.request("gitDiffToRemote", { cwd: repo }));
  expect(diff).toContain("deleted file mode 100644");
  expect(diff).toContain("+++ b/staged.txt");
});

test("an edit of the same length in the second of the commit is in the diff, also beside untracked files", async () => {
  const server = await startedServer();
  const { repo, write, commit } = scene();
  git(repo, "config", "core.trustctime", "false");
  const at = new Date(1_700_000_000_000);
  const stamp = (name: string) => utimesSync(path.join(repo, name), at, at);
  write("b.txt", "before\n");
  stamp("b.txt");
  commit("2");
  stamp(".git/index");
  write("b.txt", "behind\n");
  stamp("b.txt");
  write("new.txt", "");
  const { diff } = await resultOf(server.request("gitDiffToRemote", { cwd: repo }));
  expect(diff).toContain("+behind\n");
});

test("branches without an upstream, a detached HEAD and merges start at the newest commit that the remote has", async () => {
  const server = await startedServer();
  const { folder, repo, remote, write, commit, shared } = scene();
  const sha = async () => (await resultOf(server.request("gitDiffToRemote", { cwd: repo })))["sha"];
  git(repo, "checkout", "-q", "-b", "feature");
  write("f.txt", "f");
  commit("feature");
  expect(await sha()).toBe(shared);
  git(repo, "checkout", "-q", "--detach");
  expect(await sha()).toBe(shared);
  // Somebody else pushes; their work is merged into ours.
  const other = path.join(folder, "other");
  git(folder, "clone", "-q", "-b", "main", remote, other);
  writeFileSync(path.join(other, "theirs.txt"), "t");
  git(other, "add", ".");
  git(other, "commit", "-qm", "theirs");
  git(other, "push", "-q", "origin", "main");
  const theirs = git(other, "rev-parse", "HEAD");
  git(repo, "fetch", "-q");
  expect(await sha()).toBe(shared);
  git(repo, "merge", "-q", "-m", "merge", "origin/main");
  expect(await sha()).toBe(theirs);
});

test("what is no repository, has no remote or no commit is said", async () => {
  const server = await startedServer();
  const ask = (cwd: string) => errorOf(server.request("gitDiffToRemote", { cwd }));
  const folder = testFolder();
  expect(await ask(folder)).toEqual(fails(folder, "not a git repository"));
  expect(await ask("rel")).toEqual(fails("rel", "the path must be absolute"));
  expect(await ask("/nowhere/at/all")).toEqual(fails("/nowhere/at/all", "cannot change to"));
  expect(await ask("/a\0b")).toEqual(fails("/a\0b", "the path holds a NUL character"));
  git(folder, "init", "-q");
  expect(await ask(folder)).toEqual(fails(folder, "it has no remote branch"));
  const { repo, folder: around } = scene();
  const alone = path.join(around, "alone");
  git(around, "init", "-q", alone);
  git(alone, "commit", "-q", "--allow-empty", "-m", "1");
  git(alone, "fetch", "-q", repo, "main:refs/remotes/origin/main");
  expect(await ask(alone)).toEqual(fails(alone, "no remote branch shares its history"));
});

test("an untracked flood is refused with what to do", async () => {
  const server = await startedServer();
  const { repo } = scene();
  execFileSync("/bin/sh", ["-c", "seq 10001 | xargs touch"], { cwd: repo });
  expect(await errorOf(server.request("gitDiffToRemote", { cwd: repo }))).toEqual(
    fails(repo, "there are more than 10000 untracked files; ignore or commit some"),
  );
});

test("nothing that a hostile repository configures is run", async () => {
  const server = await startedServer();
  const { repo, write, shared } = scene();
  const mark = path.join(testFolder(), "ran");
  const tools = testFolder();
  const evil = path.join(tools, "evil");
  writeFileSync(evil, `#!/bin/sh\necho "$0 $@" >> ${mark}\ncat\n`);
  chmodSync(evil, 0o755);
  const hooks = path.join(repo, ".git/hooks");
  mkdirSync(hooks, { recursive: true });
  for (const name of ["post-index-change", "pre-commit", "post-checkout", "reference-transaction"]) {
    symlinkSync(evil, path.join(hooks, name));
  }
  // A submodule with a configuration of its own.
  const inner = path.join(repo, "inner");
  git(repo, "init", "-q", inner);
  writeFileSync(path.join(inner, "i.txt"), "i");
  git(inner, "add", ".");
  git(inner, "commit", "-qm", "inner");
  git(inner, "config", "core.fsmonitor", evil);
  git(inner, "config", "filter.evil.clean", evil);
  writeFileSync(path.join(inner, ".gitattributes"), "* filter=evil\n");
  writeFileSync(path.join(inner, "i.txt"), "changed");
  write(".gitattributes", "* filter=evil diff=evil merge=evil\n*.x filter=a=b\n*.p filter=piped\n");
  git(repo, "add", "inner", ".gitattributes");
  git(repo, "commit", "-qm", "2");
  const settings: Readonly<Record<string, string>> = {
    "core.fsmonitor": evil,
    "core.hooksPath": tools,
    "core.pager": evil,
    "core.editor": evil,
    "core.sshCommand": evil,
    "core.askPass": evil,
    "core.gitProxy": evil,
    "credential.helper": evil,
    "diff.external": evil,
    "diff.submodule": "diff",
    "diff.ignoreSubmodules": "none",
    "diff.evil.command": evil,
    "diff.evil.textconv": evil,
    "filter.evil.clean": evil,
    "filter.evil.smudge": evil,
    "filter.evil.required": "true",
    "filter.piped.process": evil,
    "pager.diff": evil,
    "alias.diff": `!${evil}`,
    "alias.rev-parse": `!${evil}`,
    "remote.origin.uploadpack": evil,
    "remote.origin.promisor": "true",
    "protocol.file.allow": "always",
    "extensions.partialClone": "origin",
    "gpg.program": evil,
    "log.showSignature": "true",
    "diff.noprefix": "true",
    "color.ui": "always",
  };
  for (const [key, value] of Object.entries(settings)) git(repo, "config", key, value);
  // Not every name can be written by `git config` options.
  writeFileSync(path.join(repo, ".git/more"), `[filter "a=b"]\n\tclean = ${evil}\n\tprocess = ${evil}\n`);
  git(repo, "config", "include.path", "more");
  write("a.txt", "changed\n");
  for (const name of ["new.txt", "new.x", "new.p"]) write(name, "new\n");
  // The scene itself may have run some.
  if (existsSync(mark)) writeFileSync(mark, "");
  const result = await resultOf(server.request("gitDiffToRemote", { cwd: repo }));
  expect(existsSync(mark) ? readFileSync(mark, "utf8") : "").toBe("");
  expect(result["sha"]).toBe(shared);
  expect(result["diff"]).toContain("+++ b/a.txt\n@@ -1,2 +1 @@\n-one\n-two\n+changed\n");
  // The trap does work on who is less careful.
  execFileSync("git", ["add", "."], { cwd: repo, stdio: "pipe" });
  expect(readFileSync(mark, "utf8")).toContain(evil);
  for (const name of ["new.txt", "new.x", "new.p"]) expect(result["diff"]).toContain(`+++ b/${name}\n`);
});

test("a repository that calls another folder its working tree is refused", async () => {
  const server = await startedServer();
  const { folder, repo } = scene();
  writeFileSync(path.join(folder, "private.txt"), "private");
  git(repo, "config", "core.worktree", folder);
  const { message } = Object(await errorOf(server.request("gitDiffToRemote", { cwd: repo }))) as { message: string };
  expect(message).toMatch(/^failed to compute git diff to remote/u);
});
