import { expect, test } from "vitest";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (args: object) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify(args),
});
const atOnce = "thread_unload_delay_secs = 0";

const leave = (agent: Agent, threadId: string): void => {
  agent.unfollowed.add(threadId);
  agent.threads.left(threadId);
};

test("a thread that nobody follows and that has nothing to do is unloaded, and can be loaded again with all it had", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using agent = await startAgent({ ...model, config: atOnce });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.play(thread.id, "hi");
  leave(agent, thread.id);
  await agent.until("threadClosed");
  expect(agent.events.slice(-2)).toEqual([
    { type: "statusChanged", threadId: thread.id, status: { type: "notLoaded" } },
    { type: "threadClosed", threadId: thread.id },
  ]);
  expect(agent.threads.loaded()).toEqual([]);
  await expect(agent.threads.startTurn(thread.id, [text("x")], {}, null)).rejects.toMatchObject({
    reason: "notLoaded",
  });
  // Its lock is free: another window may have it meanwhile.
  await using other = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  await other.threads.resume(thread.id, {}, me);
  await other.threads.close();
  agent.unfollowed.delete(thread.id);
  const back = await agent.threads.resume(thread.id, {}, me);
  expect(back.thread.turns).toHaveLength(1);
  expect((await agent.play(thread.id, "again")).turn.status).toBe("completed");
  const inputs = model.requests.map(({ body }) => body["input"] as unknown[]);
  expect(inputs[1]?.slice(0, inputs[0]?.length)).toEqual(inputs[0]);
});

test("what runs, goes on in the background or waits keeps a thread loaded; so does a client that comes back", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return { kind: "stream", items: [exec({ cmd: "while [ ! -e stop ]; do sleep 0.05; done", yield_time_ms: 250 })] };
  }, say("it goes on"));
  await using agent = await startAgent({ ...model, config: atOnce });
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  const { thread: other } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  leave(agent, thread.id);
  leave(agent, other.id);
  // The other one went: the clock of the first has had its chance as well.
  await agent.until("threadClosed", ({ threadId }) => threadId === other.id);
  expect(agent.threads.loaded()).toEqual([thread.id]);
  held.resolve(null);
  await agent.until("turnCompleted");
  const { thread: third } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  leave(agent, third.id);
  await agent.until("threadClosed", ({ threadId }) => threadId === third.id);
  expect(agent.threads.loaded()).toEqual([thread.id]);
  expect(agent.threads.terminals.list(thread.id)).toHaveLength(1);
  await agent.threads.terminals.clean(thread.id);
  await agent.until("threadClosed", ({ threadId }) => threadId === thread.id);
});

test("a thread that somebody follows again by the time stays", async () => {
  await using model = await responsesServer();
  await using agent = await startAgent({ ...model, config: atOnce });
  const [one, two] = await Promise.all([
    agent.threads.start({ cwd: agent.cwd }, me),
    agent.threads.start({ cwd: agent.cwd }, me),
  ]);
  leave(agent, one.thread.id);
  leave(agent, two.thread.id);
  agent.unfollowed.delete(one.thread.id);
  await agent.until("threadClosed");
  expect(agent.threads.loaded()).toEqual([one.thread.id]);
});

test("terminals in the background are listed, ended one by one or all, and their items end", async () => {
  const sleep = (name: string) => exec({ cmd: `sleep 600; echo ${name}`, yield_time_ms: 250 });
  await using model = await responsesServer([sleep("one"), sleep("two"), sleep("three")], say("started"));
  await using agent = await startAgent(model);
  const { terminals } = agent.threads;
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "go");
  const listed = terminals.list(thread.id);
  expect(listed).toMatchObject([
    { command: "sleep 600; echo one", cwd: agent.cwd },
    { command: "sleep 600; echo two" },
    { command: "sleep 600; echo three" },
  ]);
  expect(await terminals.terminate(thread.id, "0")).toBe(false);
  const [one] = listed;
  expect(await terminals.terminate(thread.id, one?.processId ?? "")).toBe(true);
  expect(await agent.until("itemCompleted", ({ item }) => item.id === one?.itemId)).toMatchObject({
    item: { status: "failed" },
  });
  expect(terminals.list(thread.id).map(({ itemId }) => itemId)).toEqual(listed.slice(1).map(({ itemId }) => itemId));
  await terminals.clean(thread.id);
  expect(terminals.list(thread.id)).toEqual([]);
  const ended = agent.events.filter(({ type }) => type === "itemCompleted");
  expect(ended).toHaveLength(5);
  expect(() => terminals.list("01a1f7ca-0000-7000-8000-000000000000")).toThrow("thread not found");
});
