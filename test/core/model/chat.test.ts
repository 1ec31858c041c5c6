import { expect, test } from "vitest";
import { toMessages } from "../../../src/core/model/chat/messages.ts";
import { createChatConverter } from "../../../src/core/model/chat/request.ts";
import { createChatReader } from "../../../src/core/model/chat/stream.ts";
import type { StreamEnd } from "../../../src/core/model/event-stream.ts";
import type { ModelEvent, ResponseItem } from "../../../src/core/model/types.ts";

const message = (role: "developer" | "user" | "assistant", text: string): ResponseItem => ({
  type: "message",
  role,
  content: [{ type: role === "assistant" ? "output_text" : "input_text", text }],
});
const call: ResponseItem = { type: "function_call", call_id: "c1", name: "exec_command", arguments: '{"cmd":"ls"}' };
const output: ResponseItem = { type: "function_call_output", call_id: "c1", output: "a.txt" };

test("instructions and what is said before the conversation are one system message; later developer messages are the user's", () => {
  expect(
    toMessages("base", [message("developer", "rules"), message("user", "hi"), message("developer", "new rules")]),
  ).toEqual([
    { role: "system", content: "base\n\nrules" },
    { role: "user", content: "hi" },
    { role: "user", content: "new rules" },
  ]);
});

test("an answer with its calls is one message, the outputs follow, and reasoning is not sent back", () => {
  const patch: ResponseItem = { type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "*** Begin" };
  const done: ResponseItem = { type: "custom_tool_call_output", call_id: "c2", output: "ok" };
  const thought: ResponseItem = { type: "reasoning", summary: [], encrypted_content: "x" };
  expect(
    toMessages("b", [message("user", "go"), thought, message("assistant", "I look"), call, patch, output, done]),
  ).toEqual([
    { role: "system", content: "b" },
    { role: "user", content: "go" },
    {
      role: "assistant",
      content: "I look",
      tool_calls: [
        { id: "c1", type: "function", function: { name: "exec_command", arguments: '{"cmd":"ls"}' } },
        { id: "c2", type: "function", function: { name: "apply_patch", arguments: '{"input":"*** Begin"}' } },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: "a.txt" },
    { role: "tool", tool_call_id: "c2", content: "ok" },
  ]);
});

test("an image is sent as a part, plain text as text", () => {
  const item: ResponseItem = {
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: "look" },
      { type: "input_image", image_url: "data:image/png;base64,AA" },
    ],
  };
  expect(toMessages(null, [item])).toEqual([
    {
      role: "user",
      content: [
        { type: "text", text: "look" },
        { type: "image_url", image_url: { url: "data:image/png;base64,AA" } },
      ],
    },
  ]);
});

const frame = (choice: "auto" | "none" = "auto") =>
  Buffer.from(
    `],"tools":${JSON.stringify([
      { type: "function", name: "exec_command", description: "runs", strict: false, parameters: { type: "object" } },
      {
        type: "custom",
        name: "apply_patch",
        description: "patches",
        format: { type: "grammar", definition: "start: x" },
      },
      { type: "web_search" },
    ])},"tool_choice":"${choice}","parallel_tool_calls":true,"reasoning":{"effort":"high","summary":"auto"},"store":false,"stream":true}`,
  );
const head = Buffer.from('{"model":"m \\"q\\"","instructions":"base","input":[');
const items = (...list: ResponseItem[]): Buffer => Buffer.from(list.map((item) => JSON.stringify(item)).join(","));
const parsed = (parts: readonly Uint8Array[]): Record<string, unknown> =>
  JSON.parse(Buffer.concat(parts).toString("utf8")) as Record<string, unknown>;

test("a request becomes one of chat: freeform tools are functions, tools of the provider's own are left out", () => {
  const { body, freeform } = createChatConverter()("t", [head, items(message("user", "hi")), frame()]);
  expect([...freeform]).toEqual(["apply_patch"]);
  expect(parsed(body)).toEqual({
    model: 'm "q"',
    messages: [
      { role: "system", content: "base" },
      { role: "user", content: "hi" },
    ],
    tools: [
      { type: "function", function: { name: "exec_command", description: "runs", parameters: { type: "object" } } },
      {
        type: "function",
        function: {
          name: "apply_patch",
          description: "patches",
          parameters: expect.objectContaining({ required: ["input"] }) as unknown,
        },
      },
    ],
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning_effort: "high",
    stream: true,
    stream_options: { include_usage: true },
  });
});

test("a request that goes on from the last one is, up to what is new, the same bytes", () => {
  const convert = createChatConverter();
  const first = convert("t", [head, items(message("developer", "rules"), message("user", "hi")), frame()]);
  const more = Buffer.concat([Buffer.from(","), items(call, output)]);
  const second = convert("t", [head, items(message("developer", "rules"), message("user", "hi")), more, frame()]);
  const [opening, messages] = [Buffer.concat(first.body.slice(0, 2)), Buffer.concat(second.body.slice(0, 2))];
  expect(messages.subarray(0, opening.length).equals(opening)).toBe(true);
  expect(parsed(second.body)["messages"]).toHaveLength(4);
  // Another conversation under the same id, as after a compaction, is converted anew.
  expect(parsed(convert("t", [head, items(message("user", "other")), frame("none")]).body)["messages"]).toEqual([
    { role: "system", content: "base" },
    { role: "user", content: "other" },
  ]);
});

function read(...chunks: readonly (object | string)[]): { events: ModelEvent[]; end: StreamEnd | null } {
  const events: ModelEvent[] = [];
  let end: StreamEnd | null = null;
  let ids = 0;
  const reader = createChatReader(
    (event) => events.push(event),
    (result) => (end = result),
    { freeform: new Set(["apply_patch"]), newId: (prefix) => `${prefix}_${++ids}` },
  );
  for (const chunk of chunks) {
    reader.feed(Buffer.from(`data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`));
  }
  reader.end();
  return { events, end };
}
const delta = (content: object, finish: string | null = null): object => ({
  id: "chatcmpl-1",
  choices: [{ index: 0, delta: content, finish_reason: finish }],
});

test("thinking, text and calls arrive as the items of a response, with the usage", () => {
  const { events, end } = read(
    delta({ role: "assistant", content: "" }),
    delta({ reasoning_content: "hm" }),
    delta({ content: "I " }),
    delta({ content: "look" }),
    delta({ tool_calls: [{ index: 0, id: "a", function: { name: "exec_command", arguments: '{"cmd"' } }] }),
    delta({ tool_calls: [{ index: 0, function: { arguments: ':"ls"}' } }] }),
    delta({ tool_calls: [{ index: 1, id: "b", function: { name: "apply_patch", arguments: '{"input":"*** P"}' } }] }),
    delta({}, "tool_calls"),
    { choices: [], usage: { prompt_tokens: 7, completion_tokens: 3, prompt_tokens_details: { cached_tokens: 5 } } },
    "[DONE]",
  );
  expect(events.map(({ type }) => type)).toEqual([
    "itemAdded",
    "reasoningTextDelta",
    "itemDone",
    "itemAdded",
    "textDelta",
    "textDelta",
    "itemDone",
    "itemDone",
    "itemDone",
  ]);
  expect(events.slice(-3)).toMatchObject([
    { item: { type: "message", content: [{ text: "I look" }] } },
    { item: { type: "function_call", call_id: "a", name: "exec_command", arguments: '{"cmd":"ls"}' } },
    { item: { type: "custom_tool_call", call_id: "b", name: "apply_patch", input: "*** P" } },
  ]);
  expect(end).toEqual({
    kind: "completed",
    responseId: "chatcmpl-1",
    usage: { inputTokens: 7, cachedInputTokens: 5, outputTokens: 3, reasoningOutputTokens: 0, totalTokens: 10 },
  });
});

test("a call without an id gets one; a server that ends without [DONE] has said all when it said why it stopped", () => {
  const { events, end } = read(delta({ tool_calls: [{ function: { name: "x", arguments: "{}" } }] }, "stop"));
  expect(events).toMatchObject([{ item: { type: "function_call", call_id: "call_1", name: "x" } }]);
  expect(end).toMatchObject({ kind: "completed" });
});

test("a stream that breaks off, an answer cut by its length and an error in the stream are failures", () => {
  expect(read(delta({ content: "half" })).end).toMatchObject({ kind: "failed", failure: { retry: "stream" } });
  expect(read(delta({ content: "half" }, "length"), "[DONE]").end).toMatchObject({ kind: "failed" });
  expect(read({ error: { message: "no", code: "context_length_exceeded" } }).end).toMatchObject({
    kind: "failed",
    failure: { info: "contextWindowExceeded" },
  });
});
