import { describe, expect, test } from "vitest";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import type { PatchPlan } from "../../../src/core/patch/plan.ts";
import { changesOf, proposedFilesOf, sha256 } from "../../../src/core/patch/plan.ts";
import { verifyPatch } from "../../../src/core/patch/verify.ts";
import { memoryFiles, netOf, verify, wrap } from "./memory-files.ts";

async function planOf(files: Parameters<typeof verify>[0], ...lines: readonly string[]): Promise<PatchPlan> {
  const result = await verify(files, ...lines);
  if (!result.ok) throw new Error(result.message);
  return result.plan;
}

async function messageOf(files: Parameters<typeof verify>[0], ...lines: readonly string[]): Promise<string> {
  const result = await verify(files, ...lines);
  return result.ok ? "verified" : result.message;
}

test("a plan has the item's changes, the diff view's texts and the paths it writes", async () => {
  const plan = await planOf(
    { "a.txt": "one\n", "b.txt": "bye\n", "c.txt": "x\n" },
    "*** Add File: n/new.txt",
    "+hi",
    "*** Update File: a.txt",
    "-one",
    "+uno",
    "*** Delete File: b.txt",
    "*** Update File: c.txt",
    "*** Move to: d.txt",
    "-x",
    "+y",
  );
  expect(changesOf(plan)).toEqual([
    { path: "/repo/n/new.txt", kind: { type: "add" }, diff: "hi\n" },
    { path: "/repo/a.txt", kind: { type: "update", move_path: null }, diff: "@@ -1 +1 @@\n-one\n+uno\n" },
    { path: "/repo/b.txt", kind: { type: "delete" }, diff: "bye\n" },
    {
      path: "/repo/c.txt",
      kind: { type: "update", move_path: "/repo/d.txt" },
      diff: "@@ -1 +1 @@\n-x\n+y\n\n\nMoved to: /repo/d.txt",
    },
  ]);
  expect(proposedFilesOf(plan)).toEqual([
    { path: "/repo/n/new.txt", movePath: null, base: null, proposed: "hi\n", baseHash: null },
    { path: "/repo/a.txt", movePath: null, base: "one\n", proposed: "uno\n", baseHash: sha256(Buffer.from("one\n")) },
    { path: "/repo/b.txt", movePath: null, base: "bye\n", proposed: null, baseHash: sha256(Buffer.from("bye\n")) },
    {
      path: "/repo/c.txt",
      movePath: "/repo/d.txt",
      base: "x\n",
      proposed: "y\n",
      baseHash: sha256(Buffer.from("x\n")),
    },
  ]);
  expect(plan.writes.toSorted()).toEqual([
    "/repo/a.txt",
    "/repo/b.txt",
    "/repo/c.txt",
    "/repo/d.txt",
    "/repo/n/new.txt",
  ]);
});

describe("operations on one path compose", () => {
  test("add then update", async () => {
    const plan = await planOf({}, "*** Add File: a", "+1", "*** Update File: a", "-1", "+2");
    expect(plan.files).toMatchObject([{ kind: "add", newText: "2\n" }]);
  });
  test("update twice", async () => {
    const plan = await planOf({ a: "1\n" }, "*** Update File: a", "-1", "+2", "*** Update File: ./a", "-2", "+3");
    expect(netOf(plan)).toEqual({ a: "3\n" });
  });
  test("delete then add is an update", async () => {
    const plan = await planOf({ a: "1\n" }, "*** Delete File: a", "*** Add File: a", "+2");
    expect(plan.files).toMatchObject([{ kind: "update", newText: "2\n" }]);
  });
  test("add over an existing file is an update, so that its old text is shown", async () => {
    const plan = await planOf({ a: "1\n" }, "*** Add File: a", "+2");
    expect(plan.files).toMatchObject([{ kind: "update", base: { text: "1\n" }, newText: "2\n" }]);
  });
  test("add then delete is nothing", async () => {
    const plan = await planOf({}, "*** Add File: a", "+1", "*** Delete File: a");
    expect(plan).toMatchObject({ files: [], writes: [] });
  });
  test("a change that is taken back is nothing", async () => {
    const plan = await planOf({ a: "1\n" }, "*** Update File: a", "-1", "+2", "*** Update File: a", "-2", "+1");
    expect(plan).toMatchObject({ files: [], unchanged: ["/repo/a"] });
  });
  test("a move in two steps is one move", async () => {
    const plan = await planOf({ a: "1\n" }, ...move("a", "b"), ...move("b", "c"));
    expect(plan.files).toMatchObject([{ path: "/repo/a", movePath: "/repo/c", kind: "update" }]);
    expect(netOf(plan)).toEqual({ a: null, c: "1\n" });
  });
  test("a swap through a third name is one group", async () => {
    const plan = await planOf(
      { a: "A\n", b: "B\n" },
      ...move("a", "t", "A"),
      ...move("b", "a", "B"),
      ...move("t", "b", "A"),
    );
    expect(netOf(plan)).toEqual({ a: "B\n", b: "A\n" });
    expect(new Set(plan.files.map(({ group }) => group)).size).toBe(1);
  });
  test("a move onto itself is an update", async () => {
    const plan = await planOf({ a: "1\n" }, "*** Update File: a", "*** Move to: ./a", "-1", "+2");
    expect(plan.files).toMatchObject([{ path: "/repo/a", movePath: null, newText: "2\n" }]);
  });
  test("a move onto a file remembers what it overwrites", async () => {
    const plan = await planOf({ a: "1\n", b: "2\n" }, ...move("a", "b"));
    expect(plan.files).toMatchObject([
      {
        path: "/repo/a",
        movePath: "/repo/b",
        steps: [
          { path: "/repo/b", base: { text: "2\n" } },
          { path: "/repo/a", newText: null },
        ],
      },
    ]);
  });
  test("unrelated files are in groups of their own", async () => {
    const plan = await planOf({ a: "1\n" }, ...move("a", "b"), "*** Add File: c", "+x");
    expect(new Set(plan.files.map(({ group }) => group)).size).toBe(2);
  });
});

describe("a patch that does not fit is refused as a whole", () => {
  test.each([
    ["an update of a missing file", ["*** Update File: no", "-x", "+y"], 'To make a new file use "*** Add File: "'],
    ["a deletion of a missing file", ["*** Delete File: no"], "there is no such file (relative paths start at /repo)"],
    ["an update of a deleted file", ["*** Delete File: a", "*** Update File: a", "-1", "+2"], "earlier in this patch"],
    ["a folder", ["*** Delete File: dir"], "it is a folder"],
    ["a file over a folder", ["*** Add File: dir", "+x"], "it is a folder"],
    ["a move onto a folder", move("a", "dir"), "it is a folder"],
    ["bytes that are not UTF-8", ["*** Update File: latin", "-x", "+y"], "is not a UTF-8 text file"],
    ["a binary file", ["*** Delete File: binary"], "is not a UTF-8 text file"],
    [
      "a file that is also a folder",
      ["*** Add File: f", "+x", "*** Add File: f/g", "+y"],
      "cannot be a file and the folder of",
    ],
    ["a chunk that does not match", ["*** Update File: a", "@@", "-7", "+8"], '"a" cannot be updated. Chunk 1 of 1'],
  ])("%s", async (_name, lines, message) => {
    const files = { a: "1\n", dir: null, latin: Buffer.from([0x78, 0xe9, 0x0a]), binary: Buffer.from("\0\0PNG") };
    const got = await messageOf(files, ...lines);
    expect(got).toContain(message);
    expect(got).toMatch(/Nothing was changed\.$/);
  });
});

test("paths that leave the cwd resolve, and are listed for the one who judges them", async () => {
  const plan = await planOf({}, "*** Add File: ../x", "+1", "*** Add File: /etc/y", "+2");
  expect(plan.writes).toEqual(["/x", "/etc/y"]);
});

test("the real place of a file behind a link is listed too, and its further names are reported", async () => {
  const parsed = parsePatch(wrap("*** Update File: link", "-1", "+2"));
  if (!parsed.ok) throw new Error(parsed.message);
  const result = await verifyPatch(parsed.patch, {
    cwd: "/repo",
    read: async (path) => ({
      kind: "file",
      place: path,
      target: "/elsewhere/real",
      isLink: true,
      bytes: Buffer.from("1\n"),
      mode: 0o600,
      links: 2,
    }),
  });
  expect(result).toMatchObject({
    ok: true,
    plan: { writes: ["/repo/link", "/elsewhere/real"], hardLinked: ["/repo/link"] },
  });
});

test("a patch that goes through a large file again and again is refused", async () => {
  const text = "x".repeat(30 * 1024 * 1024) + "\n1\n";
  const lines = Array.from({ length: 20 }, () => ["*** Update File: big", "@@", " 1"]).flat();
  expect(await messageOf({ big: text }, ...lines)).toContain("updates large files too often");
});

test("a file is read once, however often the patch names it", async () => {
  const reads: string[] = [];
  const files = memoryFiles({ a: "1\n" });
  const parsed = parsePatch(wrap("*** Update File: a", "-1", "+2", "*** Update File: a", "-2", "+3"));
  if (!parsed.ok) throw new Error(parsed.message);
  await verifyPatch(parsed.patch, {
    cwd: "/repo",
    read: async (path) => {
      reads.push(path);
      return files(path);
    },
  });
  expect(reads).toEqual(["/repo/a"]);
});

function move(from: string, to: string, line = "1"): readonly string[] {
  return [`*** Update File: ${from}`, `*** Move to: ${to}`, "@@", ` ${line}`];
}
