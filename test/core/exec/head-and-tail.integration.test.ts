import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { headAndTailOfFile } from "../../../src/core/exec/head-and-tail.ts";
import { createOutput } from "../../../src/core/exec/output.ts";
import { temporaryFolder } from "./harness.ts";
import { makeNamedPipe } from "../../helpers/named-pipe.ts";

const mebibyte = 1024 * 1024;

const floods: Readonly<Record<string, Buffer>> = {
  "short lines": Buffer.from("a line of no importance\n".repeat(60_000)),
  "one line": Buffer.alloc(2 * mebibyte, "x"),
  "characters of three bytes": Buffer.from(`a${"€".repeat(700_000)}`),
  "characters of four bytes": Buffer.from(`ab${"😀".repeat(400_000)}`),
  "no UTF-8 at all": Buffer.alloc(2 * mebibyte, 0xff),
  "one byte more than fits": Buffer.alloc(mebibyte + 1, "x"),
  "an unfinished character at the end": Buffer.concat([Buffer.alloc(mebibyte, "x"), Buffer.of(0x0a, 0xe2, 0x82)]),
};

test.each(Object.keys(floods))("a spilled output reads back as it was shown: %s", async (name) => {
  const file = join(temporaryFolder(), "a");
  const { output, write, end } = createOutput({ file, onDrain: () => undefined });
  const bytes = floods[name] ?? Buffer.alloc(0);
  for (let at = 0; at < bytes.length; at += 300_001) write(bytes.subarray(at, at + 300_001));
  await end();
  expect(output.file).toBe(file);
  for (const maxBytes of [mebibyte, 500_000, 1001, 200]) {
    const { text, omittedBytes } = output.snapshot(maxBytes);
    const readBack = await headAndTailOfFile(file, maxBytes);
    // Compared by hand: a difference of a megabyte is nothing to print.
    expect(readBack.text === text, `at most ${maxBytes} bytes`).toBe(true);
    expect(readBack.omittedBytes).toBe(omittedBytes);
    expect(text).toContain(`[... ${omittedBytes} bytes left out ...]\n`);
  }
});

test("a file that fits is read whole", async () => {
  const file = join(temporaryFolder(), "a");
  for (const text of ["", "größe\n", "x".repeat(200)]) {
    writeFileSync(file, text);
    expect(await headAndTailOfFile(file, 200)).toEqual({ text, omittedBytes: 0 });
  }
});

test("a file of any size costs no more than what is shown, and a pipe holds nobody up", async () => {
  const folder = temporaryFolder();
  const file = join(folder, "a");
  writeFileSync(file, "begin\n");
  truncateSync(file, 2 ** 40); // sparse: it takes no room on the disk, and would not fit into memory
  expect((await headAndTailOfFile(file, 1000)).text).toMatch(/^begin\n/);
  makeNamedPipe(join(folder, "pipe"));
  await expect(headAndTailOfFile(join(folder, "pipe"), 1000)).rejects.toThrow("not a regular file");
  symlinkSync(file, join(folder, "link"));
  await expect(headAndTailOfFile(join(folder, "link"), 1000)).rejects.toThrow("ELOOP");
  await expect(headAndTailOfFile(join(folder, "missing"), 1000)).rejects.toThrow("ENOENT");
});
