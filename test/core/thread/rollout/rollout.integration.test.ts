import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import type { Checkpoint, RolloutEntry } from "../../../../src/core/thread/rollout/lines.ts";
import { readRollout } from "../../../../src/core/thread/rollout/reader.ts";
import { replay } from "../../../../src/core/thread/rollout/replay.ts";
import { checkpointFile } from "../../../../src/core/thread/rollout/checkpoints.ts";
import { createRolloutWriter, RolloutWriteError } from "../../../../src/core/thread/rollout/writer.ts";

const clock = { now: () => 1_800_000_000_000 };
const start = { offset: 0, nextOrdinal: 0, lock: null };
const turnId = "t1";
const opened: RolloutEntry[] = [
  { type: "turn_started", payload: { turnId, at: clock.now() } },
  {
    type: "response_item",
    payload: {
      item: { type: "message", role: "user", content: [{ type: "input_text", text: "hallo ü \u2028 welt" }] },
      view: { kind: "userMessage", turnId, id: "u1", clientId: null, at: clock.now() },
    },
  },
  {
    type: "item_started",
    payload: {
      turnId,
      item: { type: "agentMessage", id: "m1", text: "", startedAtMs: clock.now(), completedAtMs: null },
    },
  },
];
const call: RolloutEntry = {
  type: "response_item",
  payload: { item: { type: "function_call", call_id: "c1", name: "exec_command", arguments: "{}" } },
};

async function folder() {
  const at = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-rollout-"));
  return { file: path.join(at, "a", "rollout.jsonl"), [Symbol.asyncDispose]: () => fs.rm(at, { recursive: true }) };
}

test("what was appended is read back in order, and one file belongs to the user alone", async () => {
  await using at = await folder();
  const writer = createRolloutWriter(at.file, start, clock);
  writer.append(opened);
  writer.append([call]);
  await writer.sync();
  await writer.close();
  const content = await readRollout(at.file);
  expect(content.lines.map(({ ordinal, type }) => [ordinal, type])).toEqual([
    [0, "turn_started"],
    [1, "response_item"],
    [2, "item_started"],
    [3, "response_item"],
  ]);
  expect(content.damage).toEqual([]);
  expect((await fs.stat(at.file)).mode & 0o777).toBe(0o600);
});

test("a torn last line is left out and said, and the next writer goes on after the last whole one", async () => {
  await using at = await folder();
  const writer = createRolloutWriter(at.file, start, clock);
  writer.append(opened);
  await writer.close();
  await fs.appendFile(at.file, '{"timestamp":"2027-01-15T08:00:00.000Z","ordinal":3,"type":"resp');
  const torn = await readRollout(at.file);
  expect(torn.lines).toHaveLength(3);
  expect(torn.damage).toEqual([expect.stringContaining("last line")]);
  const next = createRolloutWriter(at.file, { ...torn, lock: null }, clock);
  next.append([call]);
  await next.close();
  const mended = await readRollout(at.file);
  expect(mended.damage).toEqual([]);
  expect(mended.lines.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3]);
});

test("a line of garbage is skipped and said, and nothing else is lost", async () => {
  await using at = await folder();
  const writer = createRolloutWriter(at.file, start, clock);
  writer.append(opened);
  await writer.close();
  const lines = (await fs.readFile(at.file, "utf8")).split("\n");
  lines.splice(1, 0, "\u0000\u0001 not json", "[]", '"x"');
  await fs.writeFile(at.file, lines.join("\n"));
  const content = await readRollout(at.file);
  expect(content.lines).toHaveLength(3);
  expect(content.damage).toHaveLength(3);
});

test("a rollout that cannot be written is a named error, and what failed leaves no trace", async () => {
  await using at = await folder();
  await fs.writeFile(path.dirname(at.file), "a file where the folder should be");
  const writer = createRolloutWriter(at.file, start, clock);
  expect(() => writer.append(opened)).toThrow(RolloutWriteError);
});

test("the text of an item that was open when the writer died is rebuilt from its checkpoints, and everything is closed", async () => {
  await using at = await folder();
  const writer = createRolloutWriter(at.file, start, clock);
  writer.append([...opened, call]);
  const checkpoint: Omit<Checkpoint, "text"> = { turnId, itemId: "m1", part: { of: "text", index: 0 } };
  writer.checkpoint({ ...checkpoint, text: "half of " });
  writer.checkpoint({ ...checkpoint, text: "an answer" });
  await fs.appendFile(checkpointFile(at.file), '{"turnId":"t1","item');
  const content = await readRollout(at.file);
  const replayed = replay(content.lines, content.checkpoints, clock.now() + 1000);
  expect(replayed.turns).toMatchObject([
    {
      status: "interrupted",
      items: [
        { type: "userMessage", content: [{ text: "hallo ü \u2028 welt" }] },
        { type: "agentMessage", text: "half of an answer", phase: "partial_answer", completedAtMs: clock.now() + 1000 },
      ],
    },
  ]);
  expect(replayed.repairs.map(({ type }) => type)).toEqual(["response_item", "item_completed", "turn_completed"]);
  expect(replayed.history.items().at(-1)).toMatchObject({ call_id: "c1" });
  // Appended, the repairs make the file whole: the next reader has nothing to mend.
  writer.append(replayed.repairs);
  writer.forget("m1");
  await writer.close();
  const again = await readRollout(at.file);
  const second = replay(again.lines, again.checkpoints, clock.now() + 9000);
  expect(second.repairs).toEqual([]);
  expect(second.turns).toEqual(replayed.turns);
  expect(second.history.chunks()).toEqual(replayed.history.chunks());
  await expect(fs.access(checkpointFile(at.file))).rejects.toThrow();
});
