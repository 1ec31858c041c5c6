import { expect, test } from "vitest";
import type { ItemOf, ThreadItem } from "../../../../src/protocol/items.ts";
import type { History } from "../../../../src/core/thread/history.ts";
import type { ResponseItem } from "../../../../src/core/model/types.ts";
import type { Checkpoint, RolloutEntry, RolloutLine } from "../../../../src/core/thread/rollout/lines.ts";
import { parseLine } from "../../../../src/core/thread/rollout/parse-line.ts";
import { replay } from "../../../../src/core/thread/rollout/replay.ts";

const at = 1_800_000_000_000;
const turnId = "t";
const lines = (...entries: readonly RolloutEntry[]): RolloutLine[] =>
  entries.map((entry, ordinal) => ({ timestamp: new Date(at).toISOString(), ordinal, ...entry }));
const begun: RolloutEntry = { type: "turn_started", payload: { turnId, at } };
const sent = (item: ResponseItem): RolloutEntry => ({ type: "response_item", payload: { item } });
const call = (callId: string): RolloutEntry =>
  sent({ type: "function_call", call_id: callId, name: "exec_command", arguments: "{}" });
const output = (callId: string, text: string): RolloutEntry =>
  sent({ type: "function_call_output", call_id: callId, output: text });
const command = (id: string, completedAtMs: number | null = null): ItemOf<"commandExecution"> => ({
  type: "commandExecution",
  id,
  command: "true",
  cwd: "/w",
  source: "agent",
  status: completedAtMs === null ? "inProgress" : "completed",
  commandActions: [],
  startedAtMs: at,
  completedAtMs,
});
const started = (item: ThreadItem): RolloutEntry => ({ type: "item_started", payload: { turnId, item } });
const completed = (item: ThreadItem, callId: string, text: string): RolloutEntry => ({
  type: "item_completed",
  payload: { turnId, item, output: { in: "response", callId, start: 0, length: text.length } },
});
const typesOf = (history: History) => history.items().map(({ type }) => type);
const ended: RolloutEntry = { type: "turn_completed", payload: { turnId, status: "completed", error: null, at } };

test("a hostile part index fills no list, neither from a checkpoint nor beyond the bound", () => {
  const item: ThreadItem = {
    type: "reasoning",
    id: "r",
    summary: [],
    content: [],
    startedAtMs: at,
    completedAtMs: null,
  };
  const checkpoint = (index: number): Checkpoint => ({
    turnId,
    itemId: "r",
    part: { of: "summary", index },
    text: "x",
  });
  const { turns } = replay(lines(begun, started(item)), [checkpoint(20_000_000), checkpoint(1)], null);
  expect(turns[0]?.items).toEqual([{ ...item, summary: ["", "x"] }]);
});

test("an output whose call cannot be read is not sent, and that is said", () => {
  const { history, damage, repairs } = replay(
    lines(begun, output("c1", "out"), call("c2"), output("c2", "out"), ended),
    [],
    at,
  );
  expect(typesOf(history)).toEqual(["function_call", "function_call_output"]);
  expect(damage).toEqual([expect.stringContaining("c1")]);
  expect(repairs).toEqual([]);
});

test("calls that share an id are each answered once", () => {
  const { history, damage } = replay(
    lines(begun, call("call_0"), call("call_0"), output("call_0", "a"), call("call_0"), ended),
    [],
    at,
  );
  expect(typesOf(history)).toEqual([
    "function_call",
    "function_call",
    "function_call_output",
    "function_call",
    "function_call_output",
    "function_call_output",
  ]);
  expect(damage).toEqual([]);
});

test("items of calls that share an id have each their own output, and stand in the order in which they began", () => {
  const { turns } = replay(
    lines(
      begun,
      call("call_0"),
      started(command("a")),
      output("call_0", "first"),
      completed(command("a", at + 1), "call_0", "first"),
      call("call_0"),
      started(command("b")),
      output("call_0", "second"),
      completed(command("b", at + 2), "call_0", "second"),
      ended,
    ),
    [],
    at,
  );
  expect(turns[0]?.items).toMatchObject([
    { id: "a", aggregatedOutput: "first" },
    { id: "b", aggregatedOutput: "second" },
  ]);
});

test("an item that has ended is not replaced by a later one with the same id", () => {
  const { turns, repairs } = replay(
    lines(
      begun,
      call("call_0"),
      started(command("call_0")),
      output("call_0", "first"),
      completed(command("call_0", at + 1), "call_0", "first"),
      call("call_0"),
      started(command("call_0")),
    ),
    [{ turnId, itemId: "call_0", part: { of: "output", index: 0 }, text: "half" }],
    at + 5,
  );
  expect(turns[0]?.items).toMatchObject([
    { id: "call_0", aggregatedOutput: "first", status: "completed" },
    { id: "call_0~1", aggregatedOutput: "half", status: "failed" },
  ]);
  // The lines that mend it name the item as it was recorded.
  expect(repairs).toMatchObject([
    { type: "response_item" },
    { type: "item_completed", payload: { item: { id: "call_0", aggregatedOutput: "half" } } },
    { type: "turn_completed" },
  ]);
});

const frame = (type: string, payload: unknown) =>
  JSON.stringify({ timestamp: new Date(at).toISOString(), ordinal: 7, type, payload });

test.for([
  ["response_item", null],
  ["response_item", {}],
  ["response_item", { item: null }],
  ["response_item", { item: { type: "function_call_output", output: "x" } }],
  ["response_item", { item: { type: "message", role: "user" } }],
  ["response_item", { item: { type: "message", role: "user", content: [{ type: "input_text" }] } }],
  [
    "response_item",
    {
      item: { type: "reasoning", summary: [] },
      view: { kind: "agentMessage", turnId, id: "m", startedAt: at, at },
    },
  ],
  ["item_started", { turnId, item: { type: "agentMessage" } }],
  ["item_started", { turnId }],
  ["item_completed", { turnId, item: command("a", at), output: { in: "response", callId: "c", start: -1, length: 1 } }],
  ["turn_started", { at }],
  ["turn_context", { turnId, cwd: "/w" }],
  ["session_meta", { id: "x" }],
  ["usage", { turnId, usage: {} }],
  ["epoch", { instructions: "x" }],
  ["__proto__", 3],
] as const)("a whole line of type %s with a payload that makes no sense is no line", ([type, payload]) => {
  expect(parseLine(frame(type, payload)).kind).not.toBe("line");
});

test.for([
  begun,
  ended,
  call("c"),
  output("c", "x"),
  started(command("a")),
  completed(command("a", at), "c", "x"),
  sent({ type: "message", role: "assistant", content: [{ type: "refusal", refusal: "no" }] }),
])("a line as it is written is read: $type", (entry) => {
  const [line] = lines(entry);
  expect(parseLine(JSON.stringify(line))).toEqual({
    kind: "line",
    line,
    itemJson: expect.toBeOneOf([null, expect.any(String)]) as unknown,
  });
});

test("a line of a type that a newer version made is passed over", () => {
  expect(parseLine(frame("compaction", { anything: true }))).toEqual({ kind: "unknown", ordinal: 7 });
});

test("a revert of the turn that made the prompt smaller gives back all that stood before it", () => {
  const words = (text: string): RolloutEntry =>
    sent({ type: "message", role: "user", content: [{ type: "input_text", text }] });
  const summary = { type: "message", role: "user", content: [{ type: "input_text", text: "in short" }] } as const;
  const settings = {
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
  } as const;
  const before = [begun, words("one"), words("two"), ended];
  const compacted: RolloutEntry = {
    type: "compacted",
    payload: {
      turnId: "u",
      id: "x",
      startedAt: at,
      at,
      reason: "limit",
      input: [summary, 1],
      userMessages: [],
      summaryAt: 0,
    },
  };
  const later = [...before, { type: "turn_started", payload: { turnId: "u", at } } as const, words("three"), compacted];
  const whole = replay(lines(...later), [], at);
  expect(whole.history.length).toBe(2);
  expect([...whole.itemIds]).toEqual(["x"]);
  const reverted: RolloutEntry = { type: "reverted", payload: { beforeTurnId: "u", at, settings } };
  const back = replay(lines(...later, reverted), [], at);
  expect(back.history.items()).toEqual(replay(lines(...before), [], at).history.items());
  expect(back).toMatchObject({ settings, told: null, repairs: [] });
  expect([...back.itemIds]).toEqual(["x"]);
});
