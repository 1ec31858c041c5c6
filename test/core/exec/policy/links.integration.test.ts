import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { findWayOut } from "../../../../src/core/exec/policy/links.ts";
import { judge } from "./judge.ts";

/** Why a script may not run in the workspace as the disk is; null: it may. Its folders d and e each have a link in them that leads out. */
async function wayOut(script: string): Promise<string | null> {
  const at = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-links-")));
  onTestFinished(() => fs.rm(at, { recursive: true, force: true }));
  const cwd = path.join(at, "workspace");
  await fs.mkdir(path.join(cwd, "d", "inner"), { recursive: true });
  await fs.mkdir(path.join(cwd, "e"));
  await fs.writeFile(path.join(at, "outside"), "");
  for (const file of ["a", "b", "d/a"]) await fs.writeFile(path.join(cwd, file), "");
  for (const link of ["d/x", "d/inner/y", "e/x"]) await fs.symlink(path.join(at, "outside"), path.join(cwd, link));
  const judgement = judge(script);
  expect(judgement.verdict).toBe("safe");
  return findWayOut(judgement, { cwd, roots: [cwd] });
}

test.each(["cat a", "cat d/a", "diff a b", "cd d && cat a", "ls d", "cat nope", "diff nope a", "cd d; cd inner; ls"])(
  "%j stays inside",
  async (script) => {
    expect(await wayOut(script)).toBeNull();
  },
);

test.each([
  "cat d/x",
  "cd d; cat x",
  "cd nope; cd d; cat x",
  "cd d; cd nope; cat x",
  "cd nope; cd d; cd nope; cd inner; cat y",
])("%j is known to lead out, whichever cd takes effect", async (script) => {
  expect(await wayOut(script)).toMatch(/lies outside the workspace, by a link/);
});

test.each(["diff d e", "diff a d", "cd d; diff inner ."])("%j would follow links in a folder", async (script) => {
  expect(await wayOut(script)).toMatch(/is a folder: links in it would be followed/);
});

test("more changes of the folder than are looked at ask", async () => {
  expect(await wayOut("cd d; cd inner; cd nope; cd e; cd f; cd g; cat a")).toMatch(/more often than is looked at/);
});
