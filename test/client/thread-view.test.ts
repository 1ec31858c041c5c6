import { describe, expect, test } from "vitest";
import { maxLiveText } from "../../src/client/item-delta.ts";
import { foldThread, fromThread, maxNotices, reduceThread, type ThreadView } from "../../src/client/thread-view.ts";
import type { AnyItem } from "../../src/protocol/items.ts";
import type { ServerNotification } from "../../src/protocol/methods.ts";
import type { Thread } from "../../src/protocol/threads.ts";
import type { Turn } from "../../src/protocol/turns.ts";

const thread = (turns: Turn[] = []): Thread => ({
  id: "t",
  sessionId: "s",
  preview: "",
  ephemeral: false,
  projectId: null,
  historyMode: "legacy",
  modelProvider: "demo",
  createdAt: 0,
  updatedAt: 0,
  status: { type: "idle" },
  cwd: "/repo",
  cliVersion: "0",
  source: "appServer",
  turns,
});
const turn = (id: string, items: AnyItem[] = [], status: Turn["status"] = "inProgress"): Turn => ({
  id,
  items,
  itemsView: "full",
  status,
});
const ids = { threadId: "t", turnId: "1" };
const message = (id: string, text = ""): AnyItem => ({ type: "agentMessage", id, text });
const command = (id: string): AnyItem => ({
  type: "commandExecution",
  id,
  command: "ls",
  cwd: "/repo",
  source: "agent",
  status: "inProgress",
  commandActions: [],
  aggregatedOutput: null,
});
const started = (item: AnyItem): ServerNotification => ({
  method: "item/started",
  params: { ...ids, item, startedAtMs: 1 },
});
const completed = (item: AnyItem): ServerNotification => ({
  method: "item/completed",
  params: { ...ids, item, completedAtMs: 2 },
});
const delta = (itemId: string, text: string): ServerNotification => ({
  method: "item/agentMessage/delta",
  params: { ...ids, itemId, delta: text },
});
const output = (itemId: string, text: string): ServerNotification => ({
  method: "item/commandExecution/outputDelta",
  params: { ...ids, itemId, delta: text },
});
const usage = (totalTokens: number, last: number): ServerNotification => {
  const tokens = (count: number) => ({
    totalTokens: count,
    inputTokens: count,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
  });
  return {
    method: "thread/tokenUsage/updated",
    params: { ...ids, tokenUsage: { total: tokens(totalTokens), last: tokens(last), modelContextWindow: 100 } },
  };
};
const running = (...items: AnyItem[]): ThreadView => fromThread(thread([turn("1", items)]));
const itemsOf = (view: ThreadView): readonly AnyItem[] => view.turns[0]?.items ?? [];

describe("items", () => {
  test("deltas append to the item that was started", () => {
    const view = foldThread(running(), [started(message("a")), delta("a", "Hel"), delta("a", "lo")]);
    expect(itemsOf(view)).toEqual([message("a", "Hello")]);
  });

  test("a completed item replaces what its deltas made", () => {
    const view = foldThread(running(), [started(message("a")), delta("a", "Hel"), completed(message("a", "Hello!"))]);
    expect(itemsOf(view)).toEqual([message("a", "Hello!")]);
  });

  test("what arrives late does not open a completed item again", () => {
    const whole = { ...message("a", "Whole."), completedAtMs: 2 };
    const before = running(whole);
    const view = foldThread(before, [started(message("a")), delta("a", "twice"), started(message("b"))]);
    expect(itemsOf(view)).toEqual([whole, message("b")]);
    expect(itemsOf(view)[0]).toBe(itemsOf(before)[0]);
  });

  test("an item that completes after its turn is completed all the same", () => {
    const over = fromThread(thread([turn("1", [command("c")], "completed")]));
    const done = { ...command("c"), status: "completed", exitCode: 0, completedAtMs: 2 } as const;
    const view = foldThread(over, [output("c", "ready"), completed(done)]);
    expect(view.turns).toMatchObject([{ id: "1", status: "completed", items: [done] }]);
  });

  test("a delta for an item that nobody started changes no item", () => {
    expect(itemsOf(reduceThread(running(message("a", "x")), delta("b", "y")))).toEqual([message("a", "x")]);
  });

  test("a delta of another kind leaves the item as it is", () => {
    const item = message("a", "x");
    expect(itemsOf(reduceThread(running(item), output("a", "y")))[0]).toBe(item);
  });

  test("an item of an unknown type is kept as it came", () => {
    const item = { type: "imageView", id: "w", path: "q" };
    expect(itemsOf(reduceThread(running(), started(item)))).toEqual([item]);
  });

  test("items that a notification does not touch keep their identity", () => {
    const before = running(message("a", "first"), message("b", ""));
    const after = reduceThread(before, delta("b", "x"));
    expect(itemsOf(after)[0]).toBe(itemsOf(before)[0]);
    expect(itemsOf(after)[1]).not.toBe(itemsOf(before)[1]);
  });

  test("turns that a notification does not touch keep their identity", () => {
    const before = fromThread(thread([turn("0", [message("z")], "completed"), turn("1", [message("a")])]));
    const after = reduceThread(before, delta("a", "x"));
    expect(after.turns[0]).toBe(before.turns[0]);
  });

  test("a view that was handed out never changes", () => {
    const before = running(message("a", "x"));
    const copy = structuredClone(before);
    foldThread(before, [delta("a", "y"), started(message("b")), delta("b", "z")]);
    expect(before).toEqual(copy);
  });

  test("live output keeps its end when it grows beyond its bound", () => {
    const flood = Array.from({ length: 40 }, (_, index) =>
      output("c", String.fromCharCode(97 + (index % 26)).repeat(100_000)),
    );
    const [item] = itemsOf(foldThread(running(command("c")), [...flood, output("c", "END")]));
    const text = item !== undefined && "aggregatedOutput" in item ? String(item.aggregatedOutput) : "";
    expect(text.length).toBeLessThanOrEqual(2 * maxLiveText);
    expect(text.endsWith("END")).toBe(true);
  });

  test("reasoning deltas go to the part they name", () => {
    const reasoning = { type: "reasoning", id: "r", summary: [], content: [] };
    const part = (summaryIndex: number, text: string): ServerNotification => ({
      method: "item/reasoning/summaryTextDelta",
      params: { ...ids, itemId: "r", delta: text, summaryIndex },
    });
    const view = foldThread(running(reasoning), [
      part(0, "a"),
      part(1, "b"),
      part(0, "c"),
      part(1e9, "lost"),
      part(-1, "lost"),
    ]);
    expect(itemsOf(view)).toEqual([{ ...reasoning, summary: ["ac", "b"] }]);
  });

  test("a hundred thousand deltas fold in one go", () => {
    const deltas = Array.from({ length: 100_000 }, () => delta("a", "word "));
    const [item] = itemsOf(foldThread(running(message("a")), deltas));
    expect(item).toEqual(message("a", "word ".repeat(100_000)));
  });
});

describe("turns", () => {
  test("a turn that starts is added at the end", () => {
    const view = reduceThread(fromThread(thread()), {
      method: "turn/started",
      params: { threadId: "t", turn: turn("1") },
    });
    expect(view.turns.map(({ id, status }) => [id, status])).toEqual([["1", "inProgress"]]);
  });

  test("a turn that is over does not start again", () => {
    const over = fromThread(thread([turn("1", [], "completed")]));
    const view = reduceThread(over, { method: "turn/started", params: { threadId: "t", turn: turn("1") } });
    expect(view.turns.map(({ id, status }) => [id, status])).toEqual([["1", "completed"]]);
  });

  test("a plan that is told after a resume belongs to its turn, and makes none", () => {
    const plan = (turnId: string): ServerNotification => ({
      method: "turn/plan/updated",
      params: { threadId: "t", turnId, plan: [{ step: "Look", status: "completed" }] },
    });
    const view = foldThread(fromThread(thread([turn("1", [], "completed")])), [plan("1"), plan("unheard-of")]);
    expect(view.turns).toMatchObject([
      { id: "1", status: "completed", plan: { explanation: null, steps: [{ step: "Look", status: "completed" }] } },
    ]);
  });

  test("a completed turn keeps the items it was told and adds those it missed", () => {
    const view = reduceThread(running(message("a", "kept")), {
      method: "turn/completed",
      params: { threadId: "t", turn: turn("1", [message("a", "summary"), message("b", "missed")], "completed") },
    });
    expect(view.turns[0]?.status).toBe("completed");
    expect(itemsOf(view)).toEqual([message("a", "kept"), message("b", "missed")]);
  });

  test("a retry is shown until the turn goes on", () => {
    const error = { message: "429", retryInMs: 1000 };
    const waiting = reduceThread(running(), { method: "error", params: { ...ids, error, willRetry: true } });
    expect(waiting.turns[0]?.retry).toEqual(error);
    expect(reduceThread(waiting, started(message("a"))).turns[0]?.retry).toBeNull();
  });

  test("an error without a retry stays with the turn", () => {
    const error = { message: "401" };
    const failed = foldThread(running(), [
      { method: "error", params: { ...ids, error, willRetry: false } },
      { method: "turn/completed", params: { threadId: "t", turn: turn("1", [], "failed") } },
    ]);
    expect(failed.turns[0]).toMatchObject({ status: "failed", error, retry: null });
  });

  test("plan and diff belong to their turn, the latest counts", () => {
    const plan = (step: string): ServerNotification => ({
      method: "turn/plan/updated",
      params: { ...ids, plan: [{ step, status: "pending" }] },
    });
    const view = foldThread(running(), [
      plan("first"),
      plan("second"),
      { method: "turn/diff/updated", params: { ...ids, diff: "@@" } },
    ]);
    expect(view.turns[0]).toMatchObject({
      plan: { explanation: null, steps: [{ step: "second", status: "pending" }] },
      diff: "@@",
    });
  });

  test("a turn's tokens are the sum of its responses", () => {
    const view = foldThread(running(), [usage(110, 10), usage(130, 20)]);
    expect(view.turns[0]?.tokens?.totalTokens).toBe(30);
    expect(view.usage?.total.totalTokens).toBe(130);
  });

  test("usage that is told again counts once", () => {
    const view = foldThread(running(), [usage(110, 10), usage(110, 10), usage(130, 20), usage(130, 20)]);
    expect(view.turns[0]?.tokens?.totalTokens).toBe(30);
  });

  test("usage that is told after a resume does not count for the turn that is over", () => {
    const view = reduceThread(fromThread(thread([turn("1", [], "completed")])), usage(130, 20));
    expect(view.turns[0]?.tokens).toBeNull();
    expect(view.usage?.total.totalTokens).toBe(130);
  });
});

describe("threads", () => {
  test("what is about another thread returns the same view", () => {
    const view = running();
    expect(reduceThread(view, { method: "turn/started", params: { threadId: "other", turn: turn("2") } })).toBe(view);
    expect(reduceThread(view, { method: "warning", params: { threadId: "other", message: "w" } })).toBe(view);
  });

  test("what is about no view at all returns the same view", () => {
    const view = running();
    expect(reduceThread(view, { method: "account/updated", params: { authMode: null } })).toBe(view);
  });

  test("status and name follow the thread", () => {
    const view = foldThread(running(), [
      { method: "thread/status/changed", params: { threadId: "t", status: { type: "active", activeFlags: [] } } },
      { method: "thread/name/updated", params: { threadId: "t", threadName: "Ledger" } },
    ]);
    expect(view.thread).toMatchObject({ status: { type: "active", activeFlags: [] }, name: "Ledger" });
  });

  test("warnings are kept up to their bound", () => {
    const warnings = Array.from({ length: maxNotices + 5 }, (_, index): ServerNotification => ({
      method: "warning",
      params: { message: `w${index}` },
    }));
    const { notices } = foldThread(running(), warnings);
    expect(notices).toHaveLength(maxNotices);
    expect(notices.at(-1)).toEqual({ summary: `w${maxNotices + 4}`, details: null });
  });

  test("a snapshot gives the turns with their items", () => {
    const view = fromThread(thread([turn("1", [message("a", "x")], "completed")]));
    expect(view).toMatchObject({ usage: null, notices: [], thread: { id: "t", turns: [] } });
    expect(itemsOf(view)).toEqual([message("a", "x")]);
  });
});
