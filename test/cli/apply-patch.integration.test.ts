import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { runApplyPatch } from "../../src/cli/apply-patch.ts";
import { wrap } from "../core/patch/memory-files.ts";
import { treeOf } from "../core/patch/tree.ts";

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), "turnwright-cli-patch-"));
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

async function run(...input: readonly (string | Buffer)[]): Promise<{ exit: number; out: string; err: string }> {
  const written = { out: "", err: "" };
  const exit = await runApplyPatch({
    cwd,
    stdin: Readable.from(input),
    stdout: { write: (text) => (written.out += text) },
    stderr: { write: (text) => (written.err += text) },
  });
  return { exit, ...written };
}

test("a patch on stdin is applied and its files are listed", async () => {
  writeFileSync(join(cwd, "a"), "1\n");
  const patch = wrap("*** Update File: a", "-1", "+é", "*** Add File: b/c", "+x");
  const bytes = Buffer.from(patch);
  const middle = bytes.indexOf("é") + 1; // in the middle of a character
  expect(await run(bytes.subarray(0, middle), bytes.subarray(middle))).toEqual({
    exit: 0,
    out: "Success. Updated the following files:\nA b/c\nM a\n",
    err: "",
  });
  expect(treeOf(cwd)).toEqual({ a: "é\n", "b/c": "x\n" });
});

test.each([
  ["no patch", "hello", "must start with"],
  ["a patch that does not fit", wrap("*** Delete File: no"), "there is no such file"],
  ["bytes that are no text", Buffer.from([0xff, 0xfe, 0x00]), "not UTF-8"],
])("%s ends with status 1 and the reason on stderr", async (_name, input, reason) => {
  const { exit, out, err } = await run(input);
  expect({ exit, out }).toEqual({ exit: 1, out: "" });
  expect(err).toContain(reason);
});

/** A file system of 64 KiB in a mount namespace of its own; null where that is not allowed. */
const unshare = "unshare";
const tiny = ["-rm", "sh", "-c"];
const canMount =
  process.platform === "linux" &&
  spawnSync(unshare, [...tiny, "mount -t tmpfs -o size=64k none /mnt"], { stdio: "ignore" }).status === 0;
if (!canMount)
  process.stderr.write("Left out: applying a patch on a full or read-only disk (no mount namespaces here).\n");

test.runIf(canMount).each([
  ["a full disk", "rw", "no space is left on the disk"],
  ["a read-only file system", "ro", "the file system is read-only"],
])("%s leaves every file as it was, with a clear message", (_name, mode, reason) => {
  const disk = join(cwd, "disk");
  mkdirSync(disk);
  writeFileSync(
    join(cwd, "patch"),
    wrap("*** Add File: n/b", "+x", "*** Update File: a", "-1", `+${"2".repeat(200_000)}`),
  );
  const cli = JSON.stringify(resolve(import.meta.dirname, "../../src/cli/apply-patch.ts"));
  const streams = "stdin: process.stdin, stdout: process.stdout, stderr: process.stderr";
  writeFileSync(
    join(cwd, "run.mjs"),
    `import { runApplyPatch } from ${cli}; process.exitCode = await runApplyPatch({ cwd: ${JSON.stringify(disk)}, ${streams} });`,
  );
  const steps = [
    'mount -t tmpfs -o size=64k none "$1/disk"',
    'echo 1 > "$1/disk/a"',
    'mount -o remount,$2 "$1/disk"',
    '"$3" "$1/run.mjs" < "$1/patch" 2> "$1/err"',
    'echo "exit $?"; cd "$1/disk"; find . -type f; cat a',
  ];
  const output = execFileSync(unshare, [...tiny, steps.join("\n"), "sh", cwd, mode, process.execPath], {
    encoding: "utf8",
  });
  expect(output).toBe("exit 1\n./a\n1\n");
  expect(readFileSync(join(cwd, "err"), "utf8")).toContain(`${reason}. Nothing was changed.`);
});
