import { watch } from "node:fs";
import fs from "node:fs/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { builtCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { responsesServer, type TestResponsesServer } from "../helpers/responses-server.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

type Json = Readonly<Record<string, unknown>>;
interface Answer {
  readonly result: {
    readonly thread: {
      readonly id: string;
      readonly path: string;
      readonly turns: readonly { readonly id: string }[];
    };
    readonly turn: { readonly id: string };
  };
}
const say = (words: string) => ({ type: "message" as const, text: words });
const input = (words: string) => [{ type: "text", text: words }];
const message = (words: string) => ({ type: "message", role: "user", content: [{ type: "input_text", text: words }] });
const full = { sandbox: "danger-full-access", approvalPolicy: "never" };
const unknown = "01a1f7ca-0000-7000-8000-000000000000";

beforeAll(async () => {
  await builtCli();
});

async function homeFor(model: TestResponsesServer): Promise<string> {
  const home = await temporaryHome(
    `model = "m"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
  );
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  return home;
}

async function serverAt(home: string): Promise<CliServer> {
  const server = await startCliServer({ env: { TURNWRIGHT_HOME: home } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const capabilities = { experimentalApi: true };
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  server.send({ method: "initialized" });
  return server;
}

const ask = async (server: CliServer, method: string, params: object): Promise<Answer["result"]> => {
  const answer = await server.request(method, params);
  if (!("result" in answer)) throw new Error(`${method}: ${JSON.stringify(answer)}`);
  return (answer as unknown as Answer).result;
};

/** Plays a turn to its end; its id. */
async function play(server: CliServer, threadId: string, words: string): Promise<string> {
  const { turn } = await ask(server, "turn/start", { threadId, input: input(words) });
  const isEnd = ({ method, params }: Json): boolean =>
    method === "turn/completed" && (params as { turn: { id: string } }).turn.id === turn.id;
  await server.until(isEnd);
  return turn.id;
}

/** What the server sent since: methods, and `answer` where it answered. */
const sentSince = (server: CliServer, count: number): unknown[] =>
  server.session
    .slice(count)
    .filter(({ direction }) => direction === "out")
    .map(({ message: sent }) => {
      const { status } = (sent["params"] ?? {}) as { status?: { type: string } };
      return status === undefined ? (sent["method"] ?? "answer") : status.type;
    });

const inputOf = (model: TestResponsesServer, index: number): string => {
  const body = model.requests[index]?.raw.toString("utf8") ?? "";
  return body.slice(body.indexOf('"input":['), body.lastIndexOf('],"tools":'));
};

test("fork, revert and inject_items answer and notify in the order that clients know, within the schema", async () => {
  await using model = await responsesServer(...["one", "two", "in fork", "after"].map(say));
  const server = await serverAt(await homeFor(model));
  const { thread } = await ask(server, "thread/start", { cwd: server.home, ...full });
  const first = await play(server, thread.id, "first");
  const next = await play(server, thread.id, "second");

  let before = server.session.length;
  const { thread: fork } = await ask(server, "thread/fork", { threadId: thread.id });
  expect(fork.turns.map(({ id }) => id)).toEqual([first, next]);
  await server.until(({ method, params }) => {
    return method === "thread/started" && (params as { thread: { id: string } }).thread.id === fork.id;
  });
  expect(sentSince(server, before)).toEqual(["answer", "thread/tokenUsage/updated", "thread/started"]);
  const without = await ask(server, "thread/fork", { threadId: thread.id, lastTurnId: first, excludeTurns: true });
  expect(without.thread.turns).toEqual([]);
  await play(server, fork.id, "in the fork");

  before = server.session.length;
  expect(await ask(server, "thread/revert", { threadId: thread.id, beforeTurnId: next })).toMatchObject({
    thread: { id: thread.id, turns: [], status: { type: "idle" } },
    turnsBackwardsCursor: expect.stringContaining('"rolloutOrdinal":0') as unknown,
    itemsBackwardsCursor: expect.stringContaining('"item":1') as unknown,
  });
  await server.until(({ method }) => method === "thread/reverted");
  expect(sentSince(server, before)).toEqual(["notLoaded", "idle", "answer", "thread/reverted"]);

  expect(await ask(server, "thread/inject_items", { threadId: thread.id, items: [message("injected")] })).toEqual({});
  await play(server, thread.id, "instead");
  expect(inputOf(model, 3).startsWith(inputOf(model, 0))).toBe(true);
  expect(inputOf(model, 3).indexOf("injected")).toBeLessThan(inputOf(model, 3).indexOf("instead"));
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  model.assertExhausted();
});

test("what cannot be forked, reverted or injected is refused with words that say what to do", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return { kind: "stream", items: [say("one")] };
  });
  const server = await serverAt(await homeFor(model));
  const { thread } = await ask(server, "thread/start", { cwd: server.home, ...full });
  const threadId = thread.id;
  const { turn } = await ask(server, "turn/start", { threadId, input: input("hi") });
  const refused = async (method: string, params: object): Promise<string> => {
    const { error } = (await server.request(method, params)) as { error?: { code: number; message: string } };
    expect(error?.code).toBe(-32600);
    return error?.message ?? "";
  };
  const inject = (items: unknown) => refused("thread/inject_items", { threadId, items });
  const call = { type: "function_call", call_id: "c", name: "f", arguments: "{}" };
  const output = { type: "function_call_output", call_id: "c", output: "" };
  expect([
    await refused("thread/fork", { threadId: unknown }),
    await refused("thread/fork", { threadId: "x" }),
    await refused("thread/fork", { threadId, lastTurnId: turn.id }),
    await refused("thread/fork", { threadId, lastTurnId: "x" }),
    await refused("thread/fork", { threadId, model: "" }),
    await refused("thread/revert", { threadId }),
    await refused("thread/revert", { threadId: unknown, beforeTurnId: "x" }),
    await refused("thread/revert", { threadId, beforeTurnId: "x" }),
    await refused("thread/revert", { threadId, beforeTurnId: turn.id }),
    await refused("thread/inject_items", { threadId: unknown, items: [message("x")] }),
    await inject([]),
    await inject([message("x"), { type: "image_generation_call" }]),
    await inject([output]),
    await inject([call]),
    await inject([call, call]),
    await inject([call, { ...output, type: "custom_tool_call_output" }]),
    await inject(Array.from({ length: 1001 }, () => message("x"))),
  ]).toEqual([
    `no rollout found for thread id ${unknown}`,
    expect.stringMatching(/^invalid (session|thread) id: /),
    `turn ${turn.id} is still running; interrupt it, or fork from an earlier turn`,
    "turn not found: x",
    expect.stringMatching(/^No models are available/),
    expect.stringMatching(/^Invalid request: missing field `beforeTurnId`/),
    `thread not found: ${unknown}`,
    "turn not found: x",
    `thread ${threadId} has a running turn; interrupt it first`,
    `thread not found: ${unknown}`,
    expect.stringMatching(/^items must not be empty/),
    expect.stringMatching(/^items\[1\] is not an item that can be sent to the model: .*Known are message/),
    expect.stringMatching(/^items\[0\] is an output, and its call c does not stand before it/),
    expect.stringMatching(/^The call c has no output in items/),
    expect.stringMatching(/^items\[1\]: the call c is there twice/),
    expect.stringMatching(/^items\[1\] is an output/),
    expect.stringMatching(/^items holds 1001 items; at most 1000/),
  ]);
  held.resolve(null);
  await server.until(({ method }) => method === "turn/completed");
  expect(inputOf(model, 0)).not.toContain("function_call");
});

test("killed between a fork and its first turn, the fork is there, also when the thread it comes from is deleted then", async () => {
  await using model = await responsesServer(...["one", "two"].map(say));
  const home = await homeFor(model);
  const one = await serverAt(home);
  const { thread } = await ask(one, "thread/start", { cwd: home, ...full });
  await play(one, thread.id, "first");
  const { thread: fork } = await ask(one, "thread/fork", { threadId: thread.id });
  one.child.kill("SIGKILL");
  await one.exited;
  const lines = (await fs.readFile(fork.path, "utf8")).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual(["session_meta"]);

  const two = await serverAt(home);
  await ask(two, "thread/delete", { threadId: thread.id });
  expect(await ask(two, "thread/list", {})).toMatchObject({ data: [{ id: fork.id, preview: "first" }] });
  expect((await ask(two, "thread/resume", { threadId: fork.id })).thread.turns).toEqual(fork.turns);
  await play(two, fork.id, "second");
  expect(inputOf(model, 1).startsWith(inputOf(model, 0))).toBe(true);
  expect(sessionErrors(two.session) ?? []).toEqual([]);
});

test("killed at any point of making it, a fork is there with its history or not there at all", async () => {
  await using model = await responsesServer(say("one"));
  const home = await homeFor(model);
  const one = await serverAt(home);
  const { thread } = await ask(one, "thread/start", { cwd: home, ...full });
  await play(one, thread.id, "first");
  one.child.stdin.end();
  await one.exited;
  // Killed at the nth thing that it does to the files.
  for (const count of [1, 2, 3, 4, 5, 6, 8]) {
    const server = await serverAt(home);
    const changes = watch(home, { recursive: true });
    const reached = new Promise<void>((resolve) => {
      let seen = 0;
      changes.on("change", () => ++seen === count && resolve());
    });
    await Promise.race([reached, ask(server, "thread/fork", { threadId: thread.id })]);
    server.child.kill("SIGKILL");
    await server.exited;
    changes.close();
  }
  const last = await serverAt(home);
  await ask(last, "thread/delete", { threadId: thread.id });
  const { data } = (await ask(last, "thread/list", {})) as unknown as { data: { id: string }[] };
  for (const { id } of data) {
    const { thread: read } = await ask(last, "thread/read", { threadId: id, includeTurns: true });
    expect(read.turns).toMatchObject([{ items: [{ type: "userMessage" }, { text: "one" }] }]);
  }
});

test("a thread that another server has open is shown read-only, and can be gone on with when that server is killed", async () => {
  await using model = await responsesServer(...["one", "two"].map(say));
  const home = await homeFor(model);
  const one = await serverAt(home);
  const { thread } = await ask(one, "thread/start", { cwd: home, ...full });
  const threadId = thread.id;
  await play(one, threadId, "first");

  const two = await serverAt(home);
  const before = two.session.length;
  expect(await ask(two, "thread/resume", { threadId })).toMatchObject({
    thread: { canAcceptDirectInput: false, turns: [{ status: "completed" }] },
  });
  const warning = await two.until(({ method }) => method === "warning");
  expect(warning).toMatchObject({
    params: {
      threadId,
      message: expect.stringContaining(`open in another window (process ${one.child.pid ?? 0})`) as unknown,
    },
  });
  expect(sentSince(two, before)).toEqual(["answer", "idle", "warning"]);
  expect(await two.request("turn/start", { threadId, input: input("x") })).toMatchObject({
    error: { code: -32600, data: { reason: "inUse" } },
  });
  one.child.kill("SIGKILL");
  await one.exited;
  await play(two, threadId, "second");
  expect(inputOf(model, 1).startsWith(inputOf(model, 0))).toBe(true);
  expect(await ask(two, "thread/resume", { threadId })).toMatchObject({ thread: { canAcceptDirectInput: true } });
  expect(sessionErrors(two.session) ?? []).toEqual([]);
});
