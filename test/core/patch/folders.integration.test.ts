import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFolders } from "../../../src/core/patch/folders.ts";
import { treeOf } from "./tree.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "turnwright-folders-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ways = process.platform === "linux" ? [true, false] : [false];

describe.each(ways)("folders held %s (true: by handle, false: by path)", (byHandle) => {
  test("entries are reached through the folder, and missing folders are made on request", async () => {
    const folders = createFolders({ byHandle });
    await expect(folders.open(join(root, "a/b"), { create: false })).rejects.toMatchObject({ code: "ENOENT" });
    const folder = await folders.open(join(root, "a/b"), { create: true });
    writeFileSync(folder.entry("f"), "x");
    await folders.close();
    expect(treeOf(root)).toEqual({ "a/b/f": "x" });
  });

  test("folders that were made and are empty are removed again, others stay", async () => {
    mkdirSync(join(root, "old"));
    const folders = createFolders({ byHandle });
    await folders.open(join(root, "old/new"), { create: true });
    const used = await folders.open(join(root, "used/empty"), { create: true });
    writeFileSync(join(root, "used/f"), "x");
    expect(used.entry("f")).toContain("/f");
    await folders.removeCreated();
    await folders.close();
    expect(treeOf(root)).toEqual({ old: "/", "used/f": "x" });
  });

  test("a link in the way is refused, at the end and in the middle", async () => {
    mkdirSync(join(root, "real/sub"), { recursive: true });
    symlinkSync(join(root, "real"), join(root, "link"));
    const folders = createFolders({ byHandle });
    const refused = /ENOTDIR|symbolic link/;
    await expect(folders.open(join(root, "link"), { create: true })).rejects.toThrow(refused);
    await expect(folders.open(join(root, "link/sub"), { create: true })).rejects.toThrow(refused);
    await folders.close();
  });

  test("a folder that was replaced while it was held is noticed, or held on to", async () => {
    mkdirSync(join(root, "here"));
    mkdirSync(join(root, "outside"));
    const folders = createFolders({ byHandle });
    const folder = await folders.open(join(root, "here"), { create: false });
    expect(await folders.recheck()).toBe(true);
    renameSync(join(root, "here"), join(root, "moved"));
    symlinkSync(join(root, "outside"), join(root, "here"));
    if (byHandle) {
      writeFileSync(folder.entry("f"), "x");
      expect(treeOf(root)).toMatchObject({ "moved/f": "x", outside: "/" });
    } else expect(await folders.recheck()).toBe(false);
    await folders.close();
  });
});
