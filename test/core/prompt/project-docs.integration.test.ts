import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readProjectDocs } from "../../../src/core/prompt/project-docs.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

async function project(files: Record<string, string>) {
  const at = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-docs-")));
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(at, name)), { recursive: true });
    await fs.writeFile(path.join(at, name), text);
  }
  const read = (cwd: string, maxBytes = 32 * 1024, denied: readonly string[] = []) =>
    readProjectDocs({
      rootMarkers: [".git", "project.root"],
      cwd: path.join(at, cwd),
      home: path.join(at, "home"),
      fallbackNames: ["CLAUDE.md"],
      maxBytes,
      denyRead: denied.map((name) => path.join(at, name)),
    });
  return { at, read, [Symbol.asyncDispose]: () => fs.rm(at, { recursive: true }) };
}

test("instructions come from the home, then from the project root down to the cwd, more specific later", async () => {
  await using docs = await project({
    "home/AGENTS.md": "from home",
    "repo/.git/HEAD": "",
    "repo/AGENTS.md": "from root",
    "repo/a/AGENTS.md": "hidden by the override",
    "repo/a/AGENTS.override.md": "from a",
    "repo/a/b/CLAUDE.md": "from b",
    "AGENTS.md": "above the root: never read",
  });
  const { text, sources, warning } = await docs.read("repo/a/b");
  expect(text).toMatch(
    /<INSTRUCTIONS>\nfrom home\n\n--- project-doc ---\n\nfrom root\n\nfrom a\n\nfrom b\n<\/INSTRUCTIONS>$/,
  );
  expect(sources.map((file) => path.relative(docs.at, file))).toEqual([
    "home/AGENTS.md",
    "repo/AGENTS.md",
    "repo/a/AGENTS.override.md",
    "repo/a/b/CLAUDE.md",
  ]);
  expect(warning).toBeNull();
});

test("a project may begin at another marker than version control", async () => {
  await using docs = await project({
    "AGENTS.md": "above",
    "repo/project.root": "",
    "repo/AGENTS.md": "root",
    "repo/a/x": "",
  });
  expect((await docs.read("repo/a")).text).toContain("<INSTRUCTIONS>\nroot\n</INSTRUCTIONS>");
});

test("the limit counts project files, outermost first; what is cut is said and no character is split", async () => {
  await using docs = await project({ "repo/.git/HEAD": "", "repo/AGENTS.md": "abc", "repo/a/AGENTS.md": "üüüü" });
  const { text, warning } = await docs.read("repo/a", 6);
  expect(text).toContain("abc\n\nü\n");
  expect(warning).toContain("repo/a/AGENTS.md");
});

test("without any file there is no text", async () => {
  await using docs = await project({ "repo/AGENTS.md": "  \n" });
  expect(await docs.read("repo")).toMatchObject({ text: null, sources: [], warning: null });
});

test("a link out of the project is not followed, which is said; one within the project is", async () => {
  await using docs = await project({
    "secrets/key": "SECRET",
    "repo/.git/HEAD": "",
    "repo/CLAUDE.md": "from root",
    "repo/a/x": "",
    "repo/b/.keys/key": "SECRET",
  });
  await fs.symlink(path.join(docs.at, "secrets/key"), path.join(docs.at, "repo/AGENTS.override.md"));
  await fs.symlink("CLAUDE.md", path.join(docs.at, "repo/AGENTS.md"));
  await fs.symlink("../../secrets", path.join(docs.at, "repo/a/linked"));
  await fs.symlink("linked/key", path.join(docs.at, "repo/a/AGENTS.md"));
  await fs.symlink(".keys/key", path.join(docs.at, "repo/b/AGENTS.md"));
  const { text, sources, warning } = await docs.read("repo/a");
  expect(text).toContain("<INSTRUCTIONS>\nfrom root\n</INSTRUCTIONS>");
  expect(sources).toEqual([path.join(docs.at, "repo/AGENTS.md")]);
  for (const name of ["repo/AGENTS.override.md", "repo/a/AGENTS.md"])
    expect(warning).toContain(`${path.join(docs.at, name)} was not read`);
  const denied = await docs.read("repo/b", 1000, ["repo/b/.keys"]);
  expect(denied.text).not.toContain("SECRET");
  expect(denied.warning).toContain(`${path.join(docs.at, "repo/b/AGENTS.md")} was not read`);
});

test("the home's file has to be in the home, which commands may not read but we may", async () => {
  await using docs = await project({ "home/mine.md": "from home", "repo/.git/HEAD": "", key: "SECRET" });
  await fs.symlink("mine.md", path.join(docs.at, "home/AGENTS.md"));
  expect((await docs.read("repo", 1000, ["home"])).text).toContain("from home");
  await fs.symlink("../key", path.join(docs.at, "home/AGENTS.override.md"));
  const { text, warning } = await docs.read("repo", 1000, ["home"]);
  expect(text).toContain("from home");
  expect(warning).toContain("AGENTS.override.md was not read");
});

test("a project below a denied folder is read, a file of the denied folder is not", async () => {
  await using docs = await project({
    "home/auth.json": "SECRET",
    "home/worktrees/a/.git": "gitdir: elsewhere",
    "home/worktrees/a/AGENTS.md": "from the worktree",
  });
  expect((await docs.read("home/worktrees/a", 1000, ["home"])).text).toContain("from the worktree");
  await fs.rm(path.join(docs.at, "home/worktrees/a/AGENTS.md"));
  await fs.symlink("../../auth.json", path.join(docs.at, "home/worktrees/a/AGENTS.md"));
  expect((await docs.read("home/worktrees/a", 1000, ["home"])).text).toBeNull();
});

test("a project that is reached through a link is read", async () => {
  await using docs = await project({ "real/.git/HEAD": "", "real/AGENTS.md": "from root" });
  await fs.symlink("real", path.join(docs.at, "alias"));
  expect((await docs.read("alias")).text).toContain("from root");
});

test("a pipe, a device and a folder in place of the file hold nobody up and are passed over", async () => {
  await using docs = await project({ "repo/.git/HEAD": "", "repo/AGENTS.md/x": "", "repo/CLAUDE.md": "from root" });
  makeNamedPipe(path.join(docs.at, "repo/AGENTS.override.md"));
  expect((await docs.read("repo")).text).toContain("from root");
  await fs.rm(path.join(docs.at, "repo/AGENTS.override.md"));
  await fs.symlink("/dev/zero", path.join(docs.at, "repo/AGENTS.override.md"));
  expect((await docs.read("repo")).text).toContain("from root");
});

test("a file of any size costs no more than the limit", async () => {
  await using docs = await project({ "repo/.git/HEAD": "", "repo/AGENTS.md": "abc", "home/AGENTS.md": "mine" });
  // Sparse: it takes no room on the disk, and would not fit into memory.
  for (const name of ["repo/AGENTS.md", "home/AGENTS.md"]) await fs.truncate(path.join(docs.at, name), 2 ** 40);
  const { text, warning } = await docs.read("repo");
  expect(text).toContain("mine");
  expect(text).toContain("abc");
  expect(text?.length).toBeLessThan(400 * 1024);
  expect(warning).toContain("repo/AGENTS.md");
  expect(warning).toContain("home/AGENTS.md");
});

test("a file that fits exactly is not cut, whatever line end follows", async () => {
  await using docs = await project({ "repo/.git/HEAD": "", "repo/AGENTS.md": "abcdef\n" });
  const whole = await docs.read("repo", 6);
  expect(whole.text).toContain("abcdef\n<");
  expect(whole.warning).toBeNull();
  const cut = await docs.read("repo", 5);
  expect(cut.text).toContain("abcde\n<");
  expect(cut.warning).toContain("limit of 5 bytes");
});
