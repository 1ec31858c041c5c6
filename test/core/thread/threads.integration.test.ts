import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startAgent, text, type Agent } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;
const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (cmd: string, callId: string) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify({ cmd }),
  callId,
});

interface InputItem {
  readonly type: string;
  readonly call_id?: string;
}
const unanswered = (body: Readonly<Record<string, unknown>> | undefined): unknown[] => {
  const input = body?.["input"] as readonly InputItem[];
  const ids = (suffix: string) => input.filter(({ type }) => type.endsWith(suffix)).map(({ call_id: id }) => id);
  const answered = ids("_call_output");
  return ids("_call").filter((id) => !answered.includes(id));
};

/** Another server process over the same home, as far as locks go. */
const second = (agent: Agent, url: string) => startAgent({ url, home: agent.home, cwd: agent.cwd });

const rolloutOf = async (agent: Agent, threadId: string): Promise<string> =>
  (await agent.threads.read(threadId, { includeTurns: false })).path ?? "";

/** Replaces line `number` (from 0) of a rollout. */
async function damage(file: string, number: number, by: string): Promise<void> {
  const lines = (await fs.readFile(file, "utf8")).split("\n");
  lines[number] = by;
  await fs.writeFile(file, lines.join("\n"));
}

const indexOf = async (file: string, matches: (line: string) => boolean): Promise<number> =>
  (await fs.readFile(file, "utf8")).split("\n").findIndex(matches);

test("a thread that another window has open can be read and listed but not gone on with, and its turn is not called interrupted", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return { kind: "stream", items: [say("first")] };
  }, say("second"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  await one.threads.startTurn(thread.id, [text("hi")], {}, null);
  await model.request(0);
  await using two = await second(one, model.url);
  const { turns } = await two.threads.read(thread.id, { includeTurns: true });
  expect(turns).toMatchObject([{ status: "inProgress", items: [{ type: "userMessage" }] }]);
  expect((await two.threads.list({ limit: 5, cursor: null, cwds: null })).data).toMatchObject([{ id: thread.id }]);
  expect((await two.threads.resume(thread.id, {}, me)).thread.turns).toMatchObject([{ status: "inProgress" }]);
  await expect(two.threads.startTurn(thread.id, [text("x")], {}, null)).rejects.toMatchObject({
    reason: "inUse",
    message: `thread ${thread.id} is open in another window (process ${process.pid}); close it there or start a new thread`,
  });
  held.resolve(null);
  await one.until("turnCompleted");
  // Restart: the old process is still ending while the new one opens the thread.
  const resumed = two.threads.resume(thread.id, {}, me);
  await one.threads.close();
  expect((await resumed).thread.turns).toMatchObject([{ status: "completed" }]);
  const { turn } = await two.play(thread.id, "again");
  expect(turn.status).toBe("completed");
});

test("a first line that cannot be read is rebuilt, an output without its call is left out, and both are said on resume", async () => {
  await using model = await responsesServer(
    [exec("echo one", "c1")],
    [exec("echo two", "c2")],
    say("done"),
    say("more"),
  );
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  await one.play(thread.id, "hello there");
  const file = await rolloutOf(one, thread.id);
  await one.threads.close();
  await damage(file, 0, '{"broken');
  await damage(file, await indexOf(file, (line) => line.includes('"function_call"')), '{"type":"response_item"}');
  await using two = await second(one, model.url);
  expect((await two.threads.list({ limit: 5, cursor: null, cwds: [one.cwd] })).data).toMatchObject([
    { id: thread.id, preview: "hello there", cwd: one.cwd, createdAt: thread.createdAt },
  ]);
  const { thread: read, again } = await two.threads.resume(thread.id, {}, me);
  expect(read).toMatchObject({ id: thread.id, turns: [{ status: "completed" }] });
  expect(again[0]).toMatchObject({
    type: "warning",
    message: expect.stringMatching(
      /^The thread was not stored whole: .*first line.*line 1 .*line \d+ .*call c1/,
    ) as unknown,
  });
  await two.play(thread.id, "go on");
  const input = JSON.stringify(model.requests[3]?.body["input"]);
  expect(input).not.toContain('"c1"');
  expect(input).toContain('"c2"');
});

test("whole lines with payloads that make no sense do not make a thread vanish", async () => {
  await using model = await responsesServer(say("done"), say("more"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  await one.play(thread.id, "hello");
  const file = await rolloutOf(one, thread.id);
  await one.threads.close();
  const frame = { timestamp: new Date().toISOString(), ordinal: 99 };
  const bad = [
    { ...frame, type: "response_item", payload: { item: null } },
    { ...frame, type: "item_completed", payload: { turnId: 5 } },
    { ...frame, type: "turn_context", payload: {} },
  ];
  await fs.appendFile(file, bad.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await using two = await second(one, model.url);
  expect((await two.threads.list({ limit: 5, cursor: null, cwds: null })).data).toHaveLength(1);
  const { again } = await two.threads.resume(thread.id, {}, me);
  expect(again[0]).toMatchObject({
    type: "warning",
    message: expect.stringMatching(/line \d+ cannot be read.*line \d+ cannot be read/) as unknown,
  });
  expect((await two.play(thread.id, "again")).turn.status).toBe("completed");
});

test("a thread of a newer format can be read and is not written to", async () => {
  await using model = await responsesServer(say("done"));
  await using one = await startAgent(model);
  const { thread } = await one.threads.start({ cwd: one.cwd, ...full }, me);
  await one.play(thread.id, "hello");
  const file = await rolloutOf(one, thread.id);
  await one.threads.close();
  await fs.writeFile(file, (await fs.readFile(file, "utf8")).replace('"format":2', '"format":99'));
  const before = await fs.readFile(file, "utf8");
  await using two = await second(one, model.url);
  expect((await two.threads.read(thread.id, { includeTurns: true })).turns).toHaveLength(1);
  await expect(two.threads.resume(thread.id, {}, me)).rejects.toMatchObject({ reason: "newerFormat" });
  expect(await fs.readFile(file, "utf8")).toBe(before);
  expect(await fs.readdir(path.dirname(file))).toEqual([path.basename(file)]);
});

test("a list goes on after its cursor's thread is gone, reads no outputs, and refuses a cursor that is none", async () => {
  await using model = await responsesServer(...Array.from({ length: 5 }, () => say("done")));
  await using agent = await startAgent(model);
  const ids: string[] = [];
  for (let number = 0; number < 5; number += 1) {
    const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
    await agent.play(thread.id, `number ${number}`);
    ids.unshift(thread.id);
  }
  await agent.threads.close();
  await using two = await second(agent, model.url);
  const page = await two.threads.list({ limit: 2, cursor: null, cwds: null });
  expect(page.data.map(({ id, preview }) => [id, preview])).toEqual([
    [ids[0], "number 4"],
    [ids[1], "number 3"],
  ]);
  const gone = page.data[1]?.path ?? "";
  await fs.rename(gone, `${gone}.gone`);
  const next = await two.threads.list({ limit: 2, cursor: page.nextCursor, cwds: [agent.cwd] });
  expect(next.data.map(({ id }) => id)).toEqual([ids[2], ids[3]]);
  const last = await two.threads.list({ limit: 2, cursor: next.nextCursor, cwds: null });
  expect(last).toMatchObject({ data: [{ id: ids[4] }], nextCursor: null });
  expect((await two.threads.list({ limit: 2, cursor: null, cwds: ["/elsewhere"] })).data).toEqual([]);
  await fs.rename(`${gone}.gone`, gone);
  await expect(two.threads.list({ limit: 2, cursor: "x", cwds: null })).rejects.toMatchObject({ reason: "badInput" });
});

test("a list reads the beginning of each rollout only", async () => {
  await using model = await responsesServer(say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  await agent.play(thread.id, "hello");
  const file = await rolloutOf(agent, thread.id);
  await agent.threads.close();
  // 1 GiB of holes: read whole, it would not fit into a string.
  await fs.truncate(file, 2 ** 30);
  await using two = await second(agent, model.url);
  const from = performance.now();
  expect((await two.threads.list({ limit: 5, cursor: null, cwds: null })).data).toMatchObject([{ preview: "hello" }]);
  expect(performance.now() - from).toBeLessThan(500);
});

/** Lets no file grow beyond `bytes`: the nearest thing to a full disk that a test can bring about and end. False: not here. */
function limitFiles(bytes: number | "unlimited"): void {
  execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);
}

test("when the disk is full the turn fails with advice, and once there is room the thread goes on as if it had been killed", async () => {
  if (!existsSync("/usr/bin/prlimit")) {
    process.stderr.write("left out: there is no prlimit to fill the disk with\n");
    return;
  }
  await using model = await responsesServer([exec("echo hello; sleep 600", "c1")], say("again"));
  await using agent = await startAgent(model);
  onTestFinished(() => limitFiles("unlimited"));
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  const turn = await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  await agent.until("commandOutputDelta");
  const file = await rolloutOf(agent, thread.id);
  limitFiles((await fs.stat(file)).size);
  await agent.threads.interrupt(thread.id, turn.id);
  const end = await agent.until("turnCompleted");
  expect(end.turn).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("Free some space") as string },
  });
  const reopened = await agent.threads.read(thread.id, { includeTurns: true });
  expect(reopened.turns).toMatchObject([{ items: [{ type: "userMessage" }, { id: "c1", status: "failed" }] }]);

  await expect(agent.threads.startTurn(thread.id, [text("on")], {}, null)).rejects.toMatchObject({
    reason: "notRecorded",
    message: expect.stringContaining("Free some space") as string,
  });
  await expect(agent.threads.resume(thread.id, {}, me)).rejects.toMatchObject({ reason: "notRecorded" });

  limitFiles("unlimited");
  expect((await agent.play(thread.id, "on")).turn.status).toBe("completed");
  const closed = agent.events.filter((event) => event.type === "itemCompleted" && event.item.id === "c1");
  expect(closed).toMatchObject([{ turnId: turn.id, item: { status: "failed", aggregatedOutput: "hello\n" } }]);
  expect(unanswered(model.requests[1]?.body)).toEqual([]);
  expect(model.requests[1]?.raw.toString("utf8")).toContain('"call_id":"c1"');
});
