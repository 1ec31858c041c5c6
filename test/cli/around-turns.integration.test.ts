import { expect, test } from "vitest";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startCliServer, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const clientInfo = { name: "probe", version: "1" };
const text = (words: string) => [{ type: "text", text: words }];
const unknown = "01a1f7ca-0000-7000-8000-000000000000";

async function initialize(server: CliServer): Promise<void> {
  await server.request("initialize", { clientInfo, capabilities: { experimentalApi: true } });
  server.send({ method: "initialized" });
}

const providerAt = (url: string): string =>
  `thread_unload_delay_secs = 0\nmodel = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "Mock"\nbase_url = "${url}"\n`;

type Answer = Readonly<Record<string, unknown>>;
const threadIdOf = (answered: Answer): string => (answered as { result: { thread: { id: string } } }).result.thread.id;
const queuedIdOf = (answered: Answer): string =>
  (answered as { result: { queuedSubmission: { id: string } } }).result.queuedSubmission.id;

const ended = (server: CliServer, count: number) => {
  let seen = 0;
  return server.until(({ method }) => method === "turn/completed" && ++seen === count);
};

test("a session with the user's own command, a queue, background terminals and an unloaded thread is valid", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(
    async () => {
      await held.promise;
      return answer(functionCall("exec_command", { cmd: "sleep 600", yield_time_ms: 250 }));
    },
    answer(message("It goes on.")),
    answer(message("Second.")),
  );
  await using server = await startCliServer({ config: providerAt(model.url) });
  await initialize(server);
  const threadId = threadIdOf(
    await server.request("thread/start", { cwd: server.home, sandbox: "danger-full-access", approvalPolicy: "never" }),
  );
  expect(await server.request("thread/shellCommand", { threadId, command: "echo user shell; exit 2" })).toMatchObject({
    result: {},
  });
  await ended(server, 1);
  await server.request("turn/start", { threadId, input: text("go") });
  await model.request(0);
  const add = (id: string) =>
    server.request("thread/queue/add", { threadId, clientUserMessageId: id, input: text(`queued ${id}`) });
  const [a, b] = [queuedIdOf(await add("a")), queuedIdOf(await add("b"))];
  await server.request("thread/queue/update", { threadId, queuedSubmissionId: b, input: text("changed") });
  await server.request("thread/queue/reorder", { threadId, queuedSubmissionIds: [b, a] });
  expect(await server.request("thread/queue/list", { threadId, limit: 1 })).toMatchObject({
    result: { data: [{ id: b, input: [{ text: "changed" }] }], nextCursor: "1" },
  });
  expect(await server.request("thread/queue/list", { threadId, cursor: "1" })).toMatchObject({
    result: { data: [{ id: a, clientUserMessageId: "a" }], nextCursor: null },
  });
  expect(await server.request("thread/queue/start", { threadId })).toMatchObject({
    error: { code: -32600, message: "thread already has an active or pending turn" },
  });
  expect(await server.request("thread/queue/delete", { threadId, queuedSubmissionId: a })).toMatchObject({
    result: { deleted: true },
  });
  held.resolve(null);
  await ended(server, 3);
  expect(await server.request("thread/queue/start", { threadId })).toMatchObject({
    error: { code: -32600, message: "queue is empty" },
  });
  const listed = await server.request("thread/backgroundTerminals/list", { threadId });
  expect(listed).toMatchObject({ result: { data: [{ command: "sleep 600", cwd: server.home }], nextCursor: null } });
  const { data } = (listed as { result: { data: { processId: string }[] } }).result;
  expect(await server.request("thread/backgroundTerminals/list", { threadId, cursor: "zzz" })).toMatchObject({
    error: { message: expect.stringMatching(/^invalid cursor: /) as string },
  });
  expect(
    await server.request("thread/backgroundTerminals/terminate", { threadId, processId: data[0]?.processId }),
  ).toMatchObject({ result: { terminated: true } });
  expect(await server.request("thread/backgroundTerminals/clean", { threadId })).toMatchObject({ result: {} });
  const changes = { effort: "high", collaborationMode: { mode: "plan", settings: { model: "mock-model" } } };
  expect(await server.request("thread/settings/update", { threadId, ...changes })).toMatchObject({ result: {} });
  expect(await server.until(({ method }) => method === "thread/settings/updated")).toMatchObject({
    params: { threadId, threadSettings: { effort: "high", collaborationMode: { mode: "plan" }, cwd: server.home } },
  });
  expect(await server.request("turn/settings/update", { threadId, turnId: "none", effort: "low" })).toMatchObject({
    result: { status: "targetUnavailable" },
  });
  await server.request("thread/unsubscribe", { threadId });
  await server.until(({ method }) => method === "thread/closed");
  expect(await server.request("thread/loaded/list", {})).toMatchObject({ result: { data: [] } });
  expect(await server.request("thread/queue/start", { threadId })).toMatchObject({
    error: { message: "resume the thread before starting a queued message" },
  });
  model.assertExhausted();
  const errors = sessionErrors(server.session);
  if (errors !== null) expect([...new Set(errors)]).toEqual([]);
});

test.for([
  ["thread/shellCommand", { command: "echo" }],
  ["thread/queue/list", {}],
  ["thread/queue/add", { clientUserMessageId: "a", input: text("x") }],
  ["thread/queue/start", {}],
  ["thread/backgroundTerminals/list", {}],
  ["thread/backgroundTerminals/clean", {}],
] as const)("%s says that there is no such thread", async ([method, params]) => {
  await using server = await startCliServer();
  await initialize(server);
  expect(await server.request(method, { threadId: unknown, ...params })).toMatchObject({
    error: { code: -32600, message: `thread not found: ${unknown}` },
  });
  expect(await server.request(method, { threadId: "nope", ...params })).toMatchObject({
    error: { code: -32600, message: expect.stringMatching(/^invalid thread id: /) as string },
  });
});

test("a thread that was started with raw events tells each item and response, in the order that clients have seen", async () => {
  await using model = await responsesServer(answer(message("Hi.")));
  await using server = await startCliServer({ config: providerAt(model.url) });
  await initialize(server);
  const params = { cwd: server.home, experimentalRawEvents: true };
  const threadId = threadIdOf(await server.request("thread/start", params));
  await server.request("turn/start", { threadId, input: text("hello") });
  const { params: told } = await ended(server, 1);
  const turnId = (told as { turn: { id: string } }).turn.id;
  const methods = server.session.flatMap(({ direction, message: { method } }) =>
    direction === "out" && typeof method === "string" ? [method] : [],
  );
  expect(methods.slice(methods.indexOf("turn/started")).filter((name) => name !== "warning")).toEqual([
    "turn/started",
    "rawResponseItem/completed",
    "rawResponseItem/completed",
    "rawResponseItem/completed",
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "rawResponseItem/completed",
    "item/completed",
    "rawResponse/completed",
    "thread/tokenUsage/updated",
    "thread/status/changed",
    "turn/completed",
  ]);
  expect(await server.until(({ method }) => method === "rawResponse/completed")).toMatchObject({
    params: { threadId, turnId, responseId: "resp_1", usage: { cacheWriteInputTokens: 0 }, usageMetadata: null },
  });
});

test("SIGKILL while messages wait loses none: they are there in the next process, in order", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return answer(message("Never."));
  });
  const config = providerAt(model.url);
  await using one = await startCliServer({ config });
  await initialize(one);
  const threadId = threadIdOf(await one.request("thread/start", { cwd: one.home }));
  await one.request("turn/start", { threadId, input: text("go") });
  for (const id of ["a", "b", "c"]) {
    await one.request("thread/queue/add", { threadId, clientUserMessageId: id, input: text(id) });
  }
  one.child.kill("SIGKILL");
  await one.exited;
  held.resolve(null);
  await using two = await startCliServer({ config, env: { TURNWRIGHT_HOME: one.home } });
  await initialize(two);
  expect(await two.request("thread/queue/list", { threadId })).toMatchObject({
    result: { data: [{ clientUserMessageId: "a" }, { clientUserMessageId: "b" }, { clientUserMessageId: "c" }] },
  });
  await two.request("thread/resume", { threadId });
  expect(await two.request("thread/queue/list", { threadId, limit: 1 })).toMatchObject({
    result: { data: [{ clientUserMessageId: "a" }], nextCursor: "1" },
  });
});

test("a client without experimentalApi is told what it would need, and hears nothing that it does not expect", async () => {
  await using model = await responsesServer(answer(message("Hi.")));
  await using server = await startCliServer({ config: providerAt(model.url) });
  await server.request("initialize", { clientInfo });
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  for (const [method, params] of [
    ["thread/queue/list", {}],
    ["thread/backgroundTerminals/list", {}],
    ["thread/settings/update", {}],
    ["turn/settings/update", { turnId: "x" }],
  ] as const) {
    expect(await server.request(method, { threadId, ...params })).toMatchObject({
      error: { code: -32600, message: `${method} requires experimentalApi capability` },
    });
  }
  expect(await server.request("thread/start", { experimentalRawEvents: true })).toMatchObject({
    error: { message: "thread/start.experimentalRawEvents requires experimentalApi capability" },
  });
  await server.request("turn/start", { threadId, input: text("hello"), effort: "high" });
  await ended(server, 1);
  const methods = server.session.map(({ message: { method } }) => method);
  expect(methods).not.toContain("thread/settings/updated");
});
