import { expect, test } from "vitest";
import type { Turn } from "../../../../src/protocol/turns.ts";
import { forkPoint } from "../../../../src/core/thread/rollout/fork-point.ts";
import type { BasePart } from "../../../../src/core/thread/rollout/history-bases.ts";
import type { RolloutEntry } from "../../../../src/core/thread/rollout/lines.ts";

const at = 1_800_000_000_000;
const begun = (turnId: string): RolloutEntry => ({ type: "turn_started", payload: { turnId, at } });
const ended = (turnId: string): RolloutEntry => ({
  type: "turn_completed",
  payload: { turnId, status: "completed", error: null, at },
});
const named: RolloutEntry = { type: "thread_name", payload: { name: "n" } };
/** Each line has ten bytes. */
const part = (threadId: string, ...entries: readonly RolloutEntry[]): BasePart => ({
  threadId,
  file: `/${threadId}`,
  lines: entries.map((entry, ordinal) => ({ timestamp: new Date(at).toISOString(), ordinal, ...entry })),
  starts: entries.map((_, index) => index * 10),
  endOrdinal: entries.length,
  endByteOffset: entries.length * 10,
});
const turn = (id: string, status: Turn["status"] = "completed"): Turn => ({
  id,
  rootTurnId: id,
  items: [],
  itemsView: "full",
  status,
  error: null,
  startedAt: null,
  completedAt: null,
  durationMs: null,
});
const pointOf = (parts: readonly BasePart[], turns: readonly Turn[], range: object) => {
  const point = forkPoint(parts, turns, { lastTurnId: null, beforeTurnId: null, ...range });
  return point.kind === "refused"
    ? point.message
    : point.parts.map(({ threadId, endOrdinal, endByteOffset }) => [threadId, endOrdinal, endByteOffset]);
};

const old = part("old", begun("a"), ended("a"), begun("b"), ended("b"));
const own = part("own", named, begun("c"), ended("c"), begun("d"));
const turns = [turn("a"), turn("b"), turn("c"), turn("d", "inProgress")];

test("a fork points to all files up to its place, and leaves out one of which it needs no history", () => {
  const whole = ["old", 4, 40];
  expect(pointOf([old, own], turns, {})).toEqual([whole, ["own", 3, 30]]);
  expect(pointOf([old, own], turns, { lastTurnId: "c" })).toEqual([whole, ["own", 3, 30]]);
  expect(pointOf([old, own], turns, { lastTurnId: "b" })).toEqual([whole]);
  expect(pointOf([old, own], turns, { lastTurnId: "a" })).toEqual([["old", 2, 20]]);
  expect(pointOf([old, own], turns, { beforeTurnId: "a" })).toEqual([]);
  expect(pointOf([old], turns.slice(0, 2), { lastTurnId: "b" })).toEqual([whole]);
});

test("a place that is not there, or not yet, is refused", () => {
  expect(pointOf([old, own], turns, { lastTurnId: "d" })).toMatch(/^turn d is still running/);
  expect(pointOf([old, own], turns, { lastTurnId: "x" })).toBe("turn not found: x");
  expect(pointOf([old, own], turns, { beforeTurnId: "x" })).toBe("turn not found: x");
  expect(pointOf([old, own], turns, { lastTurnId: "a", beforeTurnId: "b" })).toMatch(/exclude each other/);
  const long = Array.from({ length: 1001 }, (_, index) => part(`p${index}`, begun(`t${index}`)));
  const longTurns = long.map((_, index) => turn(`t${index}`));
  expect(pointOf(long, longTurns, {})).toMatch(/^the thread comes from 1001 others/);
  expect(pointOf(long, longTurns, { lastTurnId: "t999" })).toHaveLength(1000);
});
