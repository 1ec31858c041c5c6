import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ApplyOptions, ApplyOutcome, FileWriter } from "../../../src/core/patch/apply.ts";
import { applyPlan, formatApplied } from "../../../src/core/patch/apply.ts";
import { parsePatch } from "../../../src/core/patch/parse.ts";
import type { PatchPlan } from "../../../src/core/patch/plan.ts";
import { readFromDisk } from "../../../src/core/patch/read-file.ts";
import { verifyPatch } from "../../../src/core/patch/verify.ts";
import { wrap } from "./memory-files.ts";
import { treeOf } from "./tree.ts";

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "turnwright-apply-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string): string => join(root, path);
const put = (path: string, text: string): void => writeFileSync(at(path), text);

async function planOf(...lines: readonly string[]): Promise<PatchPlan> {
  const parsed = parsePatch(wrap(...lines));
  const verified = parsed.ok ? await verifyPatch(parsed.patch, { cwd: root, read: readFromDisk }) : parsed;
  if (!verified.ok) throw new Error(verified.message);
  return verified.plan;
}

async function apply(lines: readonly string[], options?: ApplyOptions): Promise<ApplyOutcome> {
  return applyPlan(await planOf(...lines), options);
}

const messageOf = (outcome: ApplyOutcome): string => (outcome.status === "applied" ? "applied" : outcome.message);

describe("an applied plan", () => {
  test("changes the files, lists them and leaves nothing else behind", async () => {
    put("a", "1\n");
    put("b", "1\n");
    put("c", "1\n");
    const plan = await planOf(...update("a"), "*** Delete File: b", "*** Add File: n/d", "+x", ...move("c", "m/c"));
    const outcome = await applyPlan(plan);
    expect(treeOf(root)).toEqual({ a: "2\n", "n/d": "x\n", "m/c": "2\n" });
    if (outcome.status !== "applied") throw new Error(outcome.message);
    expect(formatApplied(plan, outcome)).toBe("Success. Updated the following files:\nA n/d\nM a\nM m/c\nD b\n");
    expect(
      outcome.transitions.map(({ path, before, after }) => [path.slice(root.length + 1), before?.text, after?.text]),
    ).toEqual([
      ["a", "1\n", "2\n"],
      ["n/d", undefined, "x\n"],
      ["m/c", undefined, "2\n"],
      ["b", "1\n", undefined],
      ["c", "1\n", undefined],
    ]);
  });

  test("keeps the mode of a file, also when it moves", async () => {
    put("run.sh", "1\n");
    chmodSync(at("run.sh"), 0o750);
    await apply(update("run.sh"));
    expect(statSync(at("run.sh")).mode & 0o7777).toBe(0o750);
    await apply(["*** Update File: run.sh", "*** Move to: go.sh", "-2", "+3"]);
    expect(statSync(at("go.sh")).mode & 0o7777).toBe(0o750);
  });

  test("gives new files the usual mode", async () => {
    await apply(["*** Add File: n", "+x"]);
    put("usual", "");
    expect(statSync(at("n")).mode).toBe(statSync(at("usual")).mode);
  });

  test("edits the target of a link and keeps the link", async () => {
    put("real", "1\n");
    symlinkSync("real", at("link"));
    await apply(update("link"));
    expect(treeOf(root)).toEqual({ real: "2\n", link: "-> real" });
  });

  test("removes a link, not its target", async () => {
    put("real", "1\n");
    symlinkSync("real", at("link"));
    await apply(["*** Delete File: link"]);
    expect(treeOf(root)).toEqual({ real: "1\n" });
  });

  test("leaves the other name of a hard-linked file alone, and reports that there is one", async () => {
    put("a", "1\n");
    linkSync(at("a"), at("other"));
    const plan = await planOf(...update("a"));
    expect(plan.hardLinked).toEqual([at("a")]);
    await applyPlan(plan);
    expect(treeOf(root)).toEqual({ a: "2\n", other: "1\n" });
  });

  test("swaps two files by moves", async () => {
    put("a", "1\n");
    put("b", "1\n#b\n");
    await apply([
      ...move("a", "t"),
      "*** Update File: b",
      "*** Move to: a",
      "@@",
      " #b",
      "*** Update File: t",
      "*** Move to: b",
      " 2",
    ]);
    expect(treeOf(root)).toEqual({ a: "1\n#b\n", b: "2\n" });
  });

  test("copes with a 10 MB file", async () => {
    const text = "0123456789abcdef\n".repeat(620_000);
    put("big", text + "last\n");
    const outcome = await apply(["*** Update File: big", "-last", "+LAST"]);
    expect(outcome.status).toBe("applied");
    expect(readFileSync(at("big"), "utf8")).toBe(text + "LAST\n");
  });

  test("says so when the files had that content already", async () => {
    put("a", "1\n");
    const plan = await planOf("*** Update File: a", " 1");
    const outcome = await applyPlan(plan);
    if (outcome.status !== "applied") throw new Error(outcome.message);
    expect(formatApplied(plan, outcome)).toBe("Success. The files already had this content:\nM a\n");
  });
});

describe("a part of a plan", () => {
  test("only the accepted files change, and the others are listed", async () => {
    put("a", "1\n");
    put("b", "1\n");
    const plan = await planOf(...update("a"), ...update("b"));
    const outcome = await applyPlan(plan, { only: new Set([at("b")]) });
    expect(treeOf(root)).toEqual({ a: "1\n", b: "2\n" });
    if (outcome.status !== "applied") throw new Error(outcome.message);
    expect(formatApplied(plan, outcome)).toBe(
      "Success. Updated the following files:\nM b\nNot accepted, left as they were:\nM a\n",
    );
  });

  test("moves that share a file are applied together or not at all", async () => {
    put("a", "1\n");
    put("b", "1\n#b\n");
    const plan = await planOf(...move("a", "c"), "*** Update File: b", "*** Move to: a", "@@", " #b");
    const outcome = await applyPlan(plan, { only: new Set([at("b")]) });
    expect(outcome).toMatchObject({ status: "applied", applied: [] });
    expect(treeOf(root)).toEqual({ a: "1\n", b: "1\n#b\n" });
  });
});

describe("a file that is not as it was verified stops the whole patch", () => {
  test.each<[string, () => void, Record<string, string>, string]>([
    ["changed", () => put("b", "typed\n"), { a: "1\n", b: "typed\n" }, "it was changed"],
    ["deleted", () => rmSync(at("b")), { a: "1\n" }, "it was deleted"],
    ["now a folder", () => (rmSync(at("b")), mkdirSync(at("b"))), { a: "1\n", b: "/" }, "no file"],
    [
      "now a link",
      () => (renameSync(at("b"), at("x")), symlinkSync("x", at("b"))),
      { a: "1\n", b: "-> x", x: "1\n" },
      "symbolic link",
    ],
    ["made meanwhile", () => put("new", "mine\n"), { a: "1\n", b: "1\n", new: "mine\n" }, "exists now"],
  ])("%s", async (_name, change, tree, message) => {
    put("a", "1\n");
    put("b", "1\n");
    const plan = await planOf(...update("a"), "*** Add File: new", "+x", ...update("b"));
    change();
    const outcome = await applyPlan(plan);
    expect(outcome).toMatchObject({ status: "conflict", unrestored: [] });
    expect(messageOf(outcome)).toContain(message);
    expect(messageOf(outcome)).toContain("Nothing was changed. Read the file again");
    expect(treeOf(root)).toEqual(tree);
  });

  test("a parent folder that became a link is not followed", async () => {
    mkdirSync(at("ws/src"), { recursive: true });
    mkdirSync(at("outside"));
    put("ws/src/a", "1\n");
    put("outside/a", "1\n");
    const plan = await planOf(...update("ws/src/a"), "*** Add File: ws/src/deep/new", "+x");
    renameSync(at("ws/src"), at("ws/old"));
    symlinkSync(at("outside"), at("ws/src"));
    const outcome = await applyPlan(plan);
    expect(outcome.status).toBe("conflict");
    expect(treeOf(root)).toEqual({ "ws/old/a": "1\n", "ws/src": `-> ${at("outside")}`, "outside/a": "1\n" });
  });

  test.runIf(process.platform === "linux")(
    "a folder swapped for a link between check and write does no harm",
    async () => {
      mkdirSync(at("ws/src"), { recursive: true });
      mkdirSync(at("outside"));
      put("ws/src/a", "1\n");
      put("outside/a", "1\n");
      const plan = await planOf(...update("ws/src/a"));
      const swap: FileWriter = {
        write: async () => {
          renameSync(at("ws/src"), at("ws/old"));
          symlinkSync(at("outside"), at("ws/src"));
          return { status: "refused", message: "not open" };
        },
      };
      await applyPlan(plan, { writer: swap });
      expect(treeOf(at("outside"))).toEqual({ a: "1\n" });
    },
  );
});

describe("a writer in place of the server", () => {
  const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
  /** Writes like an editor; `answers` decide by file name. */
  function editor(
    answers: Readonly<Record<string, "refused" | "conflict" | "amend">>,
  ): FileWriter & { readonly calls: string[] } {
    const calls: string[] = [];
    return {
      calls,
      write: async ({ path, baseHash, text }) => {
        const name = path.slice(root.length + 1);
        calls.push(
          `${name} ${baseHash === null ? "new" : baseHash.slice(0, 4)} ${text === null ? "delete" : text.trim()}`,
        );
        const answer = answers[name];
        if (answer === "refused") return { status: "refused", message: "not mine" };
        if (answer === "conflict") return { status: "conflict", message: "it has unsaved changes" };
        const final = answer === "amend" && text !== null ? text + "// formatted\n" : text;
        if (final === null) rmSync(path);
        else writeFileSync(path, final);
        return { status: "applied", text: final };
      },
    };
  }

  test("gets each file with the hash it is based on, and its final text is what counts", async () => {
    put("a", "1\n");
    put("b", "1\n");
    const writer = editor({ a: "amend" });
    const plan = await planOf(...update("a"), "*** Add File: c", "+x", "*** Delete File: b");
    const outcome = await applyPlan(plan, { writer });
    const one = hash("1\n").slice(0, 4);
    expect(writer.calls).toEqual([`a ${one} 2`, "c new x", `b ${one} delete`]);
    expect(treeOf(root)).toEqual({ a: "2\n// formatted\n", c: "x\n" });
    if (outcome.status !== "applied") throw new Error(outcome.message);
    expect(outcome.amended).toEqual([at("a")]);
    expect(outcome.transitions[0]).toMatchObject({ after: { text: "2\n// formatted\n" } });
    expect(formatApplied(plan, outcome)).toContain("read these again:\na\n");
  });

  test("what it refuses the server writes", async () => {
    put("a", "1\n");
    const outcome = await apply([...update("a"), "*** Add File: n/c", "+x"], {
      writer: editor({ a: "refused", "n/c": "refused" }),
    });
    expect(outcome.status).toBe("applied");
    expect(treeOf(root)).toEqual({ a: "2\n", "n/c": "x\n" });
  });

  test("a conflict puts back what it and the server had written", async () => {
    for (const name of ["a", "b", "c", "d"]) put(name, "1\n");
    const lines = [...update("a"), ...update("b"), "*** Add File: new", "+x", "*** Delete File: d", ...update("c")];
    const outcome = await apply(lines, { writer: editor({ b: "refused", c: "conflict" }) });
    expect(outcome).toMatchObject({ status: "conflict", unrestored: [] });
    expect(messageOf(outcome)).toContain("it has unsaved changes. Nothing was changed.");
    expect(treeOf(root)).toEqual({ a: "1\n", b: "1\n", c: "1\n", d: "1\n" });
  });

  test("a file that cannot be put back is named", async () => {
    put("a", "1\n");
    put("b", "1\n");
    let calls = 0;
    const writer: FileWriter = {
      write: async ({ path, text }) => {
        calls++;
        if (calls > 1) return { status: "conflict", message: "it has unsaved changes" };
        writeFileSync(path, text ?? "");
        return { status: "applied", text };
      },
    };
    const outcome = await apply([...update("a"), ...update("b")], { writer });
    expect(outcome).toMatchObject({ status: "conflict", unrestored: [at("a")] });
    expect(messageOf(outcome)).toContain("could not be put back");
  });

  test("a writer that fails counts as a conflict", async () => {
    put("a", "1\n");
    const outcome = await apply(update("a"), { writer: { write: () => Promise.reject(new Error("connection lost")) } });
    expect(messageOf(outcome)).toContain("connection lost");
    expect(treeOf(root)).toEqual({ a: "1\n" });
  });
});

/** Root may write everywhere, so these run as nobody when the tests run as root. */
describe.runIf(process.platform !== "win32")("a file system that refuses", () => {
  const nobody = 65_534;
  const isRoot = process.geteuid?.() === 0;
  beforeEach(() => {
    if (isRoot) chownSync(root, nobody, nobody);
  });
  async function asNobody<T>(run: () => Promise<T>): Promise<T> {
    if (isRoot) process.seteuid?.(nobody);
    try {
      return await run();
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  }

  test("a folder that may not be written stops the patch before anything changes", async () => {
    put("a", "1\n");
    mkdirSync(at("locked"));
    put("locked/b", "1\n");
    chmodSync(at("locked"), 0o555);
    const outcome = await asNobody(() =>
      apply([...update("a"), "*** Add File: made/new", "+x", ...update("locked/b")]),
    );
    chmodSync(at("locked"), 0o755);
    expect(outcome).toMatchObject({ status: "failed", unrestored: [] });
    expect(messageOf(outcome)).toContain("permission denied. Nothing was changed.");
    expect(treeOf(root)).toEqual({ a: "1\n", "locked/b": "1\n" });
  });

  test.runIf(isRoot)(
    "a rename that fails at the last moment puts back what was renamed, removed and made before it",
    async () => {
      put("a", "1\n");
      chmodSync(at("a"), 0o640);
      chownSync(at("a"), nobody, nobody);
      put("gone", "1\n");
      symlinkSync("a", at("link"));
      mkdirSync(at("sticky"));
      put("sticky/b", "1\n"); // of root in a sticky folder: nobody may add files there, but not replace this one
      chmodSync(at("sticky"), 0o1777);
      const inode = statSync(at("a")).ino;
      const lines = ["*** Delete File: gone", ...update("a"), "*** Delete File: link", "*** Add File: made/new", "+x"];
      const outcome = await asNobody(() => apply([...lines, "*** Delete File: sticky/b"]));
      expect(outcome).toMatchObject({ status: "failed", unrestored: [] });
      expect(messageOf(outcome)).toContain("sticky/b");
      expect(treeOf(root)).toEqual({ a: "1\n", gone: "1\n", link: "-> a", "sticky/b": "1\n" });
      expect(statSync(at("a"))).toMatchObject({ ino: inode, mode: 0o100640, uid: nobody });
      expect(lstatSync(at("link")).isSymbolicLink()).toBe(true);
    },
  );
});

function update(path: string): readonly string[] {
  return [`*** Update File: ${path}`, "@@", "-1", "+2"];
}

function move(from: string, to: string): readonly string[] {
  return [`*** Update File: ${from}`, `*** Move to: ${to}`, "@@", "-1", "+2"];
}
