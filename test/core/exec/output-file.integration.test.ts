import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createOutput } from "../../../src/core/exec/output.ts";
import { temporaryFolder } from "./harness.ts";

const mebibyte = 1024 * 1024;
const sink = (file: string, maxFileBytes?: number) =>
  createOutput({ file, onDrain: () => undefined, ...(maxFileBytes === undefined ? {} : { maxFileBytes }) });

test("a small output never touches the disk", async () => {
  const file = join(temporaryFolder(), "outputs", "a");
  const { output, write, end } = sink(file);
  write(Buffer.alloc(mebibyte, "x"));
  await end();
  expect(output.file).toBeNull();
  expect(existsSync(file)).toBe(false);
});

test("a large one is on disk from its first byte, for the user alone", async () => {
  const file = join(temporaryFolder(), "outputs", "a");
  const { output, write, end } = sink(file);
  write(Buffer.from("first\n"));
  const chunk = Buffer.alloc(300_000, "x");
  for (let i = 0; i < 10; i += 1) write(chunk);
  write(Buffer.from("last\n"));
  await end();
  expect(output.file).toBe(file);
  expect(readFileSync(file, "utf8")).toBe(`first\n${"x".repeat(3_000_000)}last\n`);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(join(file, "..")).mode & 0o777).toBe(0o700);
});

test("a buffer may be used again as soon as it was written", async () => {
  const file = join(temporaryFolder(), "a");
  const { write, end } = sink(file);
  const buffer = Buffer.alloc(mebibyte);
  for (const letter of "abc") write(buffer.fill(letter));
  buffer.fill("z");
  await end();
  const text = readFileSync(file, "latin1");
  expect([text.length, text[0], text[mebibyte], text.at(-1)]).toEqual([3 * mebibyte, "a", "b", "c"]);
});

test("the file ends with a line that says so when the cap was reached", async () => {
  const file = join(temporaryFolder(), "a");
  const { output, write, end } = sink(file, 2 * mebibyte);
  for (let i = 0; i < 5; i += 1) write(Buffer.alloc(mebibyte - 1, "x"));
  await end();
  const text = readFileSync(file, "latin1");
  expect(text.slice(2 * mebibyte)).toBe(
    `\n[turnwright: only the first ${2 * mebibyte} bytes of the output are kept]\n`,
  );
  expect(output.totalBytes).toBe(5 * (mebibyte - 1));
});

test("a writer that is faster than the disk is told to wait, and to go on", async () => {
  const file = join(temporaryFolder(), "a");
  const drained = new Promise<void>((resolve) => {
    const { write } = createOutput({ file, onDrain: resolve });
    let isWelcome = true;
    for (let i = 0; i < 8; i += 1) isWelcome = write(Buffer.alloc(mebibyte));
    expect(isWelcome).toBe(false);
  });
  await drained;
});

test("a disk that refuses costs the file, not the output", async () => {
  const blocked = join(temporaryFolder(), "a");
  mkdirSync(blocked);
  const { output, write, end } = sink(blocked);
  for (let i = 0; i < 3; i += 1) write(Buffer.alloc(mebibyte, "x"));
  await end();
  write(Buffer.from("late"));
  expect(output.file).toBeNull();
  expect(output.snapshot(2000).text.endsWith("late")).toBe(true);
});
