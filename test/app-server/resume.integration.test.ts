import { expect, test } from "vitest";
import { createAppServer } from "../../src/app-server/server.ts";
import type { ReceivedServerNotification } from "../../src/client/client.ts";
import { foldThread, fromThread } from "../../src/client/thread-view.ts";
import { createCore } from "../../src/core/create-core.ts";
import { message, reasoning } from "../../src/demo/script.ts";
import type { Thread } from "../../src/protocol/threads.ts";
import { connected, type TestClient } from "../helpers/app-server.ts";
import { temporaryHome } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";

/** The real core behind the real server, in this process. */
async function serverOver(url: string) {
  const home = await temporaryHome(
    `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${url}"\n`,
  );
  const { env, platform } = process;
  const demo = { baseUrl: () => Promise.reject(new Error("no demo in this test")), token: "" };
  const core = createCore({
    home,
    systemConfig: null,
    version: "0",
    env,
    platform,
    overrides: [],
    hasUser: true,
    demo,
  });
  const server = createAppServer({ ...core, home, outlivesClients: false, onFault: () => undefined });
  return { home, server, [Symbol.asyncDispose]: () => server.close() };
}

const words = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");

test("a thread that is resumed while its turn streams is shown without a gap or a double, by each of many who come at any time", async () => {
  const answer = {
    kind: "stream" as const,
    items: [reasoning(words), message(words), message("The end.")],
    pace: { deltaSize: 10, delayMs: 1 },
  };
  await using model = await responsesServer(answer);
  await using of = await serverOver(model.url);
  const first = await connected(of.server);
  const { thread } = await first.client.request("thread/start", { cwd: of.home });
  await first.client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
  await first.until("item/reasoning/summaryTextDelta");
  const full = fromThread((await first.client.request("thread/read", { threadId: thread.id })).thread);

  const ended = first.until("turn/completed").then(() => true);
  const later = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  const views: Promise<unknown>[] = [];
  for (;;) {
    const other = await connected(of.server);
    const { thread: shown } = await other.client.request("thread/resume", { threadId: thread.id });
    if (shown.turns.at(-1)?.status === "inProgress") views.push(textsOf(shown, other));
    if (await Promise.race([ended, later()])) break;
  }
  expect(views.length).toBeGreaterThan(5);
  const expected = foldThread(full, first.notifications).turns.map(({ items }) => items.map(textOf));
  for (const shown of await Promise.all(views)) expect(shown).toEqual(expected);
});

/** What a client has seen in the end that never hears the last word on an item, which would hide what was lost or doubled before it. */
async function textsOf(shown: Thread, { until, notifications }: TestClient): Promise<unknown> {
  await until("turn/completed");
  const view = foldThread(
    fromThread(shown),
    notifications.filter(({ method }) => method !== "item/completed"),
  );
  return view.turns.map(({ items }) => items.map(textOf));
}

const textOf = (item: object): unknown => {
  const { text, summary, content } = item as Readonly<Record<string, unknown>>;
  return text ?? summary ?? content;
};

test("a client that counts and comes back again and again misses nothing and hears nothing twice", async () => {
  const answer = {
    kind: "stream" as const,
    items: [reasoning(words), message(words), message("The end.")],
    pace: { deltaSize: 10, delayMs: 1 },
  };
  await using model = await responsesServer(answer);
  await using of = await serverOver(model.url);
  const watching = await connected(of.server, {}, { sequence: true });
  const started = await watching.client.request("thread/start", { cwd: of.home });
  const { id: threadId } = started.thread;
  const heard: ReceivedServerNotification[] = [];
  let last = started.sequence ?? 0;
  await watching.client.request("turn/start", { threadId, input: [{ type: "text", text: "go" }] });
  const ended = watching.until("turn/completed");
  let visits = 0;
  for (let isOver = false; !isOver; visits += 1) {
    const other = await connected(of.server, {}, { sequence: true });
    const { thread, isReplayed } = await other.client.request("thread/resume", { threadId, afterSequence: last });
    expect({ isReplayed, turns: thread.turns }).toEqual({ isReplayed: true, turns: [] });
    const isDone = ended.then(() => true);
    isOver = await Promise.race([isDone, new Promise<false>((resolve) => setTimeout(() => resolve(false), 10))]);
    if (isOver) await other.until("turn/completed");
    await other.client.dispose();
    const numbered = other.notifications.filter(({ params }) => sequenceOf(params) !== null);
    heard.push(...numbered);
    last = sequenceOf(numbered.at(-1)?.params) ?? last;
  }
  expect(visits).toBeGreaterThan(3);
  const numbers = heard.map(({ params }) => (sequenceOf(params) ?? 0) - (started.sequence ?? 0));
  expect(numbers).toEqual(Array.from(numbers, (_, index) => index + 1));
  expect(heard).toEqual(
    watching.notifications.filter(({ params }) => sequenceOf(params) !== null).map(withoutTime(heard)),
  );
});

test("who has been away too long gets the whole thread and is told so; who did not opt in may not ask", async () => {
  await using model = await responsesServer([message("Hi.")]);
  await using of = await serverOver(model.url);
  const first = await connected(of.server, {}, { sequence: true });
  const started = await first.client.request("thread/start", { cwd: of.home });
  const { id: threadId } = started.thread;
  await first.client.request("turn/start", { threadId, input: [{ type: "text", text: "go" }] });
  await first.until("turn/completed");
  for (const afterSequence of [(started.sequence ?? 0) - 1, (started.sequence ?? 0) + 1000, 0]) {
    const other = await connected(of.server, {}, { sequence: true });
    const resumed = await other.client.request("thread/resume", { threadId, afterSequence });
    expect(resumed).toMatchObject({ isReplayed: false, thread: { turns: [{ status: "completed" }] } });
    const again = { threadId, afterSequence: resumed.sequence, initialTurnsPage: { limit: 1 } };
    expect(await other.client.request("thread/resume", again)).toMatchObject({
      isReplayed: true,
      sequence: resumed.sequence,
      initialTurnsPage: null,
    });
  }
  const plain = await connected(of.server);
  await expect(plain.client.request("thread/resume", { threadId, afterSequence: 1 })).rejects.toMatchObject({
    code: -32600,
    message: "thread/resume.afterSequence requires the capability extensions.turnwright.sequence",
  });
  const resumed = await plain.client.request("thread/resume", { threadId });
  expect(Object.keys(resumed).filter((name) => name === "sequence" || name === "isReplayed")).toEqual([]);
  expect(plain.notifications.filter(({ params }) => "sequence" in params)).toEqual([]);
});

const sequenceOf = (params: object | undefined): number | null =>
  params !== undefined && "sequence" in params && typeof params.sequence === "number" ? params.sequence : null;

/** The stamp of sending is a new one each time. */
const withoutTime =
  (others: readonly ReceivedServerNotification[]) =>
  (notification: ReceivedServerNotification, index: number): ReceivedServerNotification => ({
    ...notification,
    emittedAtMs: others[index]?.emittedAtMs ?? null,
  });
