import fc from "fast-check";
import { expect, test } from "vitest";
import type { RolloutEntry, RolloutLine, StandingSettings } from "../../../../src/core/thread/rollout/lines.ts";
import { startOfTurn, visibleLines } from "../../../../src/core/thread/rollout/visible-lines.ts";

const at = 1_800_000_000_000;
const settings: StandingSettings = {
  cwd: "/w",
  model: "m",
  modelProvider: "p",
  approvalPolicy: "never",
  sandbox: { type: "readOnly", networkAccess: false },
  effort: null,
  summary: null,
  reviewEdits: "after",
  isPlanMode: false,
  developerInstructions: null,
};
const linesOf = (...entries: readonly RolloutEntry[]): RolloutLine[] =>
  entries.map((entry, ordinal) => ({ timestamp: new Date(at).toISOString(), ordinal, ...entry }));
const begun = (turnId: string): RolloutEntry => ({ type: "turn_started", payload: { turnId, at } });
const ended = (turnId: string): RolloutEntry => ({
  type: "turn_completed",
  payload: { turnId, status: "completed", error: null, at },
});
const said = (text: string): RolloutEntry => ({
  type: "response_item",
  payload: { item: { type: "message", role: "user", content: [{ type: "input_text", text }] } },
});
const named = (name: string): RolloutEntry => ({ type: "thread_name", payload: { name } });
const reverted = (beforeTurnId: string): RolloutEntry => ({
  type: "reverted",
  payload: { beforeTurnId, at, settings },
});
const ordinals = (lines: readonly RolloutLine[]) => visibleLines(lines).map(({ ordinal }) => ordinal);

test("a revert hides its turn and all that came after it, but not what was said of the thread", () => {
  const lines = linesOf(
    begun("a"), // 0
    said("one"),
    ended("a"),
    said("injected"), // 3
    begun("b"),
    named("Kept"), // 5
    ended("b"),
    begun("c"),
    reverted("b"), // 8
    begun("d"),
    ended("d"),
  );
  expect(ordinals(lines)).toEqual([0, 1, 2, 3, 5, 9, 10]);
});

test("a revert may reach behind an earlier one, and one of a turn that is not visible hides nothing", () => {
  const lines = linesOf(begun("a"), begun("b"), reverted("b"), begun("c"), reverted("b"), reverted("x"));
  expect(ordinals(lines)).toEqual([0, 3]);
  expect(ordinals([...lines, ...linesOf(reverted("a"))])).toEqual([]);
  expect(startOfTurn(visibleLines(lines), "b")).toBe(-1);
});

test("lines without a revert are handed out as they are", () => {
  const lines = linesOf(begun("a"), said("one"), ended("a"));
  expect(visibleLines(lines)).toBe(lines);
});

test("what is visible is what a list of turns would be if reverts cut it, however they follow one another", () => {
  const turn = fc.integer({ min: 0, max: 30 });
  const step = fc.oneof(fc.constant("begin" as const), turn);
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let model: string[] = [];
      const entries = steps.flatMap((what, index): RolloutEntry[] => {
        if (what === "begin") {
          model.push(`t${index}`);
          return [begun(`t${index}`), ended(`t${index}`)];
        }
        const from = model.indexOf(`t${what}`);
        if (from !== -1) model = model.slice(0, from);
        return [reverted(`t${what}`)];
      });
      const shown = visibleLines(linesOf(...entries)).flatMap((line) =>
        line.type === "turn_started" ? [line.payload.turnId] : [],
      );
      expect(shown).toEqual(model);
    }),
  );
});
