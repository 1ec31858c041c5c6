import { expect, test } from "vitest";
import type { StreamEnd } from "../../../src/core/model/event-stream.ts";
import { createEventReader } from "../../../src/core/model/events.ts";
import type { ModelEvent } from "../../../src/core/model/types.ts";
import { completed, itemDone, message, sse, textDelta, usage } from "./http-script.ts";

function read(...chunks: readonly (string | Uint8Array)[]): { events: ModelEvent[]; end: StreamEnd | undefined } {
  const events: ModelEvent[] = [];
  const ends: StreamEnd[] = [];
  const reader = createEventReader(
    (event) => events.push(event),
    (end) => ends.push(end),
  );
  for (const chunk of chunks) reader.feed(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  expect(ends.length).toBeLessThan(2);
  return { events, end: ends[0] };
}
const brokenBy = (end: StreamEnd | undefined): string | null =>
  end?.kind === "failed" ? end.failure.details : `no failure: ${end?.kind ?? "no end"}`;

test("a stream split at any byte gives the same events", () => {
  const text = "naïve 🦊 end";
  const item = { ...message(text), "x-extra": 'quote " and \\ and }' };
  const bytes = Buffer.from(
    `\uFEFFevent: response.created\r\ndata: {"type":"response.created"}\r\n\r\n: ping\n\n${sse(textDelta(text), itemDone(item), completed)}`,
  );
  const whole = read(bytes);
  expect(whole.events).toEqual([
    { type: "textDelta", itemId: "msg_1", delta: text },
    {
      type: "itemDone",
      item: {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text }],
      },
    },
  ]);
  expect(whole.end).toEqual({ kind: "completed", responseId: "resp_1", usage });
  for (let at = 0; at <= bytes.length; at++) {
    expect(read(bytes.subarray(0, at), bytes.subarray(at)), `split at ${at}`).toEqual(whole);
  }
  expect(read(...Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(whole);
});

test("every event that matters becomes one of ours, others are skipped", () => {
  const call = { type: "function_call", id: "fc_1", call_id: "c1", name: "exec_command", arguments: '{"cmd":"ls"}' };
  const custom = { type: "custom_tool_call", id: "ctc_1", call_id: "c2", name: "apply_patch", input: "*** Begin" };
  const reasoning = {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "s" }],
    encrypted_content: "e",
  };
  const { events } = read(
    sse(
      { type: "response.output_item.added", item: { type: "reasoning", id: "rs_1", summary: [] } },
      { type: "response.reasoning_summary_part.added", item_id: "rs_1", summary_index: 1 },
      { type: "response.reasoning_summary_text.delta", item_id: "rs_1", summary_index: 1, delta: "s" },
      { type: "response.reasoning_text.delta", item_id: "rs_1", content_index: 0, delta: "r" },
      itemDone(reasoning),
      { type: "response.output_item.added", item: { type: "message", id: "msg_1", role: "assistant", content: [] } },
      { type: "response.refusal.delta", item_id: "msg_1", delta: "no" },
      { type: "response.output_item.added", item: { type: "image_generation_call", id: "ig_1" } },
      itemDone({ type: "image_generation_call", id: "ig_1" }),
      { type: "response.function_call_arguments.delta", item_id: "fc_1", delta: "{" },
      { type: "response.something_new", item_id: "x", delta: "x" },
      itemDone(call),
      itemDone(custom),
    ),
  );
  expect(events).toEqual([
    { type: "itemAdded", item: { type: "reasoning", id: "rs_1", summary: [] } },
    { type: "reasoningSummaryPartAdded", itemId: "rs_1", summaryIndex: 1 },
    { type: "reasoningSummaryDelta", itemId: "rs_1", summaryIndex: 1, delta: "s" },
    { type: "reasoningTextDelta", itemId: "rs_1", contentIndex: 0, delta: "r" },
    { type: "itemDone", item: reasoning },
    { type: "itemAdded", item: { type: "message", id: "msg_1", role: "assistant", content: [] } },
    { type: "textDelta", itemId: "msg_1", delta: "no" },
    { type: "itemDone", item: call },
    { type: "itemDone", item: custom },
  ]);
});

test("a search of the provider's own is read with the members that are sent again", () => {
  const searched = (action: unknown) => {
    const { events } = read(sse(itemDone({ type: "web_search_call", id: "ws_1", status: "completed", action })));
    return events.map((event) =>
      event.type === "itemDone" && event.item.type === "web_search_call" ? event.item.action : event,
    );
  };
  expect(searched({ type: "search", query: "q", queries: ["q", 1], sources: [] })).toEqual([
    { type: "search", query: "q", queries: ["q"] },
  ]);
  expect(searched({ type: "open_page", url: "u", x: 1 })).toEqual([{ type: "open_page", url: "u" }]);
  expect(searched({ type: "find_in_page", url: "u", pattern: "p" })).toEqual([
    { type: "find_in_page", url: "u", pattern: "p" },
  ]);
  expect([searched({ type: "teleport" }), searched("x"), searched(undefined)]).toEqual([
    [undefined],
    [undefined],
    [undefined],
  ]);
});

test("an id that a server left out is not made up: it would be sent back", () => {
  const items = [
    { type: "reasoning", summary: [] },
    { type: "message", id: "", role: "assistant", content: [] },
  ];
  expect(read(sse(...items.map(itemDone))).events).toEqual([
    { type: "itemDone", item: { type: "reasoning", summary: [] } },
    { type: "itemDone", item: { type: "message", role: "assistant", content: [] } },
  ]);
});

test("an item may span data lines", () => {
  const { events } = read(
    'data: {"type":"response.output_item.done","item":\ndata: {"type":"message","id":"m",\ndata: "content":[]}}\n\n',
  );
  expect(events).toEqual([{ type: "itemDone", item: { type: "message", id: "m", role: "assistant", content: [] } }]);
});

test("nothing is delivered after the end", () => {
  expect(read(sse(completed, textDelta("late"), itemDone(message("late")), completed)).events).toEqual([]);
});

test("the event name stands in for a missing type", () => {
  const { events } = read('event: response.output_text.delta\ndata: {"item_id":"m","delta":"x"}\n\n');
  expect(events).toEqual([{ type: "textDelta", itemId: "m", delta: "x" }]);
});

test("a completed response may come without usage, or with senseless numbers", () => {
  expect(read(sse({ type: "response.completed", response: { id: "r", usage: null } })).end).toEqual({
    kind: "completed",
    responseId: "r",
    usage: null,
  });
  expect(
    read(sse({ type: "response.completed", response: { id: "r", usage: { input_tokens: 2, output_tokens: -1 } } })).end,
  ).toEqual({
    kind: "completed",
    responseId: "r",
    usage: { inputTokens: 2, cachedInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0, totalTokens: 2 },
  });
});

test.each([
  ["data: {broken\n\n", "an event is not JSON"],
  ["data: 12\n\n", "an event is not a JSON object"],
  [sse(itemDone({ type: "function_call", name: "f" })), "a function_call without a call_id or a name"],
  [sse(itemDone([])), "an item without a type"],
  [`data: ${"x".repeat(33 * 1024 * 1024)}`, "an event is larger than 32 MiB"],
])("a stream that cannot be read is broken: %#", (text, reason) => {
  const { end } = read(text);
  expect(brokenBy(end)).toBe(`stream disconnected before completion: ${reason}`);
  expect(end).toMatchObject({ failure: { retry: "stream" } });
});

test("[DONE] is no event", () => {
  expect(read("data: [DONE]\n\n")).toEqual({ events: [], end: undefined });
});

test("a finished item stays when the stream breaks after it", () => {
  const { events, end } = read(`${sse(itemDone(message("kept")))}data: {broken\n\n`);
  expect(events.map((event) => event.type)).toEqual(["itemDone"]);
  expect(brokenBy(end)).toContain("not JSON");
});

test("one event of 20 MB in small chunks is read in linear time", () => {
  const text = "a".repeat(20_000_000);
  const bytes = Buffer.from(sse(itemDone(message(text))));
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 4096) chunks.push(bytes.subarray(at, at + 4096));
  const started = performance.now();
  expect(read(...chunks).events).toHaveLength(1);
  expect(performance.now() - started).toBeLessThan(5_000);
});
