import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { startDemoModel } from "../../src/demo/demo-model.ts";
import { answer, customToolCall, functionCall, message, reasoning } from "../../src/demo/script.ts";
import { startResponsesServer } from "../../src/demo/server.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { allTools } from "./conversation.ts";
import { allEvents, eventsOf, post, requestBody, type SseEvent } from "./sse-client.ts";

const withoutSequence = ({ sequence_number: _, ...event }: SseEvent) => event;
const typesOf = (events: readonly SseEvent[]) => events.map(({ type }) => type);

describe("a stream", () => {
  test("text: the events of the API, in order", async () => {
    await using model = await responsesServer({
      kind: "stream",
      items: [message("Hello wörld", "final_answer")],
      pace: { deltaSize: 6, delayMs: 0 },
    });
    const response = await post(model.url, requestBody());
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    const events = await allEvents(response);
    expect(events.map(({ sequence_number }) => sequence_number)).toEqual(events.map((_, index) => index));
    const part = (text: string) => ({ type: "output_text", text, annotations: [] });
    const at = { output_index: 0, item_id: "msg_2", content_index: 0 };
    const item = { id: "msg_2", type: "message", role: "assistant", phase: "final_answer" };
    const done = { ...item, status: "completed", content: [part("Hello wörld")] };
    expect(events.slice(2).map(withoutSequence)).toMatchObject([
      { type: "response.output_item.added", output_index: 0, item: { ...item, status: "in_progress", content: [] } },
      { type: "response.content_part.added", ...at, part: part("") },
      { type: "response.output_text.delta", ...at, delta: "Hello " },
      { type: "response.output_text.delta", ...at, delta: "wörld" },
      { type: "response.output_text.done", ...at, text: "Hello wörld" },
      { type: "response.content_part.done", ...at, part: part("Hello wörld") },
      { type: "response.output_item.done", output_index: 0, item: done },
      {
        type: "response.completed",
        response: {
          id: "resp_1",
          status: "completed",
          output: [done],
          usage: {
            input_tokens: Math.ceil(requestBody().length / 4),
            input_tokens_details: { cached_tokens: 0 },
            output_tokens: 3,
            output_tokens_details: { reasoning_tokens: 0 },
            total_tokens: Math.ceil(requestBody().length / 4) + 3,
          },
        },
      },
    ]);
    expect(typesOf(events.slice(0, 2))).toEqual(["response.created", "response.in_progress"]);
    model.assertExhausted();
  });

  test("reasoning and calls: summary parts, argument deltas, whole items at the end", async () => {
    const call = functionCall("exec_command", { cmd: "ls" }, "call_a");
    await using model = await responsesServer([
      reasoning("one", "two"),
      { type: "reasoning", summary: [], content: "raw", encryptedContent: "sealed" },
      call,
      customToolCall("apply_patch", "*** Begin Patch", "call_b"),
    ]);
    const events = await allEvents(await post(model.url, requestBody()));
    expect(typesOf(events).slice(2, -1)).toEqual([
      "response.output_item.added",
      ...[1, 2].flatMap(() => [
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
      ]),
      "response.output_item.done",
      "response.output_item.added",
      "response.reasoning_text.delta",
      "response.reasoning_text.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.output_item.added",
      "response.custom_tool_call_input.delta",
      "response.custom_tool_call_input.done",
      "response.output_item.done",
    ]);
    const items = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    expect(items).toEqual([
      {
        type: "reasoning",
        id: "rs_2",
        summary: [
          { type: "summary_text", text: "one" },
          { type: "summary_text", text: "two" },
        ],
        encrypted_content: "encrypted-rs_2",
      },
      {
        type: "reasoning",
        id: "rs_3",
        summary: [],
        content: [{ type: "reasoning_text", text: "raw" }],
        encrypted_content: "sealed",
      },
      { id: "fc_4", status: "completed", ...call, callId: undefined, call_id: "call_a" },
      {
        type: "custom_tool_call",
        id: "ctc_5",
        status: "completed",
        name: "apply_patch",
        input: "*** Begin Patch",
        call_id: "call_b",
      },
    ]);
  });

  test("deltas never split a character", async () => {
    const text = "a😀b👩‍🚀c";
    await using model = await responsesServer({ ...answer(message(text)), pace: { deltaSize: 1, delayMs: 0 } });
    const events = await allEvents(await post(model.url, requestBody()));
    const deltas = events.flatMap(({ type, delta }) => (type === "response.output_text.delta" ? [String(delta)] : []));
    expect(deltas.join("")).toBe(text);
    expect(deltas.filter((delta) => !delta.isWellFormed())).toEqual([]);
  });

  test("a paced stream arrives piece by piece, and stops when the client leaves", async () => {
    await using model = await responsesServer({
      ...answer(message("word ".repeat(10_000))),
      pace: { deltaSize: "word", delayMs: 5 },
    });
    const leave = new AbortController();
    const response = await post(model.url, requestBody(), {}, leave.signal);
    await expect(async () => {
      for await (const { type } of eventsOf(response)) if (type === "response.output_text.delta") leave.abort();
    }).rejects.toThrow();
    expect(await model.requests[0]?.ended).toMatchObject({ kind: "cut" });
  });

  test("a flood of deltas is whole", async () => {
    await using model = await responsesServer({ kind: "flood", deltas: 5_001, size: 7 });
    const events = await allEvents(await post(model.url, requestBody()));
    const deltas = events.filter(({ type }) => type === "response.output_text.delta");
    expect(deltas).toHaveLength(5_001);
    const text = deltas.map(({ delta }) => delta).join("");
    expect(events.at(-2)).toMatchObject({ item: { content: [{ text }] } });
    expect(events.at(-1)?.type).toBe("response.completed");
  });
});

describe("usage", () => {
  test("what a request shares with the last one of its thread counts as cached", async () => {
    const hi = answer(message("hi"));
    await using model = await responsesServer(hi, hi, hi);
    const cachedOf = async (body: string, thread: string) => {
      const events = await allEvents(await post(model.url, body, { "thread-id": thread }));
      const text = /"cached_tokens":(\d+)/.exec(JSON.stringify(events.at(-1)))?.[1];
      return text === undefined ? null : Number(text);
    };
    const first = `{"model":"m","stream":true,"input":[{"role":"user","content":"${"x".repeat(400)}"}`;
    expect(await cachedOf(`${first}]}`, "a")).toBe(0);
    expect(await cachedOf(`${first},{"role":"assistant","content":"hi"}]}`, "a")).toBe(Math.floor(first.length / 4));
    expect(await cachedOf(`${first}]}`, "b")).toBe(0);
  });
});

describe("failures", () => {
  test("an HTTP error with its headers and body, and the API's shape by default", async () => {
    await using model = await responsesServer(
      { kind: "error", status: 429, headers: { "retry-after": "1" }, body: { error: { type: "usage_limit_reached" } } },
      { kind: "error", status: 503 },
      { kind: "error", status: 502, body: "<html>bad gateway</html>" },
    );
    const limited = await post(model.url, requestBody());
    expect([limited.status, limited.headers.get("retry-after"), await limited.json()]).toEqual([
      429,
      "1",
      { error: { type: "usage_limit_reached" } },
    ]);
    expect(await (await post(model.url, requestBody())).json()).toEqual({
      error: { message: "Scripted status 503", type: "server_error", param: null, code: null },
    });
    expect(await (await post(model.url, requestBody())).text()).toBe("<html>bad gateway</html>");
  });

  test("a stream that the server cuts after N events", async () => {
    const ending = { kind: "disconnect", afterEvents: 5 } as const;
    await using model = await responsesServer({ kind: "stream", items: [message("hello")], ending });
    const events: SseEvent[] = [];
    const response = await post(model.url, requestBody());
    await expect(async () => {
      for await (const event of eventsOf(response)) events.push(event);
    }).rejects.toThrow();
    expect(events).toHaveLength(5);
  });

  test("a stream that hangs after N events stays open until someone closes it", async () => {
    const ending = { kind: "hang", afterEvents: 3 } as const;
    await using model = await responsesServer({ kind: "stream", items: [message("hello")], ending });
    const leave = new AbortController();
    const events = eventsOf(await post(model.url, requestBody(), {}, leave.signal));
    for (let seen = 0; seen < 3; seen++) expect((await events.next()).done).toBe(false);
    const next = events.next();
    leave.abort();
    await expect(next).rejects.toThrow();
    expect(await model.requests[0]?.ended).toMatchObject({ kind: "cut" });
  });

  test("closing the server cuts a hanging stream", async () => {
    const ending = { kind: "hang", afterEvents: 1 } as const;
    const model = await responsesServer({ kind: "stream", items: [message("hello")], ending });
    const events = eventsOf(await post(model.url, requestBody()));
    await events.next();
    const next = expect(events.next()).rejects.toThrow();
    await model.close();
    await next;
  });

  test.each([
    [{ kind: "withoutCompleted" }, "response.output_item.done", undefined],
    [
      { kind: "failed", code: "server_error", message: "oops" },
      "response.failed",
      { error: { code: "server_error", message: "oops" } },
    ],
    [
      { kind: "incomplete", reason: "max_output_tokens" },
      "response.incomplete",
      { incomplete_details: { reason: "max_output_tokens" } },
    ],
  ] as const)("a stream that ends with %j", async (ending, type, response) => {
    await using model = await responsesServer({ kind: "stream", items: [message("hello")], ending });
    const last = (await allEvents(await post(model.url, requestBody()))).at(-1);
    expect(last).toMatchObject({ type, ...(response && { response }) });
  });

  test("raw text goes out as it is", async () => {
    await using model = await responsesServer({ kind: "raw", body: "data: {broken\n\n" });
    expect(await (await post(model.url, requestBody())).text()).toBe("data: {broken\n\n");
  });
});

describe("requests", () => {
  test("are kept as bytes and parsed, and an answer may be held back", async () => {
    const gate = Promise.withResolvers<undefined>();
    await using model = await responsesServer(async ({ userTexts }) => {
      await gate.promise;
      return answer(message(`you said ${userTexts.join()}`));
    });
    const body = `{ "model":"m", "stream":true,  "input":[{"role":"user","content":"ünï"}] }`;
    const response = post(model.url, body);
    const request = await model.request(0);
    gate.resolve(undefined);
    expect(await (await response).text()).toContain("you said ünï");
    expect(request.raw.equals(Buffer.from(body))).toBe(true);
    expect(request.body).toMatchObject({ model: "m", stream: true });
    expect(await request.ended).toMatchObject({ kind: "sent" });
  });

  test.each([
    ["{", "not valid JSON"],
    ["null", "Invalid request"],
    [requestBody({ stream: false }), "stream: only streamed responses"],
    [requestBody({ input: [{ type: "message", role: "king", content: "x" }] }), "input.0.role"],
    [
      requestBody({ input: [{ type: "function_call", call_id: "a", name: "f", arguments: "{}" }] }),
      "No tool output found for function call a.",
    ],
    [
      requestBody({ input: [{ type: "function_call_output", call_id: "b", output: "x" }] }),
      "No tool call found for function call output with call_id b.",
    ],
  ])("a bad one is refused with 400 in the API's shape: %s", async (body, text) => {
    await using model = await responsesServer();
    const response = await post(model.url, body);
    expect(response.status).toBe(400);
    const message: unknown = expect.stringContaining(text);
    expect(await response.json()).toEqual({
      error: { message, type: "invalid_request_error", param: null, code: null },
    });
  });

  test("a body over the bound is refused with 413", async () => {
    const server = await startResponsesServer({ maxBodyBytes: 1_000, respond: () => answer() });
    const ok = await post(server.url, requestBody());
    const tooLong = await post(server.url, requestBody({ padding: "x".repeat(1_000) }));
    expect([ok.status, tooLong.status]).toEqual([200, 413]);
    await server.close();
    await server.close();
  });

  test("an unknown path is a 404", async () => {
    await using model = await responsesServer();
    expect((await fetch(`${model.url}/chat/completions`, { method: "POST", body: "{}" })).status).toBe(404);
  });

  test("a script with answers left, or without one for a request, fails the test", async () => {
    await using model = await responsesServer(answer());
    expect(() => model.assertExhausted()).toThrow("1 of 1 answers were not used");
    await allEvents(await post(model.url, requestBody()));
    model.assertExhausted();
    expect((await post(model.url, requestBody())).status).toBe(400);
    expect(() => model.assertExhausted()).toThrow("1 more requests came");
  });
});

describe("the demo model", () => {
  test("answers only who has its token, and never twice the same token", async () => {
    const [model, other] = await Promise.all([startDemoModel(), startDemoModel()]);
    expect(model.token).not.toBe(other.token);
    for (const token of ["", "wrong", createHash("sha256").update(model.token).digest("base64url"), other.token]) {
      const response = await post(model.url, requestBody(), { authorization: `Bearer ${token}` });
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({ error: { code: "invalid_api_key" } });
    }
    const models = await fetch(`${model.url}/models`, { headers: { authorization: `Bearer ${model.token}` } });
    expect(await models.json()).toMatchObject({ object: "list", data: [{ id: "turnwright-demo" }] });
    await Promise.all([model.close(), other.close()]);
  });

  test("streams its first step: a thought, words, and calls", async () => {
    const model = await startDemoModel({ tokensPerSecond: Infinity });
    const body = requestBody({ input: [{ role: "user", content: "Fix the failing test" }], tools: allTools });
    const events = await allEvents(await post(model.url, body, { authorization: `Bearer ${model.token}` }));
    const done = events.filter(({ type }) => type === "response.output_item.done").map(({ item }) => item);
    expect(done).toMatchObject([
      { type: "reasoning" },
      { type: "message", phase: "commentary" },
      { type: "function_call", name: "update_plan" },
      { type: "function_call", name: "exec_command" },
    ]);
    await model.close();
  });
});
