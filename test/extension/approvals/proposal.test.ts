import { expect, test } from "vitest";
import { createChangeLog } from "../../../src/extension/approvals/change-log.ts";
import { appliedFile, proposedFiles, reconstructFiles } from "../../../src/extension/approvals/proposal.ts";
import type { FileUpdateChange } from "../../../src/protocol/items.ts";

const update = (diff: string, movePath: string | null = null): FileUpdateChange => ({
  path: "/repo/a.txt",
  kind: { type: "update", move_path: movePath },
  diff,
});
const onDisk = (text: string | null) => () => Promise.resolve(text);

test("whole texts from our server are shown as they are, with their kind and counts", () => {
  const file = { movePath: null, baseHash: null };
  const [added, deleted, moved] = proposedFiles([
    { ...file, path: "/repo/new.txt", base: null, proposed: "one\ntwo\n" },
    { ...file, path: "/repo/old.txt", base: "one\n", proposed: null },
    { ...file, path: "/repo/a.txt", movePath: "/repo/b.txt", base: "one\ntwo\n", proposed: "one\n2\n" },
  ]);
  expect(added).toMatchObject({ kind: "add", added: 2, removed: 0, fits: true });
  expect(deleted).toMatchObject({ kind: "delete", added: 0, removed: 1 });
  expect(moved).toMatchObject({ kind: "move", added: 1, removed: 1 });
});

test("a unified diff of another server is applied to the file on disk", async () => {
  const [file] = await reconstructFiles([update("@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n")], onDisk("a\nb\nc\n"));
  expect(file).toEqual({
    path: "/repo/a.txt",
    movePath: null,
    kind: "update",
    base: "a\nb\nc\n",
    proposed: "a\nB\nc\n",
    added: 1,
    removed: 1,
    fits: true,
  });
});

test("a move carries its note behind the diff", async () => {
  const diff = "@@ -1 +1 @@\n-new line\n+newer line\n\n\nMoved to: /repo/b.txt";
  const [file] = await reconstructFiles([update(diff, "/repo/b.txt")], onDisk("new line\n"));
  expect(file).toMatchObject({ kind: "move", movePath: "/repo/b.txt", proposed: "newer line\n" });
  const [bare] = await reconstructFiles([update("\n\nMoved to: /repo/b.txt", "/repo/b.txt")], onDisk("same\n"));
  expect(bare).toMatchObject({ kind: "move", base: "same\n", proposed: "same\n", added: 0, removed: 0 });
});

test("windows line ends are kept", async () => {
  const [file] = await reconstructFiles([update("@@ -1,2 +1,2 @@\n a\n-b\n+B\n")], onDisk("a\r\nb\r\n"));
  expect(file?.proposed).toBe("a\r\nB\r\n");
});

test.each([
  ["a file that reads otherwise", "@@ -1,1 +1,1 @@\n-x\n+y\n", "other\n"],
  ["a file that is gone", "@@ -1,1 +1,1 @@\n-x\n+y\n", null],
  ["words that are no diff", "please change x", "x\n"],
  ["a hunk with a wrong count", "@@ -1,9 +1,1 @@\n-x\n+y\n", "x\n"],
])("a patch for %s shows its raw text and says that it does not fit", async (_, diff, text) => {
  const [file] = await reconstructFiles([update(diff)], onDisk(text));
  expect(file).toMatchObject({ fits: false, proposed: diff, base: text });
});

test("an applied change is shown against what stood there before", () => {
  const diff = "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n";
  expect(appliedFile(update(diff), "a\nB\nc\nlater\n")).toMatchObject({
    base: "a\nb\nc\nlater\n",
    proposed: "a\nB\nc\nlater\n",
    fits: true,
  });
  expect(appliedFile(update(diff), "rewritten since\n")).toMatchObject({ base: null, fits: false });
});

test("counting a change of many thousand lines gives up early and never hangs", () => {
  const lines = (word: string): string => Array.from({ length: 20_000 }, (_, index) => `${word} ${index}\n`).join("");
  const [file] = proposedFiles([
    { path: "/repo/big.txt", movePath: null, baseHash: null, base: lines("old"), proposed: lines("new") },
  ]);
  expect(file).toMatchObject({ added: 20_000, removed: 20_000 });
});

test("the log of changes keeps the newest and is bounded in number and size", () => {
  const log = createChangeLog();
  const item = (id: string, diff: string) => ({
    type: "fileChange",
    id,
    changes: [update(diff)],
    status: "completed",
  });
  for (let index = 0; index < 600; index += 1) log.remember([item(`i${index}`, "x")]);
  expect(log.changesOf("i0")).toBeUndefined();
  expect(log.changesOf("i599")).toHaveLength(1);
  log.remember([item("huge", "x".repeat(33 * 1024 * 1024))]);
  expect(log.changesOf("i599")).toBeUndefined();
});
