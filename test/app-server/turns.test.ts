import { expect, test } from "vitest";
import type { ThreadEvent } from "../../src/core/thread/events.ts";
import { connected, rawClient, startServer } from "../helpers/app-server.ts";
import { agentMessage, type TurnScript } from "../helpers/memory-threads.ts";

const text = (words: string) => [{ type: "text" as const, text: words }];

const answer = async ({ threadId, turnId, emit }: TurnScript): Promise<void> => {
  const item = agentMessage("msg_1", "");
  emit({ type: "itemStarted", threadId, turnId, item, startedAtMs: 1 });
  emit({ type: "agentMessageDelta", threadId, turnId, itemId: "msg_1", delta: "hi" });
  emit({ type: "itemCompleted", threadId, turnId, item: { ...item, text: "hi" }, completedAtMs: 2 });
};

test("the answers to thread/start and turn/start come before what they cause", async () => {
  const { server } = startServer(answer);
  const raw = rawClient(server);
  raw.send({ id: 1, method: "initialize", params: { clientInfo: { name: "probe", version: "1" } } });
  await raw.until(2);
  raw.send({ id: 2, method: "thread/start", params: { cwd: "/repo" } });
  await raw.until(4);
  const threadId = /"thread":\{"id":"([^"]+)"/.exec(JSON.stringify(raw.received))?.[1];
  raw.send({ id: 3, method: "turn/start", params: { threadId, input: text("hello") } });
  await raw.until(12);
  const names = raw.received.map((message) => {
    const { id, method } = Object(message) as { id?: number; method?: string };
    return method ?? id;
  });
  expect(names).toEqual([
    1,
    "remoteControl/status/changed",
    2,
    "thread/started",
    3,
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "thread/status/changed",
    "turn/completed",
  ]);
});

test("thread/start answers with everything that clients have seen, null members included", async () => {
  const { server } = startServer();
  const { client, until } = await connected(server);
  const { thread, ...settings } = await client.request("thread/start", { cwd: "/repo" });
  expect(settings).toEqual({
    model: "mock-model",
    modelProvider: "mock",
    serviceTier: null,
    disabledPluginIds: [],
    cwd: "/repo",
    runtimeWorkspaceRoots: ["/repo"],
    instructionSources: [],
    approvalPolicy: "on-request",
    approvalsReviewer: "user",
    sandbox: { type: "readOnly", networkAccess: false },
    activePermissionProfile: { id: ":read-only", extends: null },
    reasoningEffort: null,
    multiAgentMode: "explicitRequestOnly",
  });
  expect((await until("thread/started")).params).toEqual({ thread });
});

test("a client that opted in hears the review in force", async () => {
  const { server } = startServer();
  const { client } = await connected(server, {}, { review: true });
  expect(await client.request("thread/start", { reviewEdits: "ask" })).toMatchObject({ reviewEdits: "ask" });
});

test("only clients that follow a thread hear of it, and resume makes them follow", async () => {
  let proceed = (): void => undefined;
  const { server } = startServer(async (script) => {
    await answer(script);
    await new Promise<void>((resolve) => {
      proceed = resolve;
    });
    const { threadId, turnId, emit } = script;
    emit({ type: "agentMessageDelta", threadId, turnId, itemId: "msg_2", delta: "later" });
  });
  const first = await connected(server);
  const second = await connected(server);
  const { thread } = await first.client.request("thread/start", {});
  await first.client.request("turn/start", { threadId: thread.id, input: text("hello") });
  await first.until("item/completed");
  expect(second.notifications.map(({ method }) => method)).toEqual(["remoteControl/status/changed"]);
  await second.client.request("thread/resume", { threadId: thread.id });
  proceed();
  await second.until("turn/completed");
  expect(second.notifications.map(({ method }) => method)).toEqual([
    "remoteControl/status/changed",
    "thread/status/changed",
    "item/agentMessage/delta",
    "thread/status/changed",
    "turn/completed",
  ]);
});

test("a client can opt out of exactly the notifications it names", async () => {
  const { server } = startServer(answer);
  const raw = rawClient(server);
  const optOutNotificationMethods = ["item/agentMessage/delta", "thread/started", "remoteControl/status/changed"];
  const params = { clientInfo: { name: "p", version: "1" }, capabilities: { optOutNotificationMethods } };
  raw.send({ id: 1, method: "initialize", params });
  raw.send({ id: 2, method: "thread/start", params: {} });
  await raw.until(2);
  const threadId = /"thread":\{"id":"([^"]+)"/.exec(JSON.stringify(raw.received))?.[1];
  raw.send({ id: 3, method: "turn/start", params: { threadId, input: text("hello") } });
  await raw.until(9);
  const names = raw.received.flatMap((message) => /"method":"([^"]+)"/.exec(JSON.stringify(message))?.[1] ?? []);
  expect(names).toEqual([
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/completed",
    "thread/status/changed",
    "turn/completed",
  ]);
});

test("turn/start while a turn runs answers with that turn", async () => {
  const { server } = startServer(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );
  const { client, until } = await connected(server);
  const { thread } = await client.request("thread/start", {});
  const threadId = thread.id;
  const first = await client.request("turn/start", { threadId, input: text("one") });
  const second = await client.request("turn/start", { threadId, input: text("two") });
  expect(second.turn.id).toBe(first.turn.id);
  const other = { threadId, turnId: "other" };
  await expect(client.request("turn/interrupt", other)).rejects.toThrow(
    `expected active turn id other but found ${first.turn.id}`,
  );
  expect(await client.request("turn/interrupt", { threadId, turnId: first.turn.id })).toEqual({});
  expect((await until("turn/completed")).params).toMatchObject({ turn: { status: "interrupted" } });
});

test("every event becomes one notification with the members that clients have seen", async () => {
  const threadId = "t";
  const of = { threadId, turnId: "u" };
  const usage = {
    totalTokens: 1,
    inputTokens: 1,
    cachedInputTokens: 0,
    cacheWriteInputTokens: 0,
    outputTokens: 0,
    reasoningOutputTokens: 0,
  };
  const events: ThreadEvent[] = [
    { type: "warning", threadId, message: "careful" },
    { type: "reasoningSummaryPartAdded", ...of, itemId: "r", summaryIndex: 0 },
    { type: "reasoningSummaryTextDelta", ...of, itemId: "r", delta: "d", summaryIndex: 0 },
    { type: "reasoningTextDelta", ...of, itemId: "r", delta: "d", contentIndex: 0 },
    { type: "commandOutputDelta", ...of, itemId: "c", delta: "out" },
    { type: "planUpdated", ...of, explanation: null, plan: [{ step: "s", status: "pending" }] },
    { type: "diffUpdated", ...of, diff: "diff" },
    { type: "tokenUsageUpdated", ...of, tokenUsage: { total: usage, last: usage, modelContextWindow: 10 } },
    { type: "error", ...of, error: { message: "lost", retryInMs: 500 }, willRetry: true },
  ];
  const { server } = startServer(async ({ emit, threadId: id }) => {
    for (const event of events) emit({ ...event, threadId: id });
  });
  const plain = await connected(server);
  const ours = await connected(server, {}, { review: true });
  const { thread } = await plain.client.request("thread/start", {});
  await ours.client.request("thread/resume", { threadId: thread.id });
  await plain.client.request("turn/start", { threadId: thread.id, input: text("go") });
  await Promise.all([plain.until("turn/completed"), ours.until("turn/completed")]);
  const told = plain.notifications.slice(4, 4 + events.length).map(({ method, params }) => ({ method, params }));
  const here = { threadId: thread.id, turnId: "u" };
  expect(told).toEqual([
    { method: "warning", params: { threadId: thread.id, message: "careful" } },
    { method: "item/reasoning/summaryPartAdded", params: { ...here, itemId: "r", summaryIndex: 0 } },
    { method: "item/reasoning/summaryTextDelta", params: { ...here, itemId: "r", delta: "d", summaryIndex: 0 } },
    { method: "item/reasoning/textDelta", params: { ...here, itemId: "r", delta: "d", contentIndex: 0 } },
    { method: "item/commandExecution/outputDelta", params: { ...here, itemId: "c", delta: "out" } },
    { method: "turn/plan/updated", params: { ...here, explanation: null, plan: [{ step: "s", status: "pending" }] } },
    { method: "turn/diff/updated", params: { ...here, diff: "diff" } },
    {
      method: "thread/tokenUsage/updated",
      params: { ...here, tokenUsage: { total: usage, last: usage, modelContextWindow: 10 } },
    },
    { method: "error", params: { ...here, error: { message: "lost" }, willRetry: true } },
  ]);
  const failure = ours.notifications.find(({ method }) => method === "error");
  expect(failure?.params).toMatchObject({ error: { retryInMs: 500 } });
});

test("lists are paged and answer with the members that clients have seen", async () => {
  const { server } = startServer();
  const { client } = await connected(server);
  for (let count = 0; count < 3; count++) await client.request("thread/start", {});
  const first = await client.request("thread/list", { limit: 2 });
  expect(first).toMatchObject({ readStates: {}, nextCursor: "2", backwardsCursor: null });
  expect((await client.request("thread/list", { limit: 2, cursor: "2" })).data).toHaveLength(1);
  expect((await client.request("thread/list", { archived: true })).data).toEqual([]);
  const models = await client.request("model/list", { limit: 1 });
  expect(models).toMatchObject({ data: [{ id: "a", isDefault: true }], nextCursor: "1" });
  expect(await client.request("model/list", { limit: 0 })).toEqual(models);
  expect((await client.request("thread/list", { limit: 0 })).data).toHaveLength(1);
  expect((await client.request("model/list", {})).data.map(({ id }) => id)).toEqual(["a", "b"]);
  expect((await client.request("model/list", { includeHidden: true })).data).toHaveLength(3);
});

test("signing in and out answers first and is then announced", async () => {
  const { server } = startServer();
  const { client, notifications, until } = await connected(server);
  expect(await client.request("account/read", {})).toMatchObject({ account: null, requiresOpenaiAuth: true });
  await client.request("account/login/start", { type: "apiKey", apiKey: "sk-1", storage: "memory" });
  await until("account/updated");
  expect(notifications.slice(-2).map(({ method, params }) => ({ method, params }))).toEqual([
    {
      method: "account/login/completed",
      params: { loginId: null, success: true, error: null, onboardingEntrypoint: null },
    },
    { method: "account/updated", params: { authMode: "apikey", planType: null } },
  ]);
  expect(await client.request("account/read", {})).toMatchObject({ account: { type: "apiKey" } });
  await client.request("account/logout", {});
  expect(await client.request("account/read", {})).toMatchObject({ account: null });
});

test("closing the server interrupts what runs and tells it before the channel ends", async () => {
  const { server } = startServer(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );
  const { client, notifications } = await connected(server);
  const { thread } = await client.request("thread/start", {});
  await client.request("turn/start", { threadId: thread.id, input: text("wait") });
  await server.close();
  await client.closed;
  expect(notifications.at(-1)).toMatchObject({ method: "turn/completed", params: { turn: { status: "interrupted" } } });
});
