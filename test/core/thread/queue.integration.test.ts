import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const say = (words: string) => ({ type: "message" as const, text: words });
const message = (words: string) => ({ input: [text(words)], responsesapiClientMetadata: null });

/** An answer that comes when it is let go. */
function heldAnswer(words: string) {
  const held = Promise.withResolvers<null>();
  return {
    let: () => held.resolve(null),
    answer: async () => {
      await held.promise;
      return { kind: "stream" as const, items: [say(words)] };
    },
  };
}

const wordsOf = (agent: Agent): string[] =>
  agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "userMessage"
      ? event.item.content.map((part) => (part.type === "text" ? part.text : part.type))
      : [],
  );
const queueOf = async (agent: Agent, threadId: string): Promise<string[]> =>
  (await agent.threads.queue.list(threadId)).map(({ clientUserMessageId }) => clientUserMessageId);

test("messages queued behind a turn are sent in order when it ends, each as a turn of its own with the client's id", async () => {
  const first = heldAnswer("one");
  await using model = await responsesServer(first.answer, say("two"), say("three"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  const a = await agent.threads.queue.add(thread.id, "a", message("first"));
  await agent.threads.queue.add(thread.id, "b", message("second"));
  expect(a).toMatchObject({ clientUserMessageId: "a", input: [{ text: "first" }], responsesapiClientMetadata: null });
  expect(await queueOf(agent, thread.id)).toEqual(["a", "b"]);
  first.let();
  for (const answer of ["one", "two", "three"]) {
    expect((await agent.until("turnCompleted")).turn.items).toMatchObject([{ text: answer }]);
  }
  expect(wordsOf(agent)).toEqual(["go", "first", "second"]);
  const ids = agent.events.flatMap((event) =>
    event.type === "itemStarted" && event.item.type === "userMessage" ? [event.item.clientId] : [],
  );
  expect(ids).toEqual([null, "a", "b"]);
  expect(await queueOf(agent, thread.id)).toEqual([]);
  const changes = agent.events.filter(({ type }) => type === "queueChanged");
  expect(changes).toHaveLength(4);
});

test("a message for a thread that has nothing to do is sent at once", async () => {
  await using model = await responsesServer(say("one"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.queue.add(thread.id, "a", message("hi"));
  expect((await agent.until("turnCompleted")).turn.status).toBe("completed");
  expect(wordsOf(agent)).toEqual(["hi"]);
});

test("the queue can be changed, reordered and emptied; what is not there is said in the words that clients know", async () => {
  const first = heldAnswer("one");
  await using model = await responsesServer(first.answer, say("two"));
  await using agent = await startAgent(model);
  const { queue } = agent.threads;
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  const a = await queue.add(thread.id, "a", message("first"));
  const b = await queue.add(thread.id, "b", message("second"));
  await queue.reorder(thread.id, [b.id, a.id]);
  expect(await queue.update(thread.id, b.id, message("second, changed"))).toMatchObject({
    id: b.id,
    clientUserMessageId: "b",
    input: [{ text: "second, changed" }],
  });
  expect(await queueOf(agent, thread.id)).toEqual(["b", "a"]);
  expect(await queue.delete(thread.id, a.id)).toBe(true);
  expect(await queue.delete(thread.id, a.id)).toBe(false);
  await expect(queue.update(thread.id, a.id, message("x"))).rejects.toThrow(`queued submission not found: ${a.id}`);
  await expect(queue.reorder(thread.id, [a.id])).rejects.toThrow(
    "queue reorder must include every queued submission exactly once",
  );
  await expect(queue.reorder(thread.id, [b.id, b.id])).rejects.toThrow("exactly once");
  await expect(queue.start(thread.id, null)).rejects.toThrow("thread already has an active or pending turn");
  await expect(queue.add(thread.id, "c", { input: [], responsesapiClientMetadata: null })).rejects.toThrow(
    "only user input can be added to the user-message queue",
  );
  await expect(
    queue.add(thread.id, "c", {
      input: [{ type: "localImage", path: "/no/such.png" }],
      responsesapiClientMetadata: null,
    }),
  ).rejects.toThrow("cannot be read");
  first.let();
  await agent.until("turnCompleted");
  await agent.until("turnCompleted");
  expect(wordsOf(agent)).toEqual(["go", "second, changed"]);
  await expect(queue.start(thread.id, null)).rejects.toThrow("queue is empty");
});

test("after Stop the queue waits; it can be started by hand, and goes on after that", async () => {
  const hang = {
    kind: "stream",
    items: [say("one two three four five six")],
    ending: { kind: "hang", afterEvents: 5 },
  } as const;
  await using model = await responsesServer(hang, say("two"), say("three"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  await agent.until("agentMessageDelta");
  await agent.threads.queue.add(thread.id, "a", message("first"));
  await agent.threads.interrupt(thread.id, turn.id);
  expect((await agent.until("turnCompleted")).turn.status).toBe("interrupted");
  await agent.threads.queue.add(thread.id, "b", message("second"));
  expect(await queueOf(agent, thread.id)).toEqual(["a", "b"]);
  expect(model.requests).toHaveLength(1);
  const [, b] = await agent.threads.queue.list(thread.id);
  const started = await agent.threads.queue.start(thread.id, b?.id ?? null);
  expect(started.status).toBe("inProgress");
  await agent.until("turnCompleted");
  await agent.until("turnCompleted");
  expect(wordsOf(agent)).toEqual(["go", "second", "first"]);
});

test("after a failure the queue waits, and the next turn that ends well sets it going", async () => {
  const failing = { kind: "error", status: 400, body: { error: { message: "no" } } } as const;
  const second = heldAnswer("two");
  await using model = await responsesServer(
    async () => {
      await second.answer();
      return failing;
    },
    say("three"),
    say("four"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  await agent.threads.queue.add(thread.id, "a", message("first"));
  second.let();
  expect((await agent.until("turnCompleted")).turn.status).toBe("failed");
  expect(await queueOf(agent, thread.id)).toEqual(["a"]);
  await agent.play(thread.id, "again");
  await agent.until("turnCompleted");
  expect(wordsOf(agent)).toEqual(["go", "again", "first"]);
});

test("a queue survives the process: it waits after a turn that was cut off, and what was sent is not sent again", async () => {
  const hang = {
    kind: "stream",
    items: [say("one two three four five six")],
    ending: { kind: "hang", afterEvents: 5 },
  } as const;
  await using model = await responsesServer(hang, say("two"), say("three"), say("four"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd }, me);
  await one.threads.startTurn(thread.id, [text("go")], {}, null);
  await one.until("agentMessageDelta");
  const a = await one.threads.queue.add(thread.id, "a", message("first"));
  await one.threads.queue.add(thread.id, "b", message("second"));
  await one.threads.close();

  await using two = await startAgent({ url: model.url, home: one.home, cwd: one.cwd });
  const { queue } = two.threads;
  expect(await queue.list(thread.id)).toMatchObject([a, { clientUserMessageId: "b" }]);
  // Not loaded yet: changes are recorded all the same.
  await queue.add(thread.id, "c", message("third"));
  expect(await queue.delete(thread.id, a.id)).toBe(true);
  await expect(queue.start(thread.id, null)).rejects.toThrow("resume the thread before starting a queued message");
  await two.threads.resume(thread.id, {}, me);
  expect(await queueOf(two, thread.id)).toEqual(["b", "c"]);
  expect(model.requests).toHaveLength(1);
  await queue.start(thread.id, null);
  await two.until("turnCompleted");
  await two.until("turnCompleted");
  expect(wordsOf(two)).toEqual(["second", "third"]);
  await two.threads.close();

  await using three = await startAgent({ url: model.url, home: one.home, cwd: one.cwd });
  expect(await queueOf(three, thread.id)).toEqual([]);
});

test("what was queued for a thread that is not loaded is sent when it is resumed after a turn that ended well", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd }, me);
  await one.play(thread.id, "go");
  await one.threads.close();
  await using two = await startAgent({ url: model.url, home: one.home, cwd: one.cwd });
  await two.threads.queue.add(thread.id, "a", message("first"));
  await two.threads.resume(thread.id, {}, me);
  expect((await two.until("turnCompleted")).turn.items).toMatchObject([{ text: "two" }]);
});

test("a queued message that cannot be sent any more waits, and the user is told", async () => {
  const first = heldAnswer("one");
  await using model = await responsesServer(first.answer, say("two"));
  await using agent = await startAgent(model);
  const image = path.join(agent.cwd, "a.png");
  await fs.writeFile(image, "png");
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  const input = [text("look"), { type: "localImage" as const, path: image }];
  await agent.threads.queue.add(thread.id, "a", { input, responsesapiClientMetadata: null });
  await fs.rm(image);
  first.let();
  await agent.until("turnCompleted");
  const { message: words } = await agent.until("warning", ({ message: told }) => told.includes("queued"));
  expect(words).toMatch(/^A queued message could not be sent and waits: The image .*a\.png cannot be read/);
  expect(await queueOf(agent, thread.id)).toEqual(["a"]);
});

test("a queue is bounded", async () => {
  const first = heldAnswer("one");
  await using model = await responsesServer(first.answer);
  await using agent = await startAgent(model);
  const { queue } = agent.threads;
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ephemeral: true }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  const big = (await queue.add(thread.id, "big", message("x".repeat(1_000_000)))).id;
  for (let n = 1; n < 16; n++) await queue.add(thread.id, `${n}`, message("x".repeat(1_000_000)));
  await expect(queue.add(thread.id, "more", message("x".repeat(1_000_000)))).rejects.toThrow("has no room");
  expect(await queue.delete(thread.id, big)).toBe(true);
  for (let n = 16; n < 101; n++) await queue.add(thread.id, `${n}`, message("small"));
  await expect(queue.add(thread.id, "more", message("x"))).rejects.toThrow("at most 100 messages can be queued");
  await agent.threads.interrupt(thread.id, turn.id);
  first.let();
  await agent.until("turnCompleted");
});

test("a fork takes no queue along, and a revert leaves what waits", async () => {
  const hang = {
    kind: "stream",
    items: [say("one two three four five six")],
    ending: { kind: "hang", afterEvents: 5 },
  } as const;
  await using model = await responsesServer(say("one"), hang, say("three"));
  await using agent = await startAgent({ url: model.url, isReadBack: false });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, me);
  await agent.play(thread.id, "go");
  const turn = await agent.threads.startTurn(thread.id, [text("on")], {}, null);
  await agent.until("agentMessageDelta");
  await agent.threads.queue.add(thread.id, "a", message("first"));
  await agent.threads.interrupt(thread.id, turn.id);
  await agent.until("turnCompleted");
  const all = { lastTurnId: null, beforeTurnId: null };
  const kept = await agent.threads.fork(thread.id, { ...all, ephemeral: false }, me);
  const passing = await agent.threads.fork(thread.id, { ...all, ephemeral: true }, me);
  expect(await queueOf(agent, kept.thread.id)).toEqual([]);
  expect(await queueOf(agent, passing.thread.id)).toEqual([]);
  await agent.threads.revert(thread.id, turn.id);
  expect(await queueOf(agent, thread.id)).toEqual(["a"]);
  await agent.threads.queue.start(thread.id, null);
  expect((await agent.until("turnCompleted")).turn.items).toMatchObject([{ text: "three" }]);
  expect(await queueOf(agent, thread.id)).toEqual([]);
});
