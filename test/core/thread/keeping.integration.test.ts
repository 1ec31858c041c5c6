import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";
import { wireErrors } from "../../helpers/wire-schema.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (cmd: string, callId: string) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify({ cmd }),
  callId,
});
const second = (agent: Agent, url: string) => startAgent({ url, home: agent.home, cwd: agent.cwd });
const all = { limit: 10, cursor: null, cwds: null };

test("a name is recorded, and shown by read, list and resume in this process and the next", async () => {
  await using model = await responsesServer(say("done"), say("more"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  // Before the first turn there is no file; the name goes into it with the turn.
  expect(await one.threads.setName(thread.id, "  My\n thread ")).toBe("My thread");
  await one.play(thread.id, "hello");
  const file = (await one.threads.read(thread.id, { includeTurns: false })).path ?? "";
  expect(await fs.readFile(file, "utf8")).toContain('"type":"thread_name","payload":{"name":"My thread"}');
  await one.threads.close();

  await using two = await second(one, model.url);
  expect((await two.threads.list(all)).data).toMatchObject([{ id: thread.id, name: "My thread" }]);
  expect((await two.threads.read(thread.id, { includeTurns: true })).name).toBe("My thread");
  // Not loaded: one line more, and no lock left behind.
  await two.threads.setName(thread.id, "Second");
  expect((await fs.readdir(path.dirname(file))).filter((name) => name.endsWith(".lock"))).toEqual([]);
  expect((await two.threads.list(all)).data).toMatchObject([{ name: "Second", status: { type: "notLoaded" } }]);
  expect((await two.threads.resume(thread.id, {}, me)).thread).toMatchObject({ name: "Second" });
  await two.threads.setName(thread.id, "Third");
  expect((await two.play(thread.id, "again")).turn.status).toBe("completed");
  // The file beside the rollout is a cache: without it the rollout tells the name, and a thread that is loaded again has it again.
  await two.threads.close();
  await fs.rm(`${file}.name`);
  await using three = await second(one, model.url);
  expect((await three.threads.list(all)).data).toMatchObject([{ name: "Third" }]);
  await three.threads.resume(thread.id, {}, me);
  expect(await fs.readFile(`${file}.name`, "utf8")).toBe("Third");
});

test("a name that is empty, too long or of a thread that another window has open is refused", async () => {
  await using model = await responsesServer(say("done"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  await one.play(thread.id, "hello");
  await expect(one.threads.setName(thread.id, " \n ")).rejects.toMatchObject({ reason: "badInput" });
  await expect(one.threads.setName(thread.id, "x".repeat(501))).rejects.toMatchObject({ reason: "badInput" });
  await using two = await second(one, model.url);
  await expect(two.threads.setName(thread.id, "Other")).rejects.toMatchObject({ reason: "inUse" });
  await expect(two.threads.archive(thread.id)).rejects.toMatchObject({ reason: "inUse" });
  await expect(two.threads.delete(thread.id)).rejects.toMatchObject({ reason: "inUse" });
  expect((await two.threads.list(all)).data).toHaveLength(1);
  const unknown = "01a1f7ca-0000-7000-8000-000000000000";
  for (const change of [
    () => two.threads.setName(unknown, "x"),
    () => two.threads.archive(unknown),
    () => two.threads.unarchive(unknown),
    () => two.threads.delete(unknown),
  ]) {
    await expect(change()).rejects.toMatchObject({ reason: "notFound" });
  }
});

test("turns are paged newest first, items oldest first, both ways, and cursors are places of one order only", async () => {
  await using model = await responsesServer([exec("echo out", "c0")], say("zero"), say("one"), say("two"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  const desc = { limit: 2, cursor: null, direction: "desc", itemsView: "summary" } as const;
  expect(await agent.threads.turns(thread.id, desc)).toEqual({ data: [], nextCursor: null, backwardsCursor: null });
  const ids: string[] = [];
  for (const words of ["zero?", "one?", "two?"]) ids.push((await agent.play(thread.id, words)).turn.id);

  const page = await agent.threads.turns(thread.id, desc);
  expect(wireErrors("ThreadTurnsListResponse", page) ?? []).toEqual([]);
  expect(page.data.map(({ id, itemsView }) => [id, itemsView])).toEqual([
    [ids[2], "summary"],
    [ids[1], "summary"],
  ]);
  const rest = await agent.threads.turns(thread.id, { ...desc, cursor: page.nextCursor });
  expect(rest.data).toMatchObject([{ id: ids[0], items: [{ type: "userMessage" }, { text: "zero" }] }]);
  expect(rest.nextCursor).toBeNull();
  // Backwards from the older page: its first turn, and what is newer.
  const newer = { ...desc, cursor: rest.backwardsCursor, direction: "asc", itemsView: "notLoaded" } as const;
  const back = await agent.threads.turns(thread.id, newer);
  expect(back.data.map(({ id, items }) => [id, items])).toEqual([
    [ids[0], []],
    [ids[1], []],
  ]);
  const whole = await agent.threads.turns(thread.id, { ...desc, limit: 5, itemsView: "full" });
  expect(whole.data.toReversed()).toEqual((await agent.threads.read(thread.id, { includeTurns: true })).turns);

  const asc = { limit: 3, cursor: null, direction: "asc", turnId: null } as const;
  const items = await agent.threads.items(thread.id, asc);
  expect(wireErrors("ThreadItemsListResponse", items) ?? []).toEqual([]);
  expect(items.data).toMatchObject([
    { turnId: ids[0], item: { type: "userMessage" } },
    { turnId: ids[0], item: { type: "commandExecution", aggregatedOutput: "out\n" } },
    { turnId: ids[0], item: { type: "agentMessage", text: "zero" } },
  ]);
  const more = await agent.threads.items(thread.id, { ...asc, limit: 10, cursor: items.nextCursor });
  expect(more.data.map(({ turnId }) => turnId)).toEqual([ids[1], ids[1], ids[2], ids[2]]);
  const last = { ...asc, turnId: ids[2] ?? "", direction: "desc" } as const;
  expect((await agent.threads.items(thread.id, last)).data).toMatchObject([
    { item: { text: "two" } },
    { item: { type: "userMessage" } },
  ]);
  for (const cursor of ["x", "{}", page.nextCursor]) {
    await expect(agent.threads.items(thread.id, { ...asc, cursor })).rejects.toMatchObject({ reason: "badInput" });
  }
  // A place beyond what is there any more (turns were taken back): it goes on with the last.
  const beyond = page.nextCursor?.replace(/"rolloutOrdinal":\d+/, '"rolloutOrdinal":99') ?? "";
  expect((await agent.threads.turns(thread.id, { ...desc, cursor: beyond })).data[0]?.id).toBe(ids[2]);
});

test("an archived thread ends what runs in it, is listed apart, can be read, and comes back as it was", async () => {
  await using model = await responsesServer([exec("echo out; sleep 600", "c1")], say("again"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.threads.startTurn(thread.id, [text("hello")], {}, null);
  await agent.until("commandOutputDelta");
  await agent.threads.setName(thread.id, "Kept");
  const before = (await agent.threads.read(thread.id, { includeTurns: false })).path ?? "";
  await agent.threads.archive(thread.id);
  expect(agent.events.slice(-2)).toMatchObject([
    { type: "turnCompleted", turn: { status: "interrupted" } },
    { type: "statusChanged", status: { type: "notLoaded" } },
  ]);
  expect(await fs.readdir(path.dirname(before))).toEqual([]);
  expect(agent.threads.loaded()).toEqual([]);
  expect((await agent.threads.list(all)).data).toEqual([]);
  const archived = (await agent.threads.list({ ...all, archived: true })).data;
  expect(archived).toMatchObject([{ id: thread.id, name: "Kept", status: { type: "notLoaded" } }]);
  expect(archived[0]?.path).toBe(path.join(agent.home, "archived_sessions", path.basename(before)));
  expect((await agent.threads.read(thread.id, { includeTurns: true })).turns).toHaveLength(1);
  const refused = { reason: "archived", message: expect.stringContaining("is archived") as string };
  await expect(agent.threads.resume(thread.id, {}, me)).rejects.toMatchObject(refused);
  await expect(agent.threads.archive(thread.id)).rejects.toMatchObject(refused);
  await expect(agent.threads.setName(thread.id, "x")).rejects.toMatchObject(refused);

  const back = await agent.threads.unarchive(thread.id);
  expect(wireErrors("ThreadUnarchiveResponse", { thread: back }) ?? []).toEqual([]);
  expect(back).toMatchObject({ id: thread.id, path: before, name: "Kept", status: { type: "notLoaded" } });
  expect(await fs.readdir(path.join(agent.home, "archived_sessions"))).toEqual([]);
  expect((await agent.threads.list(all)).data).toMatchObject([{ id: thread.id }]);
  await expect(agent.threads.unarchive(thread.id)).rejects.toMatchObject({ reason: "notFound" });
  const resumed = await agent.threads.resume(thread.id, {}, me);
  expect(resumed.thread.turns).toMatchObject([{ status: "interrupted", items: [{}, { id: "c1" }] }]);
  expect((await agent.play(thread.id, "on")).turn.status).toBe("completed");
});

test("a resume that meets an archiving of the same thread waits for it and is refused", async () => {
  await using model = await responsesServer(say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hello");
  const archiving = agent.threads.archive(thread.id);
  const named = expect(agent.threads.setName(thread.id, "late")).rejects.toMatchObject({ reason: "archived" });
  await expect(agent.threads.resume(thread.id, {}, me)).rejects.toMatchObject({ reason: "archived" });
  await archiving;
  await named;
  await expect(agent.threads.startTurn(thread.id, [text("late")], {}, null)).rejects.toMatchObject({
    reason: "notLoaded",
  });
  const coming = agent.threads.unarchive(thread.id);
  expect((await agent.threads.resume(thread.id, {}, me)).thread.id).toBe(thread.id);
  await coming;
});

test("a deleted thread leaves nothing behind, running or archived, and no other thread is touched", async () => {
  const long = exec("head -c 3000000 /dev/zero | tr '\\0' x", "c1");
  await using model = await responsesServer([long], say("done"), [exec("echo out; sleep 600", "c2")]);
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  const other = (await agent.threads.start({ cwd: agent.cwd, ...full }, me)).thread;
  await agent.play(thread.id, "hello");
  await agent.threads.startTurn(other.id, [text("go")], {}, null);
  await agent.until("commandOutputDelta", ({ threadId }) => threadId === other.id);
  const outputs = path.join(agent.home, "outputs");
  expect((await fs.readdir(outputs)).filter((name) => name.startsWith(thread.id))).toHaveLength(1);
  const folder = path.dirname((await agent.threads.read(thread.id, { includeTurns: false })).path ?? "");
  await agent.threads.setName(thread.id, "Gone soon");
  await agent.threads.archive(thread.id);
  await agent.threads.delete(thread.id);
  expect((await fs.readdir(outputs)).filter((name) => name.startsWith(thread.id))).toEqual([]);
  expect(await fs.readdir(path.join(agent.home, "archived_sessions"))).toEqual([]);
  expect((await fs.readdir(folder)).every((name) => name.includes(other.id))).toBe(true);
  await expect(agent.threads.read(thread.id, { includeTurns: false })).rejects.toMatchObject({ reason: "notLoaded" });

  await agent.threads.delete(other.id);
  const ends = agent.events.filter((event) => event.threadId === other.id).slice(-2);
  expect(ends).toMatchObject([{ type: "turnCompleted", turn: { status: "interrupted" } }, { type: "statusChanged" }]);
  expect(await fs.readdir(folder)).toEqual([]);
  // A thread without a turn has no file.
  const empty = (await agent.threads.start({ cwd: agent.cwd, ...full }, me)).thread;
  await expect(agent.threads.archive(empty.id)).rejects.toMatchObject({ reason: "notFound" });
  expect(agent.threads.loaded()).toEqual([empty.id]);
  await agent.threads.delete(empty.id);
  expect(agent.threads.loaded()).toEqual([]);
});
