import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { RecordedRequest } from "../../../src/demo/server.ts";
import type { ResumedThread } from "../../../src/core/thread/threads.ts";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const whole = { lastTurnId: null, beforeTurnId: null, ephemeral: false } as const;
const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (cmd: string, callId: string) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify({ cmd }),
  callId,
});
const message = (words: string) => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: words }],
});
/** What it shows is damaged, deleted or hidden before its end. */
const startBriefly = ({ url }: { readonly url: string }) => startAgent({ url, isReadBack: false });
const second = (agent: Agent, url: string) => startAgent({ url, home: agent.home, cwd: agent.cwd, isReadBack: false });
const all = { limit: 10, cursor: null, cwds: null };

const pathOf = async (agent: Agent, threadId: string): Promise<string> =>
  (await agent.threads.read(threadId, { includeTurns: false })).path ?? "";
const turnsOf = async (agent: Agent, threadId: string) =>
  (await agent.threads.read(threadId, { includeTurns: true })).turns;
const typesIn = async (file: string): Promise<string[]> =>
  (await fs.readFile(file, "utf8"))
    .trimEnd()
    .split("\n")
    .map((line) => (JSON.parse(line) as { type: string }).type);
const start = async (agent: Agent) => (await agent.threads.start({ cwd: agent.cwd, ...full }, me)).thread;

/** A request up to the end of its input. */
const prompt = (request: RecordedRequest | undefined): string => {
  const body = request?.raw.toString("utf8") ?? "";
  return body.slice(0, body.lastIndexOf('],"tools":'));
};
const inputOf = (request: RecordedRequest | undefined): string => JSON.stringify(request?.body["input"]);
const cacheKey = (request: RecordedRequest | undefined): unknown => request?.body["prompt_cache_key"];

const warningOf = ({ again }: ResumedThread): string =>
  again.flatMap((event) => (event.type === "warning" ? [event.message] : [])).join("\n");

test("a fork holds one line, shows and sends what it shares, and neither thread changes the other", async () => {
  await using model = await responsesServer(
    [exec("echo tool", "c1")],
    ...["one", "two", "in fork", "in parent", "again"].map(say),
  );
  await using agent = await startAgent(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first words");
  await agent.threads.setName(parent.id, "My thread");
  await agent.play(parent.id, "second words");
  const before = await turnsOf(agent, parent.id);

  const fork = await agent.threads.fork(parent.id, whole, me);
  expect(fork.thread).toMatchObject({
    forkedFromId: parent.id,
    name: "My thread",
    preview: "first words",
    status: { type: "idle" },
    turns: before,
  });
  expect(fork).toMatchObject({ sandbox: { type: "dangerFullAccess" }, approvalPolicy: "never", cwd: agent.cwd });
  const told = await agent.until("threadStarted", ({ threadId }) => threadId === fork.thread.id);
  expect(told.thread).toMatchObject({ id: fork.thread.id, turns: [] });
  const file = fork.thread.path ?? "";
  expect(await typesIn(file)).toEqual(["session_meta", "thread_name"]);
  expect((await fs.stat(file)).size).toBeLessThan(2000);
  expect((await agent.threads.list(all)).data).toMatchObject([
    { id: fork.thread.id, preview: "first words", name: "My thread", forkedFromId: parent.id },
    { id: parent.id },
  ]);

  await agent.play(fork.thread.id, "words of the fork");
  await agent.play(parent.id, "words of the parent");
  expect(prompt(model.requests[3]).startsWith(prompt(model.requests[2]))).toBe(true);
  expect(prompt(model.requests[4]).startsWith(prompt(model.requests[2]))).toBe(true);
  expect(cacheKey(model.requests[3])).toBe(parent.id);
  expect(inputOf(model.requests[4])).not.toContain("words of the fork");
  expect((await turnsOf(agent, fork.thread.id)).slice(0, 2)).toEqual(before);
  expect(await turnsOf(agent, parent.id)).toHaveLength(3);
  const page = { limit: 2, cursor: null, direction: "desc", itemsView: "full" } as const;
  expect((await agent.threads.turns(fork.thread.id, page)).data[1]).toEqual(before[1]);

  // In another process, byte for byte.
  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect((await two.threads.resume(fork.thread.id, {}, me)).thread.turns.slice(0, 2)).toEqual(before);
  await two.play(fork.thread.id, "and again");
  expect(prompt(model.requests[5]).startsWith(prompt(model.requests[3]))).toBe(true);
  model.assertExhausted();
});

test("a fork ends where it is asked to, and of a running thread it takes what is completed", async () => {
  await using model = await responsesServer(
    say("one"),
    say("two"),
    [exec("echo out; sleep 600", "c1")],
    ...["a", "b"].map(say),
  );
  await using agent = await startAgent(model);
  const parent = await start(agent);
  const first = (await agent.play(parent.id, "first")).turn.id;
  const next = (await agent.play(parent.id, "second")).turn.id;
  const { id: running } = await agent.threads.startTurn(parent.id, [text("third")], {}, null);
  await agent.until("commandOutputDelta");

  const ids = async (options: Partial<typeof whole> | object) =>
    (await agent.threads.fork(parent.id, { ...whole, ...options }, me)).thread.turns.map(({ id }) => id);
  expect(await ids({})).toEqual([first, next]);
  expect(await ids({ lastTurnId: next })).toEqual([first, next]);
  expect(await ids({ lastTurnId: first })).toEqual([first]);
  expect(await ids({ beforeTurnId: next })).toEqual([first]);
  expect(await ids({ beforeTurnId: first })).toEqual([]);
  const refused = (options: object) => expect(ids(options)).rejects;
  await refused({ lastTurnId: running }).toThrow(`turn ${running} is still running`);
  await refused({ lastTurnId: "x" }).toThrow("turn not found: x");
  await refused({ lastTurnId: first, beforeTurnId: next }).toThrow("exclude each other");
  await expect(agent.threads.fork("01a1f7ca-0000-7000-8000-000000000000", whole, me)).rejects.toMatchObject({
    reason: "notFound",
  });
  const empty = await start(agent);
  await expect(agent.threads.fork(empty.id, whole, me)).rejects.toMatchObject({ reason: "badInput" });

  await agent.threads.interrupt(parent.id, running);
  await agent.until("turnCompleted", ({ turn }) => turn.id === running);
  expect(await ids({})).toEqual([first, next, running]);
  const short = await agent.threads.fork(parent.id, { ...whole, lastTurnId: first }, me);
  await agent.play(short.thread.id, "other way");
  expect(inputOf(model.requests[3])).not.toContain("second");
  const ephemeral = await agent.threads.fork(parent.id, { ...whole, lastTurnId: first, ephemeral: true }, me);
  expect(ephemeral.thread).toMatchObject({ ephemeral: true, path: null, turns: [{ id: first }] });
  await agent.play(ephemeral.thread.id, "unrecorded");
  expect(prompt(model.requests[4]).startsWith(prompt(model.requests[0]))).toBe(true);
});

test("what a fork is started with is recorded, and the model is told of it", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using agent = await startAgent(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first");
  const fork = await agent.threads.fork(parent.id, { ...whole, sandbox: "read-only", model: "other-model" }, me);
  expect(fork).toMatchObject({ sandbox: { type: "readOnly" }, model: "other-model" });
  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect((await two.threads.list(all)).data[0]).toMatchObject({ id: fork.thread.id, model: "other-model" });
  expect(await two.threads.resume(fork.thread.id, {}, me)).toMatchObject({
    sandbox: { type: "readOnly" },
    model: "other-model",
  });
  await two.play(fork.thread.id, "second");
  expect(model.requests[1]?.body["model"]).toBe("other-model");
  const added = inputOf(model.requests[1]).slice(inputOf(model.requests[0]).length - 1);
  expect(added).toMatch(/read-only/);
});

test("forks of forks outlive every thread that they come from, with their outputs, and nothing of those is kept that no fork needs", async () => {
  const long = exec("head -c 3000000 /dev/zero | tr '\\0' x", "c1");
  await using model = await responsesServer([long], ...["one", "fork one", "secret", "last", "end"].map(say));
  await using agent = await startBriefly(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first");
  const child = (await agent.threads.fork(parent.id, whole, me)).thread;
  await agent.play(child.id, "in the child");
  const grandchild = (await agent.threads.fork(child.id, whole, me)).thread;
  await agent.play(parent.id, "said later");
  const shown = await turnsOf(agent, grandchild.id);
  expect(shown).toHaveLength(2);
  expect(JSON.stringify(shown)).toContain("xxxxxxxx");
  const parentFile = await pathOf(agent, parent.id);
  expect(await fs.readFile(parentFile, "utf8")).toContain("secret");

  // Archived, reverted, deleted: none of it changes the fork.
  await agent.threads.archive(parent.id);
  expect(await turnsOf(agent, grandchild.id)).toEqual(shown);
  await agent.threads.unarchive(parent.id);
  await agent.threads.revert(parent.id, shown[0]?.id ?? "");
  expect(await turnsOf(agent, grandchild.id)).toEqual(shown);
  await agent.threads.delete(parent.id);
  await agent.threads.delete(child.id);
  const kept = path.join(agent.home, "forked_history");
  const names = await fs.readdir(kept);
  expect(names).toHaveLength(2);
  expect(names.every((name) => name.startsWith(grandchild.id))).toBe(true);
  for (const name of names) expect(await fs.readFile(path.join(kept, name), "utf8")).not.toContain("secret");
  const outputs = await fs.readdir(path.join(agent.home, "outputs"));
  expect(outputs.map((name) => name.startsWith(grandchild.id))).toEqual([true]);

  await agent.threads.close();
  await using two = await second(agent, model.url);
  const back = await two.threads.resume(grandchild.id, {}, me);
  expect(back.thread.turns).toEqual(shown);
  expect(two.events.filter(({ type }) => type === "warning")).toEqual([]);
  await two.play(grandchild.id, "go on");
  expect(prompt(model.requests[4]).startsWith(prompt(model.requests[2]))).toBe(true);
  await two.threads.delete(grandchild.id);
  expect(await fs.readdir(kept)).toEqual([]);
  expect(await fs.readdir(path.join(agent.home, "outputs"))).toEqual([]);
});

test("where the file system has no links, what a fork needs is copied", async () => {
  await using model = await responsesServer(say("one"), say("two"));
  await using agent = await startBriefly(model);
  const other = await fs.mkdtemp("/dev/shm/turnwright-test-").catch(() => null);
  if (other === null) {
    process.stderr.write("left out: there is no second file system at /dev/shm\n");
    return;
  }
  try {
    await fs.symlink(other, path.join(agent.home, "forked_history"));
    const parent = await start(agent);
    await agent.play(parent.id, "first");
    const { thread } = await agent.threads.fork(parent.id, whole, me);
    await agent.threads.delete(parent.id);
    expect(await turnsOf(agent, thread.id)).toEqual(thread.turns);
    await agent.play(thread.id, "second");
    expect(prompt(model.requests[1]).startsWith(prompt(model.requests[0]))).toBe(true);
    expect(await fs.readdir(other)).toHaveLength(1);
    await agent.threads.delete(thread.id);
    expect(await fs.readdir(other)).toEqual([]);
  } finally {
    await fs.rm(other, { recursive: true, force: true });
  }
});

test("a fork that cannot be recorded is refused, leaves nothing behind, and can be asked for again", async () => {
  await using model = await responsesServer(say("one"));
  await using agent = await startAgent(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first");
  const kept = path.join(agent.home, "forked_history");
  await fs.writeFile(kept, "a file where the folder should be");
  await expect(agent.threads.fork(parent.id, whole, me)).rejects.toMatchObject({
    reason: "notRecorded",
    message: expect.stringMatching(/^The thread cannot be forked: /) as string,
  });
  expect((await agent.threads.list(all)).data).toMatchObject([{ id: parent.id }]);
  await fs.rm(kept);
  expect((await agent.threads.fork(parent.id, whole, me)).thread.turns).toHaveLength(1);
});

test("a fork whose links are gone finds the other thread by its id; without either it says so and goes on with its own turns", async () => {
  await using model = await responsesServer(...["one", "two", "three"].map(say));
  await using agent = await startBriefly(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first");
  const { thread } = await agent.threads.fork(parent.id, whole, me);
  await agent.play(thread.id, "second");
  await agent.threads.archive(parent.id);
  await agent.threads.close();
  await fs.rm(path.join(agent.home, "forked_history"), { recursive: true });
  await using two = await second(agent, model.url);
  expect(await turnsOf(two, thread.id)).toHaveLength(2);
  await two.threads.delete(parent.id);

  await using three = await second(agent, model.url);
  expect((await three.threads.list(all)).data).toMatchObject([{ id: thread.id, preview: "first" }]);
  const resumed = await three.threads.resume(thread.id, {}, me);
  expect(resumed.thread.turns).toMatchObject([{ items: [{ type: "userMessage" }, { text: "two" }] }]);
  expect(warningOf(resumed)).toContain(`the history that it shares with thread ${parent.id} is gone`);
  expect((await three.play(thread.id, "third")).turn.status).toBe("completed");
  model.assertExhausted();
});

test("a damaged first line of a fork, and a damaged beginning, are said and survived", async () => {
  await using model = await responsesServer(...["one", "two"].map(say));
  await using agent = await startBriefly(model);
  const parent = await start(agent);
  await agent.play(parent.id, "first");
  const { thread } = await agent.threads.fork(parent.id, whole, me);
  await agent.play(thread.id, "second");
  const file = await pathOf(agent, thread.id);
  await agent.threads.close();
  const content = await fs.readFile(file, "utf8");
  await fs.writeFile(file, content.replace('{"', "{{"));
  await using two = await second(agent, model.url);
  expect(await turnsOf(two, thread.id)).toHaveLength(2);
  expect(warningOf(await two.threads.resume(thread.id, {}, me))).toContain("first line");
  await two.threads.close();

  await fs.writeFile(file, content);
  const parentFile = await pathOf(two, parent.id);
  await fs.writeFile(parentFile, (await fs.readFile(parentFile, "utf8")).slice(0, -400));
  await using three = await second(agent, model.url);
  expect(await turnsOf(three, thread.id)).toHaveLength(2);
  const resumed = await three.threads.resume(thread.id, {}, me);
  expect(warningOf(resumed)).toContain(`shares with thread ${parent.id} is not whole`);
});

test("a turn that a dead process left open is shared as it was shown, closed in each thread for itself", async () => {
  await using model = await responsesServer([exec("echo out; sleep 600", "c1")], say("a"), say("b"));
  await using agent = await startBriefly(model);
  const parent = await start(agent);
  await agent.threads.startTurn(parent.id, [text("first")], {}, null);
  await agent.until("commandOutputDelta");
  const file = await pathOf(agent, parent.id);
  // Let it be checkpointed, and take the files as a kill would leave them.
  await agent.threads.read(parent.id, { includeTurns: true });
  const [rollout, open] = [await fs.readFile(file), await fs.readFile(`${file}.open`)];
  await agent.threads.close();
  await fs.writeFile(file, rollout);
  await fs.writeFile(`${file}.open`, open);

  await using two = await second(agent, model.url);
  const { thread } = await two.threads.fork(parent.id, whole, me);
  const closed = { id: "c1", status: "failed", aggregatedOutput: "out\n" };
  expect(thread.turns).toMatchObject([{ status: "interrupted", items: [{ type: "userMessage" }, closed] }]);
  expect(await fs.readFile(file)).toEqual(rollout);
  await two.threads.resume(parent.id, {}, me);
  await two.play(parent.id, "on");
  await two.play(thread.id, "on");
  for (const request of model.requests.slice(1)) expect(inputOf(request)).toContain('"function_call_output"');
  expect((await turnsOf(two, thread.id))[0]).toMatchObject({ items: [{}, closed] });
});

test("a revert hides turns from view and prompt with one line, names and pages hold, and files stay as they are", async () => {
  await using model = await responsesServer(
    say("one"),
    [exec("echo made > made.txt", "c1")],
    ...["two", "three", "after", "more"].map(say),
  );
  await using agent = await startBriefly(model);
  const thread = await start(agent);
  const first = (await agent.play(thread.id, "first")).turn.id;
  const usage = agent.events.findLast(({ type }) => type === "tokenUsageUpdated");
  const next = (await agent.play(thread.id, "second")).turn.id;
  await agent.threads.setName(thread.id, "Kept");
  await agent.play(thread.id, "third");
  const file = await pathOf(agent, thread.id);
  const before = await fs.readFile(file, "utf8");
  const events = agent.events.length;

  const reverted = await agent.threads.revert(thread.id, next);
  expect(reverted).toMatchObject({ name: "Kept", preview: "first", status: { type: "idle" }, turns: [] });
  expect(agent.events.slice(events).filter(({ threadId }) => threadId === thread.id)).toMatchObject([
    { type: "statusChanged", status: { type: "notLoaded" } },
    { type: "statusChanged", status: { type: "idle" } },
  ]);
  const after = await fs.readFile(file, "utf8");
  expect(after.startsWith(before)).toBe(true);
  expect(after.slice(before.length).trimEnd().split("\n")).toHaveLength(1);
  expect(await fs.readFile(path.join(agent.cwd, "made.txt"), "utf8")).toBe("made\n");
  expect((await turnsOf(agent, thread.id)).map(({ id }) => id)).toEqual([first]);
  const page = { limit: 5, cursor: null, direction: "desc", itemsView: "summary" } as const;
  expect((await agent.threads.turns(thread.id, page)).data).toMatchObject([{ id: first }]);
  await expect(agent.threads.revert(thread.id, next)).rejects.toThrow(`turn not found: ${next}`);

  await agent.play(thread.id, "instead");
  const sent = inputOf(model.requests[4]);
  expect(prompt(model.requests[4]).startsWith(prompt(model.requests[0]))).toBe(true);
  expect(sent).toContain("instead");
  for (const words of ["second", "third", "c1"]) expect(sent).not.toContain(`"${words}"`);
  const later = agent.events.findLast(({ type }) => type === "tokenUsageUpdated");
  if (usage?.type !== "tokenUsageUpdated" || later?.type !== "tokenUsageUpdated") throw new Error("no usage was told");
  // Counted on from the turn that is left, as if the others had not been.
  expect(later.tokenUsage.total.outputTokens).toBeLessThanOrEqual(2 * usage.tokenUsage.total.outputTokens + 1);

  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect((await two.threads.resume(thread.id, {}, me)).thread).toMatchObject({
    name: "Kept",
    turns: [{ id: first }, { items: [{ type: "userMessage" }, { text: "after" }] }],
  });
  await two.play(thread.id, "more");
  expect(prompt(model.requests[5]).startsWith(prompt(model.requests[4]))).toBe(true);
});

test("a thread that is not loaded can be reverted, and when its first turn is hidden lists show what was said instead", async () => {
  await using model = await responsesServer(...["one", "two"].map(say));
  await using agent = await startBriefly(model);
  const thread = await start(agent);
  const first = (await agent.play(thread.id, "wrong words")).turn.id;
  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect(await two.threads.revert(thread.id, first)).toMatchObject({ status: { type: "notLoaded" }, preview: "" });
  expect(two.threads.loaded()).toEqual([]);
  expect((await two.threads.list(all)).data).toMatchObject([{ id: thread.id, preview: "" }]);
  await two.threads.resume(thread.id, {}, me);
  await two.play(thread.id, "right words");
  expect(inputOf(model.requests[1])).not.toContain("wrong words");
  // What was told before the hidden turn is told anew.
  expect(inputOf(model.requests[1])).toContain("environment_context");
  await two.threads.close();
  await using three = await second(agent, model.url);
  expect((await three.threads.list(all)).data).toMatchObject([{ preview: "right words" }]);
  await three.threads.archive(thread.id);
  expect((await three.threads.list({ ...all, archived: true })).data).toMatchObject([{ preview: "right words" }]);
  // What lists read is a cache: it is there again once the thread was loaded.
  await three.threads.unarchive(thread.id);
  await fs.rm(`${await pathOf(three, thread.id)}.first`);
  await three.threads.resume(thread.id, {}, me);
  await three.threads.close();
  await using four = await second(agent, model.url);
  expect((await four.threads.list(all)).data).toMatchObject([{ preview: "right words" }]);
  await four.threads.delete(thread.id);
  const left = await fs.readdir(path.join(agent.home, "sessions"), { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
});

test("a revert is refused while a turn runs, and never brings back a wider sandbox", async () => {
  await using model = await responsesServer(say("one"), say("two"), [exec("echo out; sleep 600", "c1")]);
  await using agent = await startBriefly(model);
  const thread = await start(agent);
  await agent.play(thread.id, "first");
  const narrow = { type: "readOnly", networkAccess: false } as const;
  const { id: next } = await agent.threads.startTurn(thread.id, [text("second")], { sandboxPolicy: narrow }, null);
  await agent.until("turnCompleted");
  await agent.threads.revert(thread.id, next);
  expect((await agent.threads.resume(thread.id, {}, me)).sandbox).toEqual(narrow);
  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect((await two.threads.resume(thread.id, {}, me)).sandbox).toEqual(narrow);
  const overrides = { sandboxPolicy: { type: "dangerFullAccess" } } as const;
  const { id: running } = await two.threads.startTurn(thread.id, [text("third")], overrides, null);
  await two.until("commandOutputDelta");
  await expect(two.threads.revert(thread.id, running)).rejects.toMatchObject({
    reason: "turnRunning",
    message: `thread ${thread.id} has a running turn; interrupt it first`,
  });
  await two.threads.interrupt(thread.id, running);
  await two.until("turnCompleted");
});

test("a fork may take back what it shares, and is forked from what is left", async () => {
  await using model = await responsesServer(...["one", "two", "a", "b"].map(say));
  await using agent = await startBriefly(model);
  const parent = await start(agent);
  const first = (await agent.play(parent.id, "first")).turn.id;
  const next = (await agent.play(parent.id, "second")).turn.id;
  const { thread } = await agent.threads.fork(parent.id, whole, me);
  await agent.threads.revert(thread.id, next);
  expect((await turnsOf(agent, thread.id)).map(({ id }) => id)).toEqual([first]);
  expect(await turnsOf(agent, parent.id)).toHaveLength(2);
  const own = (await agent.play(thread.id, "in its own way")).turn.id;
  const again = (await agent.threads.fork(thread.id, whole, me)).thread;
  expect(again.turns.map(({ id }) => id)).toEqual([first, own]);
  const early = (await agent.threads.fork(thread.id, { ...whole, lastTurnId: first }, me)).thread;
  expect(early.turns.map(({ id }) => id)).toEqual([first]);
  await agent.play(early.id, "third way");
  expect(inputOf(model.requests[3])).not.toContain("in its own way");
});

test("injected items are sent as they came, recorded at once, and kept apart from turns", async () => {
  await using model = await responsesServer(...["one", "two"].map(say));
  await using agent = await startAgent(model);
  const thread = await start(agent);
  await agent.threads.injectItems(thread.id, [message("before all")]);
  expect(await typesIn(await pathOf(agent, thread.id))).toEqual(["session_meta", "response_item"]);
  await agent.play(thread.id, "first");
  const call = { type: "function_call", call_id: "x1", name: "look", arguments: '{"at": 1}', extra: [1] };
  const output = { type: "function_call_output", call_id: "x1", output: "seen" };
  await agent.threads.injectItems(thread.id, [call, output]);
  expect(await turnsOf(agent, thread.id)).toHaveLength(1);
  await agent.threads.close();

  await using two = await second(agent, model.url);
  await two.threads.injectItems(thread.id, [message("while closed")]);
  expect(two.threads.loaded()).toEqual([]);
  await two.threads.resume(thread.id, {}, me);
  await two.play(thread.id, "second");
  const input = model.requests[1]?.body["input"] as unknown[];
  expect(prompt(model.requests[1]).startsWith(prompt(model.requests[0]))).toBe(true);
  expect(input[0]).toEqual(message("before all"));
  expect(input.slice(-4, -1)).toEqual([call, output, message("while closed")]);
  expect(model.requests[1]?.raw.toString("utf8")).toContain(JSON.stringify(call));
});

test("items injected into a running turn wait for its next safe point, or for its end", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(
    [exec("echo out; read line", "c1")],
    async () => {
      await held.promise;
      return { kind: "stream", items: [say("done")] };
    },
    say("more"),
  );
  await using agent = await startAgent(model);
  const thread = await start(agent);
  await agent.threads.startTurn(thread.id, [text("first")], {}, null);
  await agent.until("itemStarted", ({ item }) => item.type === "commandExecution");
  const early = agent.threads.injectItems(thread.id, [message("early")]);
  await model.request(1);
  await early;
  const input = model.requests[1]?.body["input"] as { type: string }[];
  expect(input.slice(-2)).toMatchObject([{ type: "function_call_output" }, message("early")]);
  const late = agent.threads.injectItems(thread.id, [message("late")]);
  held.resolve(null);
  await agent.until("turnCompleted");
  await late;
  await agent.play(thread.id, "second");
  expect((model.requests[2]?.body["input"] as unknown[]).slice(-2)).toEqual([message("late"), message("second")]);
  expect(prompt(model.requests[2]).startsWith(prompt(model.requests[1]))).toBe(true);
});

test("a thread that another process has open is shown read-only, and taken over once it is free", async () => {
  await using model = await responsesServer(...["one", "two", "three"].map(say));
  await using one = await startAgent(model);
  const thread = await start(one);
  await one.play(thread.id, "first");
  await using two = await second(one, model.url);
  const shown = await two.threads.resume(thread.id, { sandbox: "read-only" }, me);
  expect(shown.thread).toMatchObject({ canAcceptDirectInput: false, status: { type: "idle" }, turns: [{}] });
  expect(warningOf(shown)).toContain(`open in another window (process ${process.pid})`);
  const inUse = { reason: "inUse" };
  await expect(two.threads.startTurn(thread.id, [text("x")], {}, null)).rejects.toMatchObject(inUse);
  await expect(two.threads.steer(thread.id, "t", [text("x")], null)).rejects.toMatchObject(inUse);
  await expect(two.threads.interrupt(thread.id, "t")).rejects.toMatchObject(inUse);
  await expect(two.threads.revert(thread.id, shown.thread.turns[0]?.id ?? "")).rejects.toMatchObject(inUse);
  await expect(two.threads.injectItems(thread.id, [message("x")])).rejects.toMatchObject(inUse);
  // A fork needs no leave.
  const fork = await two.threads.fork(thread.id, whole, me);
  expect(fork.thread.turns).toHaveLength(1);
  await one.play(thread.id, "second");
  await one.threads.close();

  expect((await two.play(thread.id, "third")).turn.status).toBe("completed");
  const warnings = two.events.flatMap((event) => (event.type === "warning" ? [event.message] : []));
  expect(warnings).toContainEqual(expect.stringContaining("went on in the other window"));
  expect(await turnsOf(two, thread.id)).toHaveLength(3);
  const resumed = await two.threads.resume(thread.id, {}, me);
  expect(resumed).toMatchObject({ sandbox: { type: "readOnly" }, thread: { canAcceptDirectInput: true } });
});

test("a thread of the first format is read, goes on with the same prompt, and is today's from then on", async () => {
  const name = "rollout-2026-11-20T12-14-39-01a1f8e1-5531-715e-bc70-c89e1b45a7e7.jsonl";
  const fixture = path.resolve(import.meta.dirname, "../../fixtures/rollouts/format-1", name);
  const threadId = "01a1f8e1-5531-715e-bc70-c89e1b45a7e7";
  await using model = await responsesServer(...["four", "five", "six"].map(say));
  await using agent = await startBriefly(model);
  const folder = path.join(agent.home, "sessions", "2026", "11", "20");
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, name);
  await fs.copyFile(fixture, file);
  const old = await fs.readFile(file, "utf8");

  expect((await agent.threads.list(all)).data).toMatchObject([{ id: threadId, preview: "first words" }]);
  const turns = await turnsOf(agent, threadId);
  expect(turns).toMatchObject([
    {
      status: "completed",
      items: [{}, { type: "reasoning" }, { aggregatedOutput: "one\n" }, { text: "first answer" }],
    },
    { status: "completed", items: [{}, { text: "second answer" }] },
    { status: "interrupted", items: [{}, { id: "c2", status: "failed" }] },
  ]);
  // Reading it leaves it as it is.
  expect(await fs.readFile(file, "utf8")).toBe(old);
  const resumed = await agent.threads.resume(threadId, {}, me);
  expect(resumed).toMatchObject({ cwd: "/repo", sandbox: { type: "dangerFullAccess" } });
  expect(resumed.thread.name).toBe("An old thread");
  await agent.play(threadId, "fourth words");
  const now = await fs.readFile(file, "utf8");
  expect(now.startsWith(old)).toBe(true);
  const added = now
    .slice(old.length)
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { type: string; ordinal: number; payload: Record<string, unknown> });
  expect(added[0]).toMatchObject({ type: "session_meta", payload: { id: threadId, format: 2 } });
  expect(added.map(({ ordinal }) => ordinal)).toEqual(
    added.map((_, index) => old.trimEnd().split("\n").length + index),
  );
  const recorded = old
    .split("\n")
    .flatMap((line) => (line.includes('"type":"response_item"') ? [/"item":(.*)\}\}$/.exec(line)?.[1] ?? ""] : []));
  expect(prompt(model.requests[0])).toContain(`"input":[${recorded.join(",")}`);

  const { thread: fork } = await agent.threads.fork(threadId, whole, me);
  expect(fork.turns.slice(0, 3)).toMatchObject(turns.map(({ id }) => ({ id })));
  await agent.threads.revert(threadId, turns[1]?.id ?? "");
  await agent.threads.close();
  await using two = await second(agent, model.url);
  expect((await two.threads.resume(threadId, {}, me)).thread.turns).toHaveLength(1);
  await two.play(threadId, "fifth words");
  expect(inputOf(model.requests[1])).not.toContain("second words");
});
