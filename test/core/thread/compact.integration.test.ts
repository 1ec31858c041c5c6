import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { answer, functionCall, message } from "../../../src/demo/script.ts";
import { startAgent, text } from "../../helpers/agent.ts";
import { compactingServer, responsesServer, type TestResponsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

interface Item {
  readonly type: string;
  readonly content?: readonly { readonly text?: string }[];
}
const inputOf = (model: TestResponsesServer, index: number): Item[] =>
  (JSON.parse(model.requests[index]?.raw.toString("utf8") ?? '{"input":[]}') as { input: Item[] }).input;
const wordsOf = (item: Item | undefined): string => (item?.content ?? []).map((part) => part.text ?? "").join("");
const inputText = (model: TestResponsesServer, index: number): string => {
  const body = model.requests[index]?.raw.toString("utf8") ?? "";
  return body.slice(0, body.lastIndexOf('],"tools":'));
};

test("a compaction that the user asks for is a turn of its own, and the next request begins with what it left", async () => {
  await using model = await responsesServer(
    answer(functionCall("exec_command", { cmd: "echo first" })),
    answer(message("ran it")),
    answer(message("SUMMARY: the command ran")),
    answer(message("going on")),
    answer(message("and on")),
  );
  await using agent = await startAgent(model);
  await fs.writeFile(path.join(agent.cwd, "AGENTS.md"), "Knock twice.");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "run it");
  const before = agent.events.length;
  await agent.threads.compact(thread.id, null);
  const { turn } = await agent.until("turnCompleted");
  expect(turn).toMatchObject({ status: "completed", error: null, items: [], itemsView: "notLoaded" });
  expect(agent.events.slice(before).map(({ type }) => type)).toEqual([
    "statusChanged",
    "turnStarted",
    "itemStarted",
    "tokenUsageUpdated",
    "itemCompleted",
    "tokenUsageUpdated",
    "statusChanged",
    "turnCompleted",
  ]);
  // Asked with the prompt as it was, and not for anything else.
  expect(inputText(model, 2).startsWith(inputText(model, 1))).toBe(true);
  expect(model.requests[2]?.body["tool_choice"]).toBe("none");
  await agent.play(thread.id, "go on");
  const input = inputOf(model, 3);
  expect(input.filter(({ type }) => type !== "message")).toEqual([]);
  expect(input.map(wordsOf)).toEqual([
    expect.stringContaining("<permissions instructions>"),
    expect.stringContaining("Knock twice."),
    expect.stringContaining("<environment_context>"),
    "run it",
    expect.stringContaining("SUMMARY: the command ran"),
    "go on",
  ]);
  const { turns } = await agent.threads.read(thread.id, { includeTurns: true });
  expect(turns.map(({ items }) => items.map(({ type }) => type))).toEqual([
    ["userMessage", "commandExecution", "agentMessage"],
    ["contextCompaction"],
    ["userMessage", "agentMessage"],
  ]);
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  await second.threads.resume(thread.id, {}, me);
  await second.play(thread.id, "once more");
  expect(inputText(model, 4).startsWith(inputText(model, 3))).toBe(true);
  model.assertExhausted();
});

test("what the user wants of the summary goes along with the request for it, past the provider's own way", async () => {
  const asked: unknown[] = [];
  const compact = (body: unknown): object => {
    asked.push(body);
    return { output: [] };
  };
  await using model = await compactingServer(compact, answer(message("hello")), answer(message("SUMMARY: short")));
  await using agent = await startAgent(model);
  const config = { "model_providers.test.compact": "endpoint" };
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full, config }, me);
  await agent.play(thread.id, "hi");
  await agent.threads.compact(thread.id, "keep the names of the doors");
  expect((await agent.until("turnCompleted")).turn.status).toBe("completed");
  expect(wordsOf(inputOf(model, 1).at(-1))).toContain("keep the names of the doors");
  expect(asked).toEqual([]);
  model.assertExhausted();
});

test("a compaction that fails is a failed turn, and the thread goes on with the prompt it had", async () => {
  await using model = await responsesServer(
    answer(message("hello")),
    { kind: "error", status: 400, body: { error: { message: "not today" } } },
    answer(message("here")),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hi");
  await agent.threads.compact(thread.id, null);
  const { turn } = await agent.until("turnCompleted");
  expect(turn.status).toBe("failed");
  expect(turn.error?.message).toContain("not today");
  await agent.play(thread.id, "still there?");
  expect(inputText(model, 2).startsWith(inputText(model, 0))).toBe(true);
  expect(inputOf(model, 2).slice(-2).map(wordsOf)).toEqual(["hello", "still there?"]);
  model.assertExhausted();
});

test("stopped in the middle, it ends at once, and the prompt does not even tell of it", async () => {
  await using model = await responsesServer(
    answer(message("hello")),
    { kind: "stream", items: [message("SUM")], ending: { kind: "hang", afterEvents: 3 } },
    answer(message("here")),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hi");
  await agent.threads.compact(thread.id, null);
  const started = await agent.until("itemStarted", ({ item }) => item.type === "contextCompaction");
  await model.request(1);
  await agent.threads.interrupt(thread.id, started.turnId);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  await agent.play(thread.id, "now");
  expect(inputText(model, 2).startsWith(inputText(model, 0))).toBe(true);
  expect(inputOf(model, 2).slice(-2).map(wordsOf)).toEqual(["hello", "now"]);
  model.assertExhausted();
});

test("what is said meanwhile is answered in the same turn, behind the summary", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(
    answer(message("hello")),
    async () => {
      await held.promise;
      return answer(message("SUMMARY: greetings"));
    },
    answer(message("yes?")),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hi");
  await agent.threads.compact(thread.id, null);
  await model.request(1);
  const steered = await agent.threads.startTurn(thread.id, [text("are you there?")], {}, null);
  held.resolve(null);
  const ended = await agent.until("turnCompleted", (event) => event.turn.id === steered.id);
  expect(ended.turn).toMatchObject({ status: "completed", items: [{ text: "yes?" }] });
  expect(inputOf(model, 2).slice(-2).map(wordsOf)).toEqual([
    expect.stringContaining("SUMMARY: greetings"),
    "are you there?",
  ]);
  model.assertExhausted();
});

test("it is refused while a turn runs, and where there is nothing to make smaller", async () => {
  await using model = await responsesServer({
    kind: "stream",
    items: [message("one two three four")],
    ending: { kind: "hang", afterEvents: 5 },
  });
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await expect(agent.threads.compact(thread.id, null)).rejects.toThrow(/has nothing to compact yet/);
  const turn = await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  await expect(agent.threads.compact(thread.id, null)).rejects.toMatchObject({ reason: "turnRunning" });
  await expect(agent.threads.compact(thread.id, "x".repeat(20_000))).rejects.toThrow(/must not be longer/);
  await agent.until("agentMessageDelta");
  await agent.threads.interrupt(thread.id, turn.id);
  await agent.until("turnCompleted");
});

test("instructions of the user's file are read anew for the new prompt, and not before; another process goes on with them", async () => {
  await using model = await responsesServer(
    answer(message("hello")),
    answer(message("still")),
    answer(message("SUMMARY")),
    answer(message("new")),
    answer(message("as before")),
  );
  const config = 'model_instructions_file = "own.md"\n';
  const instructions = (index: number) => model.requests[index]?.body["instructions"];
  await using agent = await startAgent({ url: model.url, config });
  const file = path.join(agent.home, "own.md");
  await fs.writeFile(file, "Speak like a sailor.");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hi");
  await fs.writeFile(file, "Speak like a farmer.");
  await agent.play(thread.id, "again");
  await agent.threads.compact(thread.id, null);
  await agent.until("turnCompleted");
  await agent.play(thread.id, "now");
  expect([0, 1, 2, 3].map(instructions)).toEqual([
    "Speak like a sailor.",
    "Speak like a sailor.",
    "Speak like a sailor.",
    "Speak like a farmer.",
  ]);
  await agent.threads.close();
  await fs.writeFile(file, "Speak like a king.");
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd, config });
  await second.threads.resume(thread.id, {}, me);
  await second.play(thread.id, "once more");
  expect(instructions(4)).toBe("Speak like a farmer.");
  model.assertExhausted();
});
