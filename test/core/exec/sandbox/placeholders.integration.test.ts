import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startTicks } from "../../../../src/core/exec/process-tree.ts";
import { createPlaceholders } from "../../../../src/core/exec/sandbox/placeholders.ts";
import { temporaryFolder } from "../harness.ts";

/** Another server's notes. `pid 1` lives for as long as we do; the start time 1 belongs to nobody. */
const aliveOther = `1-${startTicks(1) ?? ""}.json`;
const deadOther = "1-1.json";

function setUp() {
  const state = join(temporaryFolder(), "state");
  const workspace = temporaryFolder();
  const paths = [join(workspace, ".git"), join(workspace, ".vscode")];
  mkdirSync(state);
  return { state, workspace, paths, placeholders: createPlaceholders(state) };
}

if (process.platform === "linux") {
  test("what exists is left alone, what is missing is made and goes with its last user", async () => {
    const { workspace, paths, placeholders, state } = setUp();
    mkdirSync(join(workspace, ".git"));
    const [first, second] = await Promise.all([placeholders.hold(paths), placeholders.hold(paths)]);
    expect(readdirSync(workspace)).toEqual([".git", ".vscode"]);
    await first();
    expect(readdirSync(workspace)).toEqual([".git", ".vscode"]);
    await second();
    expect(readdirSync(workspace)).toEqual([".git"]);
    expect(readdirSync(state)).toEqual([]);
  });

  test("a folder that another living server holds stays, and what a dead one held goes", async () => {
    const { state, workspace, paths, placeholders } = setUp();
    const [git = "", vscode = ""] = paths;
    mkdirSync(git);
    mkdirSync(vscode);
    writeFileSync(join(state, aliveOther), JSON.stringify([git]));
    writeFileSync(join(state, deadOther), JSON.stringify([git, vscode]));
    const release = await placeholders.hold([git]);
    expect(readdirSync(workspace)).toEqual([".git"]);
    await release();
    expect(readdirSync(workspace)).toEqual([".git"]);
    expect(readdirSync(state)).toEqual([aliveOther]);
  });

  test("a folder that is not empty is never removed, whatever the notes say", async () => {
    const { state, paths, placeholders } = setUp();
    const [git = ""] = paths;
    mkdirSync(git);
    writeFileSync(join(git, "config"), "x");
    writeFileSync(join(state, deadOther), JSON.stringify([git]));
    await placeholders.tidy();
    expect(existsSync(join(git, "config"))).toBe(true);
  });

  test("damaged notes and a lock of a dead server do not stop anybody", async () => {
    const { state, workspace, paths, placeholders } = setUp();
    writeFileSync(join(state, deadOther), '["/x');
    writeFileSync(join(state, "lock"), "1-1");
    await (
      await placeholders.hold(paths)
    )();
    expect(readdirSync(workspace)).toEqual([]);
    expect(readdirSync(state)).toEqual([]);
  });

  test("a folder that cannot be written is left alone: a command could not write it either", async () => {
    const { placeholders } = setUp();
    const release = await placeholders.hold(["/proc/self/.git", "/nowhere/at/all/.git"]);
    await release();
  });

  test("fifty commands at once leave nothing", async () => {
    const { state, workspace, paths, placeholders } = setUp();
    await Promise.all(Array.from({ length: 50 }, async () => (await placeholders.hold(paths))()));
    expect([readdirSync(workspace), readdirSync(state)]).toEqual([[], []]);
  });
} else {
  test("left out: placeholders belong to the sandbox of Linux", () => {
    process.stderr.write("left out: placeholders, which only Linux has\n");
  });
}
