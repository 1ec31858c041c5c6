import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { checkpointFile, readCheckpoints } from "../../../../src/core/thread/rollout/checkpoints.ts";
import type { Checkpoint, RolloutEntry } from "../../../../src/core/thread/rollout/lines.ts";
import { isLocked } from "../../../../src/core/thread/rollout/lock.ts";
import { readRollout } from "../../../../src/core/thread/rollout/reader.ts";
import { createRolloutWriter, RolloutWriteError } from "../../../../src/core/thread/rollout/writer.ts";

const clock = { now: () => 1_800_000_000_000 };
const fresh = { offset: 0, nextOrdinal: 0, lock: null };
const line: RolloutEntry = { type: "turn_started", payload: { turnId: "t", at: clock.now() } };

async function rolloutPath(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-writer-"));
  onTestFinished(() => fs.rm(folder, { recursive: true, force: true }));
  return path.join(folder, "rollout.jsonl");
}

test("a second writer of the same rollout is refused and destroys nothing; the first one closes and it may", async () => {
  const file = await rolloutPath();
  const first = createRolloutWriter(file, fresh, clock);
  first.append([line]);
  const content = await readRollout(file);
  first.append([line, line]);
  const second = createRolloutWriter(file, { ...content, lock: null }, clock);
  expect(() => second.append([line])).toThrow(/open in another window \(process \d+\)/);
  expect((await readRollout(file)).lines).toHaveLength(3);
  await first.close();
  expect(isLocked(file)).toBe(false);
  const third = createRolloutWriter(file, { ...(await readRollout(file)), lock: null }, clock);
  third.append([line]);
  await third.close();
  expect((await readRollout(file)).lines.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
});

test("lines that appeared after the file was read are not cut off, a shorter file is not filled with a hole", async () => {
  const file = await rolloutPath();
  const first = createRolloutWriter(file, fresh, clock);
  first.append([line]);
  await first.close();
  const before = await readRollout(file);
  await fs.appendFile(file, `${"x".repeat(200_000)}\nand a torn one`);
  const late = createRolloutWriter(file, { ...before, lock: null }, clock);
  expect(() => late.append([line])).toThrow(RolloutWriteError);
  await late.close();
  expect((await fs.stat(file)).size).toBe(before.offset + 200_015);
  await fs.truncate(file, before.offset - 1);
  const ahead = createRolloutWriter(file, { ...before, lock: null }, clock);
  expect(() => ahead.append([line])).toThrow(/shorter/);
  await ahead.close();
});

test("a flush that is under way when the writer is closed comes to its end", async () => {
  const writer = createRolloutWriter(await rolloutPath(), fresh, clock);
  writer.append([line]);
  const flushes = Array.from({ length: 20 }, () => writer.sync());
  await writer.close();
  expect(await Promise.allSettled(flushes)).toEqual(flushes.map(() => ({ status: "fulfilled", value: undefined })));
});

test("a closed writer writes nothing more and takes no lock", async () => {
  const file = await rolloutPath();
  const writer = createRolloutWriter(file, fresh, clock);
  writer.append([line]);
  await writer.close();
  await writer.close();
  expect(() => writer.append([line])).toThrow(RolloutWriteError);
  expect(isLocked(file)).toBe(false);
});

const text = (itemId: string, words: string): Checkpoint => ({
  turnId: "t",
  itemId,
  part: { of: "text", index: 0 },
  text: words,
});

const sizeOf = async (file: string): Promise<number> => (await fs.stat(checkpointFile(file))).size;

test("the file of open texts stays small beside an item that stays open, and keeps that item's text", async () => {
  const file = await rolloutPath();
  const writer = createRolloutWriter(file, fresh, clock);
  writer.append([line]);
  let largest = 0;
  for (let answer = 0; answer < 100; answer += 1) {
    writer.checkpoint(text("background", `${answer},`));
    for (let part = 0; part < 10; part += 1) writer.checkpoint(text(`m${answer}`, "x".repeat(10_000)));
    writer.forget(`m${answer}`);
    largest = Math.max(largest, await sizeOf(file));
  }
  expect(largest).toBeLessThan(400_000);
  const kept = (await readCheckpoints(file)).filter(({ itemId }) => itemId === "background");
  expect(kept.map((checkpoint) => checkpoint.text).join("")).toBe(
    Array.from({ length: 100 }, (_, n) => `${n},`).join(""),
  );
  writer.forget("background");
  expect(await sizeOf(file)).toBe(0);
  await writer.close();
  await expect(fs.access(checkpointFile(file))).rejects.toThrow();
});

test("many small pieces of one text cost a few times the text", async () => {
  const file = await rolloutPath();
  const writer = createRolloutWriter(file, fresh, clock);
  writer.append([line]);
  for (let piece = 0; piece < 20_000; piece += 1) writer.checkpoint(text("m", "ü"));
  expect(await sizeOf(file)).toBeLessThan(400_000);
  expect((await readCheckpoints(file)).map((checkpoint) => checkpoint.text).join("")).toBe("ü".repeat(20_000));
  await writer.close(); // the item is still open: the next reader finds its text
  expect(await readCheckpoints(file)).not.toEqual([]);
});

test("checkpoints that make no sense are left out", async () => {
  const file = await rolloutPath();
  const good = text("m", "kept");
  const bad = [
    { ...good, part: { of: "summary", index: 20_000_000 } },
    { ...good, part: { of: "summary", index: -1 } },
    { ...good, part: { of: "summary", index: 0.5 } },
    { ...good, part: { of: "nothing", index: 0 } },
    { ...good, text: 1 },
    { ...good, turnId: null },
    null,
  ];
  await fs.writeFile(checkpointFile(file), [...bad, good].map((value) => JSON.stringify(value)).join("\n{torn\n"));
  expect(await readCheckpoints(file)).toEqual([good]);
});
