import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { snapshotCommand } from "../../src/demo/flows/snapshot.ts";
import { readTestRun } from "../../src/demo/test-run.ts";
import { converse, declined } from "./conversation.ts";
import { bash, copySample, realTools, sampleFolder } from "./sample-tools.ts";

test("the sample project has exactly one failing test, and the cause is rounding", async () => {
  await using sample = await copySample();
  const { exitCode, output } = await bash(sample.folder, "node --test");
  expect(exitCode).toBe(1);
  expect(readTestRun(output)).toEqual({
    kind: "ran",
    passed: 7,
    failed: 1,
    failures: [
      {
        name: "carries rounded seconds into the minutes",
        location: "test/duration.test.ts:19",
        expected: "6:00",
        actual: "5:60",
      },
    ],
  });
});

test("a TAP report tells the same", async () => {
  await using sample = await copySample();
  const spec = await bash(sample.folder, "node --test --test-reporter=spec");
  const tap = await bash(sample.folder, "node --test --test-reporter=tap");
  expect(readTestRun(tap.output)).toEqual(readTestRun(spec.output));
});

test("the sample project is well-typed without anything installed", async () => {
  const compiler = path.join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", sampleFolder]);
});

test("fixing the failing test for real: declined snapshot, patch, all tests pass, second snapshot taken", async () => {
  await using sample = await copySample();
  const run = realTools(sample.folder);
  let snapshots = 0;
  const talk = await converse("Fix the failing test", (call) =>
    call.args["cmd"] === snapshotCommand && ++snapshots === 1 ? declined : run(call),
  );
  expect(talk.commands).toEqual([
    "cat package.json",
    snapshotCommand,
    "node --test",
    "cat src/duration.ts",
    "node --test",
    snapshotCommand,
  ]);
  expect(talk.final).toContain("all 8 tests passed");
  expect(talk.final).toContain("declined before the change, taken after it");
  expect((await bash(sample.folder, "node --test")).exitCode).toBe(0);
  expect((await bash(sample.folder, "git log --format=%s && git status --porcelain")).output).toBe("Snapshot\n");
  expect((await bash(sample.folder, snapshotCommand)).exitCode).toBe(0);
});

test("a file that the user edited while the patch waited is read again, and the user's line stays", async () => {
  await using sample = await copySample();
  const run = realTools(sample.folder);
  const file = path.join(sample.folder, "src/duration.ts");
  let patches = 0;
  const talk = await converse("fix the failing test please", async (call) => {
    if (call.name !== "apply_patch" || ++patches > 1) return run(call);
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("  const rest", "  // mine\n  const rest"));
    return "apply_patch verification failed: src/duration.ts was changed meanwhile; read it again";
  });
  expect(patches).toBe(2);
  expect(talk.final).toContain("all 8 tests passed");
  expect(await readFile(file, "utf8")).toContain("  // mine\n");
});

test("adding the feature for real writes three files, and says which old test still fails", async () => {
  await using sample = await copySample();
  const talk = await converse("Add a feature", realTools(sample.folder));
  expect(talk.calls.filter(({ name }) => name === "apply_patch")).toHaveLength(1);
  expect(talk.final).toContain("9 tests passed, 1 failed");
  expect(talk.final).toContain("carries rounded seconds into the minutes");
  expect(talk.final).toContain("2026-04-02,8.4,2530,along the canal");

  const csv = await bash(sample.folder, "node src/main.ts --csv");
  expect(csv.output).toContain('2026-04-09,5.3,1907,"easy, with Ida"\n');
  expect((await bash(sample.folder, "node src/main.ts")).output).toMatch(/^date +km +time/);
  const again = await converse("Add a feature", realTools(sample.folder));
  expect(again.final).toContain("is in this project already");

  const fixed = await converse("Fix the failing test", realTools(sample.folder));
  expect(fixed.final).toContain("all 10 tests passed");
});

test("the feature is well-typed", async () => {
  await using sample = await copySample();
  await converse("Add a feature", realTools(sample.folder));
  const compiler = path.join(import.meta.dirname, "../../node_modules/typescript/bin/tsc");
  await promisify(execFile)(process.execPath, [compiler, "-p", sample.folder]);
});

test("the command that needs approval leaves nothing behind", async () => {
  await using sample = await copySample();
  const before = await bash(sample.folder, "ls -A");
  const talk = await converse("Run a command that needs approval", realTools(sample.folder));
  expect(talk.calls[0]?.args).toMatchObject({ sandbox_permissions: "require_escalated" });
  expect(talk.final).toContain(".turnwright-demo");
  expect((await bash(sample.folder, "ls -A")).output).toBe(before.output);
});
