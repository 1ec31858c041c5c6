import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { runApplyPatch } from "../../../src/cli/apply-patch.ts";
import { treeOf } from "./tree.ts";

const folder = join(
  process.env["TURNWRIGHT_SHARED"] ?? resolve(import.meta.dirname, "../../../../shared"),
  "conformance/apply-patch",
);
const Result = z.looseObject({ exit: z.number() });

/** Where Turnwright means to differ: exit status and the tree that is left. */
const differences: Readonly<Record<string, { exit: number; tree: Record<string, string> }>> = {
  // A patch that does not verify as a whole changes nothing.
  "015_failure_after_partial_success_leaves_changes": { exit: 1, tree: {} },
  // A byte order mark does not hinder a match, and is kept.
  "176_bom_first_line": { exit: 0, tree: { "a.txt": "\uFEFF1\ntwo\n" } },
};

describe("apply_patch scenarios", () => {
  if (!existsSync(folder)) {
    process.stderr.write(
      `Left out: the apply_patch scenarios are not at ${folder} (set TURNWRIGHT_SHARED to the folder that holds them).\n`,
    );
    test("the scenarios are left out, since they are not on this machine", () => {
      expect(existsSync(folder)).toBe(false);
    });
    return;
  }
  const names = readdirSync(folder).toSorted();
  test("there are scenarios", () => {
    expect(names.length).toBeGreaterThan(50);
  });
  test.each(names)("%s leaves the expected tree and exit status", async (name) => {
    const scenario = join(folder, name);
    const cwd = mkdtempSync(join(tmpdir(), "turnwright-patch-"));
    try {
      const input = join(scenario, "input");
      if (existsSync(input)) cpSync(input, cwd, { recursive: true });
      const expected = join(scenario, "expected");
      const exit = await runApplyPatch({
        cwd,
        stdin: Readable.from([readFileSync(join(scenario, "patch.txt"))]),
        stdout: { write: () => true },
        stderr: { write: () => true },
      });
      const result = Result.parse(JSON.parse(readFileSync(join(scenario, "result.json"), "utf8")));
      const difference = differences[name];
      expect({ exit, tree: treeOf(cwd) }).toEqual({
        exit: difference?.exit ?? result.exit,
        tree: difference?.tree ?? (existsSync(expected) ? treeOf(expected) : {}),
      });
    } finally {
      rmSync(cwd, { recursive: true, force: true });
    }
  });
});
