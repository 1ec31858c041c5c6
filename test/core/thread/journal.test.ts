import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { ThreadEvent } from "../../../src/core/thread/events.ts";
import { createHistory } from "../../../src/core/thread/history.ts";
import { createJournal } from "../../../src/core/thread/journal.ts";
import type { RolloutEntry } from "../../../src/core/thread/rollout/lines.ts";
import type { RolloutWriter } from "../../../src/core/thread/rollout/writer.ts";

const turnId = "t";
const item = (id: string): ThreadItem => ({ type: "agentMessage", id, text: "", startedAtMs: 1, completedAtMs: null });
const started = (id: string): RolloutEntry => ({ type: "item_started", payload: { turnId, item: item(id) } });
const completed = (id: string): RolloutEntry => ({
  type: "item_completed",
  payload: { turnId, item: { ...item(id), completedAtMs: 2 } },
});
const said: RolloutEntry = {
  type: "response_item",
  payload: { item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "hi" }] } },
};
const warning: ThreadEvent = { type: "warning", threadId: "x", message: "w" };

/** A journal over a writer that keeps what it is told, in one list with the events. */
function journalOf() {
  const log: string[] = [];
  let isFull = false;
  const writer: RolloutWriter = {
    file: "/r",
    append(entries) {
      if (isFull) throw new Error("full");
      log.push(`append ${entries.map(({ type }) => type).join(" ")}`);
    },
    checkpoint: ({ itemId, part, text }) => log.push(`checkpoint ${itemId} ${part.of}${part.index} ${text}`),
    forget: (itemId) => log.push(`forget ${itemId}`),
    mark: () => null,
    sync: () => Promise.resolve(),
    close: async () => void log.push("close"),
  };
  const history = createHistory();
  const journal = createJournal(writer, history, (event) => log.push(`emit ${event.type} history ${history.length}`), {
    now: () => Date.now(),
  });
  const delta = (itemId: string, text: string, index = 0) =>
    journal.delta(
      { type: "agentMessageDelta", threadId: "x", turnId, itemId, delta: text },
      { turnId, itemId, part: { of: "text", index } },
      text,
    );
  return { log, journal, history, delta, fill: () => (isFull = true) };
}

const checkpoints = (log: readonly string[]) => log.filter((line) => line.startsWith("checkpoint"));

beforeEach(() => {
  vi.useFakeTimers({ now: 1_800_000_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("entries are recorded with one write, then part of the prompt, then shown", () => {
  const { log, journal } = journalOf();
  journal.commit([started("a"), said], [warning, warning]);
  expect(log).toEqual(["append item_started response_item", "emit warning history 1", "emit warning history 1"]);
});

test("what cannot be recorded is not part of the prompt and not shown", () => {
  const { log, journal, history, fill } = journalOf();
  fill();
  expect(() => journal.commit([said], [warning])).toThrow("full");
  expect({ log, length: history.length }).toEqual({ log: [], length: 0 });
});

test("a delta is shown at once and on the disk within 250 ms, joined with its neighbours", () => {
  const { log, journal, delta } = journalOf();
  journal.commit([started("a")], []);
  delta("a", "one ");
  expect(log.at(-1)).toBe("emit agentMessageDelta history 0");
  vi.advanceTimersByTime(0);
  expect(checkpoints(log)).toEqual(["checkpoint a text0 one "]);
  delta("a", "two ");
  vi.advanceTimersByTime(200);
  delta("a", "three");
  expect(checkpoints(log)).toHaveLength(1);
  vi.advanceTimersByTime(50);
  expect(checkpoints(log).at(-1)).toBe("checkpoint a text0 two three");
});

test("16 kB of text do not wait for the time", () => {
  const { log, journal, delta } = journalOf();
  journal.commit([started("a")], []);
  delta("a", "x");
  vi.advanceTimersByTime(0);
  delta("a", "y".repeat(16 * 1024 - 1));
  expect(checkpoints(log)).toHaveLength(1);
  delta("a", "z");
  expect(checkpoints(log)).toHaveLength(2);
});

test("when an item closes, its pending text is forgotten and that of others is not", () => {
  const { log, journal, delta } = journalOf();
  journal.commit([started("a"), started("b")], []);
  delta("a", "of a");
  delta("b", "of b");
  journal.commit([completed("a")], []);
  journal.mark();
  expect(log.filter((line) => /^(checkpoint|forget)/.test(line))).toEqual(["forget a", "checkpoint b text0 of b"]);
});

test("text of an item that is not open, or of a part beyond all bounds, is shown and not kept", () => {
  const { log, journal, delta } = journalOf();
  delta("a", "never started");
  journal.commit([started("a")], []);
  delta("a", "far away", 20_000_000);
  journal.commit([completed("a")], []);
  delta("a", "too late");
  journal.mark();
  expect(checkpoints(log)).toEqual([]);
  expect(log.filter((line) => line.startsWith("emit"))).toHaveLength(3);
});

test("closing brings the last text to the disk", async () => {
  const { log, journal, delta } = journalOf();
  journal.commit([started("a")], []);
  delta("a", "last words");
  await journal.close();
  expect(log.slice(-2)).toEqual(["checkpoint a text0 last words", "close"]);
});
