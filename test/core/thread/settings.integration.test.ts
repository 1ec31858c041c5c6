import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const say = (words: string) => ({ type: "message" as const, text: words });
const plan = { collaborationMode: { mode: "plan" as const } };
const act = { collaborationMode: { mode: "default" as const } };
type Body = Readonly<Record<string, unknown>> | undefined;
const inputOf = (body: Body) => body?.["input"] as { role?: string; content?: { text: string }[] }[];
const toldOf = (agent: Agent) =>
  agent.events.flatMap((event) => (event.type === "settingsUpdated" ? [event.settings] : []));

test("a message that brings another folder calls the skills of that one", async () => {
  await using model = await responsesServer(say("one"));
  await using agent = await startAgent(model);
  const other = path.join(agent.cwd, "other");
  const folder = path.join(other, ".agents", "skills", "release");
  await fs.mkdir(folder, { recursive: true });
  await fs.writeFile(path.join(folder, "SKILL.md"), "---\nname: release\ndescription: How\n---\nRing the bell.\n");
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.startTurn(thread.id, [text("use $release")], { cwd: other }, null);
  await agent.until("turnCompleted");
  expect(JSON.stringify(inputOf(model.requests[0]?.body).at(-1))).toContain("Ring the bell.");
});

test("settings that are changed between turns hold for the next one and are told to the model at its beginning only", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, me);
  await agent.play(thread.id, "hi");
  const other = path.join(agent.cwd, "other");
  await fs.mkdir(other);
  await agent.threads.updateSettings(thread.id, { effort: "high", ...plan });
  await agent.threads.updateSettings(thread.id, { cwd: other, ...act });
  await agent.threads.updateSettings(thread.id, {});
  expect(toldOf(agent)).toMatchObject([
    { effort: "high", isPlanMode: true, cwd: agent.cwd },
    { effort: "high", isPlanMode: false, cwd: other },
  ]);
  expect(model.requests).toHaveLength(1);
  await agent.play(thread.id, "again");
  const [before, after] = model.requests.map(({ body }) => body);
  expect(after).toMatchObject({ reasoning: { effort: "high" } });
  const added = inputOf(after).slice(inputOf(before).length);
  expect(inputOf(after).slice(0, inputOf(before).length)).toEqual(inputOf(before));
  // The answer, the new roots and folder, the words of the user; nothing of a plan mode that had come and gone.
  expect(added.map(({ role }) => role)).toEqual(["assistant", "developer", "user", "user"]);
  expect(JSON.stringify(added)).not.toContain("Plan mode");
  expect(JSON.stringify(added)).toContain(other);
  expect(toldOf(agent)).toHaveLength(2);
});

test("a change between turns survives the process, and the model is told of it with the next turn there", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, me);
  await agent.play(thread.id, "hi");
  await agent.threads.updateSettings(thread.id, { approvalPolicy: "never", model: "other-model", effort: "low" });
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  expect(await second.threads.resume(thread.id, {}, me)).toMatchObject({
    model: "other-model",
    approvalPolicy: "never",
    reasoningEffort: "low",
  });
  await second.play(thread.id, "again");
  const [before, after] = model.requests.map(({ body }) => body);
  expect(after).toMatchObject({ model: "other-model", reasoning: { effort: "low" } });
  const added = inputOf(after).slice(inputOf(before).length);
  expect(inputOf(after).slice(0, inputOf(before).length)).toEqual(inputOf(before));
  expect(added.map(({ role }) => role)).toEqual(["assistant", "developer", "user"]);
});

test("while a turn runs, permissions change at once and the rest with the next turn; a turn's overrides are told as well", async () => {
  const held = Promise.withResolvers<null>();
  const patch = {
    type: "function_call" as const,
    name: "apply_patch",
    arguments: JSON.stringify({ input: "*** Begin Patch\n*** Add File: a.txt\n+one\n*** End Patch" }),
  };
  await using model = await responsesServer(
    async () => {
      await held.promise;
      return { kind: "stream", items: [patch] };
    },
    say("one"),
    say("two"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, me);
  await agent.threads.startTurn(thread.id, [text("hi")], { effort: "low" }, null);
  await model.request(0);
  await agent.threads.updateSettings(thread.id, { effort: "high", ...plan });
  held.resolve(null);
  await agent.until("turnCompleted");
  expect(await fs.readdir(agent.cwd)).toEqual([]);
  expect(JSON.stringify(inputOf(model.requests[1]?.body))).toContain("Plan mode is on");
  await agent.play(thread.id, "again");
  expect(model.requests.map(({ body }) => (body["reasoning"] as { effort: string }).effort)).toEqual([
    "low",
    "low",
    "high",
  ]);
  expect(toldOf(agent)).toMatchObject([
    { effort: "low", isPlanMode: false },
    { effort: "high", isPlanMode: true },
  ]);
});

test("the running turn's own settings hold from its next request on and for no other turn", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(
    async () => {
      await held.promise;
      const call = { type: "function_call" as const, name: "update_plan", arguments: '{"plan":[]}' };
      return { kind: "stream", items: [call] };
    },
    say("one"),
    say("two"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  expect(await agent.threads.updateTurn(thread.id, "none", { effort: "high" })).toBe(false);
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await model.request(0);
  expect(await agent.threads.updateTurn(thread.id, turn.id, { effort: "high", model: "other-model" })).toBe(true);
  await expect(agent.threads.updateTurn(thread.id, turn.id, { model: "gpt-5.5" })).rejects.toThrow(
    "takes its tools in another form",
  );
  held.resolve(null);
  await agent.until("turnCompleted");
  expect(await agent.threads.updateTurn(thread.id, turn.id, { effort: "high" })).toBe(false);
  await agent.play(thread.id, "again");
  expect(model.requests.map(({ body }) => [body["model"], (body["reasoning"] as { effort?: string }).effort])).toEqual([
    ["test-model", undefined],
    ["other-model", "high"],
    ["test-model", undefined],
  ]);
});

test("a client that wants it hears each item of the history and each response as they are, after the turn has begun", async () => {
  const call = { type: "function_call" as const, name: "update_plan", arguments: '{"plan":[]}', callId: "c1" };
  await using model = await responsesServer([call], say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, hasRawEvents: true }, me);
  await agent.play(thread.id, "hi");
  const items = agent.events.flatMap((event) => (event.type === "rawItem" ? [event.item] : []));
  expect(items.slice(0, -1)).toEqual(inputOf(model.requests[1]?.body));
  expect(items.at(-1)).toMatchObject({ type: "message", role: "assistant", content: [{ text: "done" }] });
  const responses = agent.events.filter(({ type }) => type === "rawResponse");
  expect(responses).toMatchObject([
    { responseId: expect.any(String) as string, usage: { totalTokens: expect.any(Number) as number } },
    { responseId: expect.any(String) as string },
  ]);
  const kinds = agent.events.map(({ type }) => type);
  expect(kinds.indexOf("rawItem")).toBeGreaterThan(kinds.indexOf("turnStarted"));
  expect(kinds.indexOf("rawItem")).toBeLessThan(kinds.indexOf("itemStarted"));
});

test("nobody else hears raw items", async () => {
  await using model = await responsesServer(say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.play(thread.id, "hi");
  expect(agent.events.filter(({ type }) => type.startsWith("raw"))).toEqual([]);
});
