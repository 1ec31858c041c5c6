import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findPrompts } from "../../../src/core/prompt/custom-prompts.ts";

async function project(files: Readonly<Record<string, string>>) {
  const at = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-prompts-")));
  onTestFinished(() => fs.rm(at, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await fs.mkdir(path.dirname(path.join(at, name)), { recursive: true });
    await fs.writeFile(path.join(at, name), text);
  }
  const places = {
    cwd: path.join(at, "repo/app"),
    home: path.join(at, "home"),
    rootMarkers: [".git"],
    denyRead: [path.join(at, "repo/secret")],
    isTrusted: true,
  };
  return { at, places };
}

test("the user's own prompts come first, then those of the project from the cwd up; without trust only the user's own", async () => {
  const { places } = await project({
    "home/prompts/review.md": "---\ndescription: My review\nargument-hint: FILE [FOCUS]\n---\n\nReview $1.\n",
    "home/prompts/plain.md": "Just a text.",
    "home/prompts/notes.txt": "no prompt",
    "repo/.git/HEAD": "",
    "repo/.turnwright/prompts/review.md": "Their review",
    "repo/app/.turnwright/prompts/review.md": "---\nargument-hint: [FILE]\n---\nThe app's review",
    ".turnwright/prompts/outside.md": "Above the root",
  });
  const { prompts, errors } = await findPrompts(places);
  expect(errors).toEqual([]);
  expect(
    prompts.map(({ scope, name, description, argumentHint, body }) => [scope, name, description, argumentHint, body]),
  ).toEqual([
    ["user", "plain", null, null, "Just a text."],
    ["user", "review", "My review", "FILE [FOCUS]", "Review $1."],
    ["repo", "review", null, "[FILE]", "The app's review"],
    ["repo", "review", null, null, "Their review"],
  ]);
  const untrusted = await findPrompts({ ...places, isTrusted: false });
  expect(untrusted.prompts.map(({ scope }) => scope)).toEqual(["user", "user"]);
});

test("a repository cannot lead out of itself, hide words, or make a prompt of a giant", async () => {
  const { at, places } = await project({
    "outside.md": "Secret",
    "repo/.git/HEAD": "",
    "repo/secret/key.md": "Secret",
    "repo/.turnwright/prompts/a.md": "Do\u0007 this\u202E.\r\n\u{E0041}Then that. \u{1F469}\u200D\u{1F4BB}",
    "repo/.turnwright/prompts/b.md": "x".repeat(64 * 1024 + 1),
    "repo/.turnwright/prompts/c.md": "---\ndescription: [broken\n---\nText",
    "repo/.turnwright/prompts/d.md": "---\ndescription: nothing below\n---\n",
    "repo/.turnwright/prompts/e e.md": "A blank in its name",
    "repo/.turnwright/prompts/h.md": "---\nname: &x g\ndescription: *x\n---\nText",
  });
  const folder = path.join(at, "repo/.turnwright/prompts");
  await fs.symlink("../../../outside.md", path.join(folder, "f.md"));
  await fs.symlink("../../secret/key.md", path.join(folder, "g.md"));
  await fs.mkdir(path.join(folder, "folder.md"));
  const { prompts, errors } = await findPrompts(places);
  expect(prompts.map(({ name, body }) => [name, body])).toEqual([
    ["a", "Do this.\nThen that. \u{1F469}\u200D\u{1F4BB}"],
  ]);
  expect(errors.map(({ path: file, message }) => `${path.basename(file)}: ${message.slice(0, 31)}`)).toEqual([
    "b.md: it is larger than 65536 bytes",
    "c.md: its front matter is not YAML: F",
    "d.md: it is empty below its front mat",
    "e e.md: its name must be of letters, di",
    "f.md: it leads out of its project, or",
    "g.md: it leads out of its project, or",
    "h.md: its front matter is not YAML: A",
  ]);
});

test("more prompts than the limit are left out, and it is said", async () => {
  const many = Object.fromEntries(
    Array.from({ length: 203 }, (_, index) => [`home/prompts/p${String(index).padStart(3, "0")}.md`, "Text"]),
  );
  const { places } = await project(many);
  const { prompts, errors } = await findPrompts(places);
  expect(prompts).toHaveLength(200);
  expect(errors.map(({ message }) => message)).toEqual(["more than 200 prompts; this one is left out"]);
});
