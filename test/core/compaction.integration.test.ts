import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { Answer } from "../../src/demo/script.ts";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startAgent, text } from "../helpers/agent.ts";
import { compactingServer, responsesServer, type TestResponsesServer } from "../helpers/responses-server.ts";

const client = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const limit = "model_auto_compact_token_limit = 50000\n";

/** An answer after which the provider counts this many tokens in all. */
const counted = (inputTokens: number, ...items: Parameters<typeof answer>): Answer => ({
  ...answer(...items),
  usage: { inputTokens, outputTokens: 10 },
});

interface Item {
  readonly type: string;
  readonly role?: string;
  readonly content?: readonly { readonly text?: string }[];
  readonly output?: string;
  readonly encrypted_content?: string;
}
/** As it was sent: the server itself knows fewer kinds of items. */
const inputOf = (model: TestResponsesServer, index: number): Item[] =>
  (JSON.parse(model.requests[index]?.raw.toString("utf8") ?? '{"input":[]}') as { input: Item[] }).input;
const wordsOf = (item: Item | undefined): string => (item?.content ?? []).map((part) => part.text ?? "").join("");
const texts = (items: readonly Item[]): string[] => items.map(wordsOf);
const inputText = (model: TestResponsesServer, index: number): string => {
  const body = model.requests[index]?.raw.toString("utf8") ?? "";
  return body.slice(0, body.lastIndexOf('],"tools":'));
};

/** Two turns; the context is full after the first one. */
async function twoTurns(model: TestResponsesServer, compact: "endpoint" | "trigger"): Promise<void> {
  await using agent = await startAgent({ url: model.url, config: limit });
  const config = { "model_providers.test.compact": compact };
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full, config }, client);
  await agent.play(thread.id, "hi");
  await agent.play(thread.id, "go on");
}

test("a context that is nearly full is summarized before the next turn, and the rules, the plan and the user's words stay", async () => {
  await using model = await responsesServer(
    counted(
      49_000,
      functionCall("update_plan", {
        plan: [
          { step: "measure the doors", status: "completed" },
          { step: "paint the doors", status: "in_progress" },
        ],
      }),
      functionCall("apply_patch", { input: "*** Begin Patch\n*** Add File: door.txt\n+red\n*** End Patch" }),
    ),
    counted(49_980, message("The doors are measured.")),
    answer(message("SUMMARY: doors measured, hinges on the left")),
    answer(message("painted")),
    answer(message("and again")),
  );
  await using agent = await startAgent({ url: model.url, config: limit });
  await fs.writeFile(path.join(agent.cwd, "AGENTS.md"), "Doors are always painted twice.");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "measure and paint the doors, please");
  await agent.play(thread.id, "go on");

  const [, , asked, after] = model.requests;
  // Asked with the prompt as it was, so that all of it comes out of the provider's cache.
  expect(inputText(model, 2).startsWith(inputText(model, 1))).toBe(true);
  expect(asked?.body["tools"]).toEqual(model.requests[1]?.body["tools"]);
  expect(asked?.body["tool_choice"]).toBe("none");
  expect(wordsOf(inputOf(model, 2).at(-1))).toContain("handover");

  expect(after?.body["tool_choice"]).toBe("auto");
  const input = inputOf(model, 3);
  expect(input.map(({ type }) => type).filter((type) => type !== "message")).toEqual([]);
  const words = texts(input);
  expect(words[0]).toContain("<permissions instructions>");
  expect(words.filter((word) => word.includes("Doors are always painted twice."))).toHaveLength(1);
  expect(words).toContain("measure and paint the doors, please");
  expect(words).toContain("go on");
  expect(words.find((word) => word.includes("<working_state>"))).toContain("[in progress] paint the doors");
  expect(words.find((word) => word.includes("<working_state>"))).toContain(path.join(agent.cwd, "door.txt"));
  expect(words.at(-1)).toContain("SUMMARY: doors measured, hinges on the left");

  // The transcript keeps everything, and shows where the memory was made smaller.
  const { turns } = await agent.threads.read(thread.id, { includeTurns: true });
  expect(turns.map(({ items }) => items.map(({ type }) => type))).toEqual([
    ["userMessage", "fileChange", "agentMessage"],
    ["userMessage", "contextCompaction", "agentMessage"],
  ]);
  expect(turns[1]?.items[1]).toMatchObject({ summary: "SUMMARY: doors measured, hinges on the left" });

  // In another process the prompt goes on where it was.
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd, config: limit });
  await second.threads.resume(thread.id, full, client);
  await second.play(thread.id, "once more");
  expect(inputText(model, 4).startsWith(inputText(model, 3))).toBe(true);
  model.assertExhausted();
});

test("a context that fills in the middle of a turn is summarized between a call's output and the next request", async () => {
  await using model = await responsesServer(
    counted(60_000, functionCall("exec_command", { cmd: "echo first" })),
    answer(message("the first command printed first")),
    answer(message("done")),
  );
  await using agent = await startAgent({ url: model.url, config: limit });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  const { turn } = await agent.play(thread.id, "run it");
  expect(turn.status).toBe("completed");
  expect(inputOf(model, 1).some(({ type }) => type === "function_call_output")).toBe(true);
  expect(inputOf(model, 2).some(({ type }) => type === "function_call_output")).toBe(false);
  expect(texts(inputOf(model, 2)).at(-1)).toContain("the first command printed first");
  const usage = agent.events.filter((event) => event.type === "tokenUsageUpdated");
  // What fills the window now is the new prompt, not the one that was summarized.
  expect(usage.at(-2)?.tokenUsage.last.totalTokens).toBeLessThan(5_000);
  expect(usage.at(-2)?.tokenUsage.total.totalTokens).toBeGreaterThan(60_000);
  model.assertExhausted();
});

test("a prompt that the model refuses as too long is summarized once, and sent again", async () => {
  const tooLong: Answer = {
    kind: "error",
    status: 400,
    body: { error: { message: "too long", code: "context_length_exceeded" } },
  };
  await using model = await responsesServer(
    answer(message("hello")),
    tooLong,
    answer(message("SUMMARY: greetings")),
    answer(message("fine")),
    tooLong,
    answer(message("SUMMARY: more greetings")),
    tooLong,
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "hi");
  expect((await agent.play(thread.id, "go on")).turn.status).toBe("completed");
  expect(agent.events.filter(({ type }) => type === "error")).toEqual([]);
  // Refused again right after it was made smaller: that is said.
  const { turn } = await agent.play(thread.id, "and again");
  expect(turn).toMatchObject({ status: "failed", error: { codexErrorInfo: "contextWindowExceeded" } });
  model.assertExhausted();
});

test("a provider with an endpoint for it makes its own form of the past, which takes the place of a summary", async () => {
  const asked: unknown[] = [];
  await using model = await compactingServer(
    (body) => {
      asked.push(body);
      return {
        output: [
          { type: "message", role: "user", content: [{ type: "input_text", text: "as the provider tells it" }] },
          { type: "compaction", id: "cmp_1", encrypted_content: "c2VjcmV0" },
        ],
      };
    },
    counted(60_000, message("hello")),
    answer(message("done")),
  );
  await twoTurns(model, "endpoint");
  expect(asked).toEqual([
    { model: "test-model", instructions: model.requests[0]?.body["instructions"], input: expect.any(Array) as unknown },
  ]);
  const input = inputOf(model, 1);
  expect(input.at(-1)).toMatchObject({ type: "compaction", encrypted_content: "c2VjcmV0" });
  expect(texts(input)).toEqual(expect.arrayContaining(["hi", "go on"]));
  model.assertExhausted();
});

test("a provider that turns out to have no such endpoint is asked for a summary, and not asked for the endpoint again", async () => {
  await using model = await responsesServer(
    counted(60_000, message("hello")),
    answer(message("SUMMARY")),
    answer(message("done")),
  );
  await twoTurns(model, "endpoint");
  expect(texts(inputOf(model, 2)).at(-1)).toContain("SUMMARY");
  model.assertExhausted();
});

test("a provider that compacts on a trigger item is asked with one", async () => {
  const item = { type: "compaction", id: "cmp_1", encrypted_content: "c2VjcmV0" };
  const events = [
    { type: "response.output_item.done", item },
    { type: "response.completed", response: { id: "r", usage: { input_tokens: 5, output_tokens: 5 } } },
  ];
  await using model = await responsesServer(
    counted(60_000, message("hello")),
    { kind: "raw", body: events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("") },
    answer(message("done")),
  );
  await twoTurns(model, "trigger");
  expect(inputOf(model, 1).at(-1)).toEqual({ type: "compaction_trigger" });
  expect(inputOf(model, 2).at(-1)).toMatchObject(item);
  model.assertExhausted();
});

test("without a summary the oldest outputs of tools make room, and the user is told", async () => {
  const print = functionCall("exec_command", { cmd: "head -c 20000 /dev/zero | tr '\\0' x" });
  await using model = await responsesServer(
    counted(20_000, print),
    counted(60_000, functionCall("exec_command", { cmd: "echo the last one" })),
    { kind: "error", status: 400, body: { error: { message: "no" } } },
    answer(message("done")),
  );
  await using agent = await startAgent({ url: model.url, config: limit });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  const { turn } = await agent.play(thread.id, "run both");
  expect(turn.status).toBe("completed");
  const outputs = inputOf(model, 3).filter(({ type }) => type === "function_call_output");
  expect(outputs.map(({ output }) => output)).toEqual([
    expect.stringContaining("dropped to make room"),
    expect.stringContaining("the last one"),
  ]);
  const warnings = agent.events.flatMap((event) => (event.type === "warning" ? event.message : []));
  expect(warnings.some((warning) => warning.includes("no longer sees the oldest outputs"))).toBe(true);
  model.assertExhausted();
});

test("a turn that is stopped while its context is summarized ends at once, and the thread goes on with the prompt it had", async () => {
  await using model = await responsesServer(
    counted(60_000, message("hello")),
    { kind: "stream", items: [message("SUM")], ending: { kind: "hang", afterEvents: 3 } },
    answer(message("SUMMARY")),
    answer(message("done")),
  );
  await using agent = await startAgent({ url: model.url, config: limit });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, client);
  await agent.play(thread.id, "hi");
  const turn = await agent.threads.startTurn(thread.id, [text("go on")], {}, null);
  await model.request(1);
  await agent.threads.interrupt(thread.id, turn.id);
  const ended = await agent.until("turnCompleted", (event) => event.turn.id === turn.id);
  expect(ended.turn.status).toBe("interrupted");
  await agent.play(thread.id, "now");
  expect(inputText(model, 2).startsWith(inputText(model, 0))).toBe(true);
  expect(texts(inputOf(model, 3)).at(-1)).toContain("SUMMARY");
  model.assertExhausted();
});
