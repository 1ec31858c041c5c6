import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startTicks } from "../../src/core/exec/process-tree.ts";
import type { UserInput } from "../../src/protocol/settings.ts";
import { startAgent, text, type Agent } from "../helpers/agent.ts";
import { responsesServer } from "../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const ask = { sandbox: "workspace-write", reviewEdits: "ask" } as const;
const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (args: object, callId: string) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify(args),
  callId,
});
const leave = (callId: string) => exec({ cmd: "touch outside.txt", sandbox_permissions: "require_escalated" }, callId);
const busy = {
  kind: "error",
  status: 503,
  headers: { "retry-after": "600" },
  body: { error: { message: "busy" } },
} as const;

type Item = { type: string; role?: string; output?: string; content?: { type: string; text?: string }[] };
const inputOf = (body: Readonly<Record<string, unknown>> | undefined): Item[] => body?.["input"] as Item[];
const wordsOf = ({ content }: Item): string => content?.map(({ text: words }) => words ?? "").join("") ?? "";

/** Each item that was opened has ended, before its turn did. */
function expectAllEnded(agent: Agent): void {
  const open = new Set<string>();
  for (const event of agent.events) {
    if (event.type === "itemStarted") open.add(event.item.id);
    if (event.type === "itemCompleted") open.delete(event.item.id);
    if (event.type === "turnCompleted") expect([...open]).toEqual([]);
  }
}

/** The thread takes the next message at once, and the model knows that it was stopped; each call has its output. */
async function expectUsable(agent: Agent, threadId: string, last: () => Item[]): Promise<void> {
  expect(await agent.threads.read(threadId, { includeTurns: false })).toMatchObject({ status: { type: "idle" } });
  expect((await agent.play(threadId, "go on")).turn.status).toBe("completed");
  const input = last();
  expect(input.filter(({ type }) => type === "function_call")).toHaveLength(
    input.filter(({ type }) => type === "function_call_output").length,
  );
  expect(input.slice(-2).map(wordsOf)).toEqual([expect.stringContaining("<turn_aborted>"), "go on"]);
}

test("Stop before the first request has left ends the turn", async () => {
  await using model = await responsesServer(say("never"), say("later"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  expectAllEnded(agent);
  await expectUsable(agent, thread.id, () => inputOf(model.requests.at(-1)?.body));
});

test("Stop while the user is asked about a command withdraws the question, and nothing runs", async () => {
  await using model = await responsesServer([leave("c1"), exec({ cmd: "echo never" }, "c2")], say("later"));
  await using agent = await startAgent(model);
  const asked = Promise.withResolvers<null>();
  agent.onCommand = (_, signal) => {
    asked.resolve(null);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve("cancel")));
  };
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await asked.promise;
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  expectAllEnded(agent);
  expect(await fs.readdir(agent.cwd)).toEqual([]);
  const ended = agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "commandExecution" ? [event.item] : [],
  );
  expect(ended).toMatchObject([{ id: "c1", status: "declined" }]);
  await expectUsable(agent, thread.id, () => inputOf(model.requests[1]?.body));
});

test("Stop while the user is asked about a patch writes nothing", async () => {
  const input = "*** Begin Patch\n*** Add File: a.txt\n+one\n*** End Patch";
  const patch = { type: "function_call" as const, name: "apply_patch", arguments: JSON.stringify({ input }) };
  await using model = await responsesServer([patch], say("later"));
  await using agent = await startAgent(model);
  const asked = Promise.withResolvers<null>();
  agent.onFiles = (_, signal) => {
    asked.resolve(null);
    return new Promise((resolve) =>
      signal.addEventListener("abort", () => resolve({ decision: "cancel", files: new Map() })),
    );
  };
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await asked.promise;
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  expectAllEnded(agent);
  expect(await fs.readdir(agent.cwd)).toEqual([]);
  await expectUsable(agent, thread.id, () => inputOf(model.requests[1]?.body));
});

test("Stop in the pause before another try ends the turn at once, whatever the server asked for", async () => {
  await using model = await responsesServer(busy, say("later"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  expect(await agent.until("error")).toMatchObject({ willRetry: true });
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  expectAllEnded(agent);
  await expectUsable(agent, thread.id, () => inputOf(model.requests[1]?.body));
});

test("Stop ends what the turn left in the background, with its whole group; what an earlier turn left goes on", async () => {
  const background = (callId: string) => exec({ cmd: "sleep 600 & echo $$ $!; wait", yield_time_ms: 250 }, callId);
  const hang = {
    kind: "stream",
    items: [say("one two three four five six")],
    ending: { kind: "hang", afterEvents: 5 },
  } as const;
  await using model = await responsesServer([background("c1")], say("started"), [background("c2")], hang, say("later"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "first");
  const turn = await agent.threads.startTurn(thread.id, [text("second")], {}, null);
  await agent.until("agentMessageDelta");
  const pids = agent.events.flatMap((event) =>
    event.type === "commandOutputDelta" ? [event.delta.trim().split(" ").map(Number)] : [],
  );
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  const alive = pids.map((group) => group.map((pid) => startTicks(pid) !== null));
  expect(alive).toEqual([
    [true, true],
    [false, false],
  ]);
  expect(agent.threads.terminals.list(thread.id)).toMatchObject([{ itemId: "c1" }]);
  await agent.threads.terminals.clean(thread.id);
  expectAllEnded({ ...agent, events: agent.events.filter((event) => !("item" in event) || event.item.id !== "c1") });
  await expectUsable(agent, thread.id, () => inputOf(model.requests.at(-1)?.body));
});

test("words while the user is asked wait for the answer, then go to the model with the output", async () => {
  await using model = await responsesServer([leave("c1")], say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, me);
  agent.onCommand = async ({ turnId }) => {
    await agent.threads.steer(thread.id, turnId, [text("and hurry")], "client-1");
    return "decline" as const;
  };
  await agent.play(thread.id, "hi");
  const input = inputOf(model.requests[1]?.body);
  expect(input.slice(-2)).toMatchObject([{ type: "function_call_output" }, { role: "user" }]);
  expect(input.slice(-1).map(wordsOf)).toEqual(["and hurry"]);
  const steered = agent.events.filter((event) => event.type === "itemCompleted" && event.item.type === "userMessage");
  expect(steered).toMatchObject([{ item: { clientId: null } }, { item: { clientId: "client-1" } }]);
  model.assertExhausted();
});

test("words in the pause before another try go with that try; with Stop they are kept for the next turn", async () => {
  const soon = { ...busy, headers: { "retry-after": "1" } };
  await using model = await responsesServer(soon, say("done"), busy, say("later"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await agent.until("error");
  await agent.threads.steer(thread.id, turn.id, [text("also this")], null);
  expect((await agent.until("turnCompleted")).turn.items).toMatchObject([{ text: "done" }]);
  expect(inputOf(model.requests[1]?.body).slice(-2).map(wordsOf)).toEqual(["hi", "also this"]);
  const second = await agent.threads.startTurn(thread.id, [text("again")], {}, null);
  await agent.until("error");
  await agent.threads.steer(thread.id, second.id, [text("wait")], null);
  await agent.threads.interrupt(thread.id, second.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  const { turns } = await agent.threads.read(thread.id, { includeTurns: true });
  expect(turns.at(-1)?.items).toMatchObject([{ content: [{ text: "again" }] }, { content: [{ text: "wait" }] }]);
  await agent.play(thread.id, "now");
  const words = inputOf(model.requests[3]?.body).map(wordsOf);
  expect(words.slice(-4)).toEqual(["again", expect.stringContaining("<turn_aborted>"), "wait", "now"]);
});

test("images and mentions steer like words, in the form in which they start a turn", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return { kind: "stream", items: [say("first")] };
  }, say("second"));
  await using agent = await startAgent(model);
  const image = path.join(agent.cwd, "a.png");
  await fs.writeFile(image, "png");
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await model.request(0);
  const input: UserInput[] = [
    text("look at"),
    { type: "mention", name: "b.ts", path: "/repo/b.ts" },
    { type: "localImage", path: image },
    { type: "image", url: "data:image/png;base64,AAAA" },
  ];
  await agent.threads.steer(thread.id, turn.id, input, null);
  await expect(
    agent.threads.steer(thread.id, turn.id, [{ type: "localImage", path: "/no/such.png" }], null),
  ).rejects.toThrow("cannot be read");
  held.resolve(null);
  await agent.until("turnCompleted");
  const last = inputOf(model.requests[1]?.body).at(-1);
  expect(last?.content?.map(({ type }) => type)).toEqual([
    "input_text",
    "input_text",
    "input_text",
    "input_image",
    "input_text",
    "input_image",
  ]);
  const shown = agent.events.findLast((event) => event.type === "itemCompleted" && event.item.type === "userMessage");
  expect(shown).toMatchObject({ item: { content: input } });
});
