import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { answer, functionCall, message, reasoning } from "../../src/demo/script.ts";
import { startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const unknown = "01a1f7ca-0000-7000-8000-000000000000";
const clientInfo = { name: "probe", version: "1" };
const text = (words: string) => [{ type: "text", text: words }];

async function initialize(server: CliServer, capabilities: object = {}): Promise<void> {
  await server.request("initialize", { clientInfo, capabilities: { experimentalApi: true, ...capabilities } });
  server.send({ method: "initialized" });
}

const threadIdOf = (response: Readonly<Record<string, unknown>>): string =>
  (response as { result: { thread: { id: string } } }).result.thread.id;

const methodsOf = (server: CliServer): unknown[] =>
  server.session.flatMap(({ direction, message: { method } }) =>
    direction === "out" && method !== undefined ? [method] : [],
  );

test("closing stdin ends the process with status 0, after the answers to what was asked", async () => {
  await using server = await startCliServer();
  server.send({ id: 1, method: "initialize", params: { clientInfo } });
  server.send({ id: 2, method: "thread/list", params: {} });
  server.child.stdin.end();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  const answers = server.session.filter(({ message: sent }) => "result" in sent).map(({ message: sent }) => sent["id"]);
  expect({ answers, strays: server.strays }).toEqual({ answers: [1, 2], strays: [] });
});

test("closing stdin interrupts the running turn cleanly, keeps what was shown of it, and ends with status 0", async () => {
  const pace = { deltaSize: 10, delayMs: 20 };
  await using model = await responsesServer({ ...answer(message("word ".repeat(500))), pace });
  await using server = await startCliServer({ config: providerAt(model.url) });
  await initialize(server);
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "item/agentMessage/delta");
  server.child.stdin.end();
  expect(await server.exited).toEqual({ code: 0, signal: null });
  const shown = server.session
    .filter(({ message: sent }) => sent["method"] === "item/agentMessage/delta")
    .map(({ message: sent }) => (sent["params"] as { delta: string }).delta)
    .join("");
  const files = await fs.readdir(path.join(server.home, "sessions"), { recursive: true });
  expect(files.filter((file) => /\.(?:open|lock)$/u.test(file))).toEqual([]);
  await using next = await startCliServer({ env: { TURNWRIGHT_HOME: server.home } });
  await initialize(next);
  const { result } = await next.request("thread/read", { threadId, includeTurns: true });
  const { turns } = (result as { thread: { turns: { status: string; items: { text?: string }[] }[] } }).thread;
  expect(turns.map(({ status }) => status)).toEqual(["interrupted"]);
  expect(turns[0]?.items.at(-1)?.text?.slice(0, shown.length)).toBe(shown);
});

test("a client that leaves and does not read its answers does not keep the process alive", async () => {
  await using server = await startCliServer();
  await initialize(server);
  server.child.stdout.pause();
  for (let id = 1; id <= 2000; id++) server.send({ id, method: "config/read", params: {} });
  server.child.stdin.end();
  const code = await new Promise<number | null>((resolve) => server.child.once("exit", resolve));
  expect({ code, stderr: server.stderr() }).toEqual({
    code: 1,
    stderr: expect.stringContaining("not everything ended within 5000 ms") as unknown,
  });
  server.child.stdout.resume();
});

test("SIGTERM ends it in order", async () => {
  await using server = await startCliServer();
  await initialize(server);
  server.child.kill("SIGTERM");
  expect(await server.exited).toEqual({ code: 0, signal: null });
});

test("garbage gets no answer and one line on stderr each, without its content, and the server goes on", async () => {
  await using server = await startCliServer();
  const garbage = ["not json at all", '{"id":5', "[]", "123", '""', "{}", '{"id":6}', '{"apiKey":"sk-verysecret'];
  for (const line of garbage) server.send(line);
  server.send({ id: 1, method: "thread/list", params: {} });
  await server.until(({ id }) => id === 1);
  expect(server.session.filter(({ direction }) => direction === "out")).toEqual([
    { direction: "out", message: { error: { code: -32600, message: "Not initialized" }, id: 1 } },
  ]);
  server.child.stdin.end();
  await server.exited;
  const lines = server.stderr().trim().split("\n");
  expect(lines).toHaveLength(garbage.length);
  for (const line of lines) expect(line).toMatch(/ ERROR ignored /u);
  expect(server.stderr()).not.toContain("verysecret");
});

test("what other code writes to stdout goes to stderr", async () => {
  const stray = "data:text/javascript,setInterval(()=>{console.log('stray');process.stdout.write('bytes')},1)";
  await using server = await startCliServer({ env: { NODE_OPTIONS: `--import "${stray}"` } });
  await initialize(server);
  await server.request("thread/read", { threadId: unknown });
  server.child.stdin.end();
  await server.exited;
  expect(server.strays).toEqual([]);
  expect(server.stderr()).toContain("stray\nbytes");
});

test("a line cut in the middle of a character, and many lines at once, are read", async () => {
  await using server = await startCliServer();
  const line = Buffer.from(`${JSON.stringify({ id: "ä😀", method: "initialize", params: { clientInfo } })}\n`);
  for (const byte of line) server.child.stdin.write(Buffer.of(byte));
  await server.until(({ id }) => id === "ä😀");
});

test("params of 5 MB are read", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const response = await server.request("thread/read", { threadId: unknown, junk: "x".repeat(5_000_000) });
  expect(response).toMatchObject({ error: { message: `thread not loaded: ${unknown}` } });
});

test("a line beyond 64 MiB is skipped with a clear word, and the next one is read", async () => {
  await using server = await startCliServer();
  const mebibyte = Buffer.alloc(1024 * 1024, "x");
  for (let count = 0; count < 65; count++) server.child.stdin.write(mebibyte);
  server.child.stdin.write("\n");
  await initialize(server);
  expect(server.stderr()).toContain("a line is longer than 67108864 bytes");
});

test("5,000 requests at once are all answered", async () => {
  await using server = await startCliServer();
  await initialize(server);
  const requests = Array.from({ length: 5000 }, () => server.request("thread/read", { threadId: unknown }));
  for (const response of await Promise.all(requests)) {
    expect(response).toMatchObject({ error: { code: -32600, message: `thread not loaded: ${unknown}` } });
  }
});

test("a client that does not read holds nothing up but its own answers", async () => {
  await using server = await startCliServer();
  await initialize(server);
  server.child.stdout.pause();
  const requests = Array.from({ length: 500 }, () => server.request("config/read", {}));
  server.send("garbage");
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (server.stderr().includes("is not JSON")) resolve();
      else server.child.stderr.once("data", () => setImmediate(look));
    };
    look();
  });
  server.child.stdout.resume();
  expect(await Promise.all(requests)).toHaveLength(500);
});

test("a broken configuration is said with its place on the request that needs it, and others are served", async () => {
  await using server = await startCliServer({ config: "model = \n" });
  await initialize(server);
  const response = await server.request("thread/start", {});
  expect(response).toMatchObject({
    error: {
      code: -32600,
      message: expect.stringMatching(/^failed to load configuration: .*config\.toml:1:\d+: /u) as unknown,
    },
  });
  expect(await server.request("thread/read", { threadId: unknown })).toMatchObject({
    error: { message: `thread not loaded: ${unknown}` },
  });
});

test("a key that has no effect is told to the client and to the log", async () => {
  await using server = await startCliServer({ config: "modle = 'x'\n" });
  await initialize(server);
  const summary = `${path.join(server.home, "config.toml")}: unknown key modle has no effect. Did you mean model?`;
  const warning = await server.until(({ method }) => method === "configWarning");
  expect(warning).toMatchObject({ params: { summary, details: null } });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  expect(server.stderr()).toContain(summary);
});

test("instructions of one's own are looked for in the home", async () => {
  await using model = await responsesServer(answer(message("Aye.")));
  await using server = await startCliServer({
    config: `model_instructions_file = "own.md"\n${providerAt(model.url)}`,
    cwd: await temporaryHome(),
  });
  await fs.writeFile(path.join(server.home, "own.md"), "Speak like a sailor.");
  await initialize(server);
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "turn/completed");
  expect(model.requests[0]?.body).toMatchObject({ instructions: "Speak like a sailor." });
});

test("with TURNWRIGHT_TRACE every message is on stderr once, without secrets", async () => {
  await using server = await startCliServer({ env: { TURNWRIGHT_TRACE: "1" } });
  await initialize(server);
  await server.request("account/login/start", { type: "apiKey", apiKey: "sk-verysecretkey", storage: "memory" });
  server.child.stdin.end();
  await server.exited;
  expect(server.stderr()).toMatch(/ TRACE in \{"method":"initialize"/u);
  expect(server.stderr()).toMatch(/ TRACE out \{"id":1000,"result"/u);
  expect(server.stderr().match(/account\/login\/start/gu)).toHaveLength(1);
  expect(server.stderr()).not.toContain("verysecret");
});

/** A turn that thinks, asks for a command outside the sandbox, runs it and answers. */
const script = [
  answer(
    reasoning("**Looking** at it"),
    functionCall("exec_command", { cmd: "touch hello", sandbox_permissions: "require_escalated", justification: "J" }),
  ),
  answer(message("Done.")),
] as const;

const providerAt = (url: string): string =>
  `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "Mock"\nbase_url = "${url}"\n`;

test("every message of a session with an approval is valid against the published schema, both ways", async () => {
  await using model = await responsesServer(...script, answer(message("Again.")));
  await using server = await startCliServer({ config: providerAt(model.url) });
  server.onServerRequest(() => ({ decision: "accept" }));
  await initialize(server);
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home, approvalPolicy: "on-request" }));
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "turn/completed");
  await server.request("thread/resume", { threadId });
  await server.request("thread/read", { threadId, includeTurns: true });
  await server.request("thread/list", {});
  await server.request("model/list", {});
  await server.request("config/read", { includeLayers: true });
  await server.request("account/read", {});
  await server.request("account/login/start", { type: "apiKey", apiKey: "sk-1", storage: "memory" });
  await server.request("account/logout");
  expect(methodsOf(server)).toEqual(
    expect.arrayContaining([
      "thread/started",
      "turn/started",
      "item/started",
      "item/reasoning/summaryTextDelta",
      "item/commandExecution/requestApproval",
      "serverRequest/resolved",
      "item/agentMessage/delta",
      "thread/tokenUsage/updated",
      "turn/completed",
    ]),
  );
  const errors = sessionErrors(server.session);
  if (errors !== null) expect([...new Set(errors)]).toEqual([]);
});

test("a session of a client that opted in is valid too: a plan, a patch that waits for the user, a written file", async () => {
  const input = "*** Begin Patch\n*** Add File: new.txt\n+hello\n*** End Patch\n";
  const plan = [{ step: "Write it", status: "in_progress" }];
  await using model = await responsesServer(
    answer(functionCall("update_plan", { plan }), functionCall("apply_patch", { input })),
    answer(message("Written.")),
  );
  await using server = await startCliServer({ config: providerAt(model.url) });
  server.onServerRequest(() => ({ decision: "accept" }));
  await initialize(server, { extensions: { turnwright: { review: true } } });
  const cwd = await temporaryHome();
  const started = await server.request("thread/start", { cwd, sandbox: "workspace-write", reviewEdits: "ask" });
  const threadId = threadIdOf(started);
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "turn/completed");
  model.assertExhausted();
  const asked = await server.until(({ method }) => method === "item/fileChange/requestApproval");
  expect(asked).toMatchObject({
    params: {
      turnwright: { files: [{ path: path.join(cwd, "new.txt"), base: null, proposed: "hello\n", baseHash: null }] },
    },
  });
  expect(await fs.readFile(path.join(cwd, "new.txt"), "utf8")).toBe("hello\n");
  expect(methodsOf(server)).toEqual(expect.arrayContaining(["turn/plan/updated", "turn/diff/updated"]));
  const errors = sessionErrors(server.session);
  if (errors !== null) expect([...new Set(errors)]).toEqual([]);
});

test("a session that pages through a thread, names, archives, unarchives and deletes it is valid", async () => {
  await using model = await responsesServer(answer(message("Hi.")));
  await using server = await startCliServer({ config: providerAt(model.url) });
  await initialize(server, {});
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "turn/completed");
  await server.request("thread/name/set", { threadId, name: "My thread" });
  expect(await server.request("thread/loaded/list", {})).toMatchObject({
    result: { data: [threadId], nextCursor: null },
  });
  const turns = await server.request("thread/turns/list", { threadId, limit: 1 });
  expect(turns).toMatchObject({ result: { data: [{ itemsView: "summary" }], nextCursor: null } });
  const items = await server.request("thread/items/list", { threadId, limit: 1 });
  expect(items).toMatchObject({
    result: { data: [{ item: { type: "userMessage" } }], nextCursor: expect.any(String) as string },
  });
  await server.request("thread/archive", { threadId });
  expect(await server.request("thread/list", { archived: true })).toMatchObject({
    result: { data: [{ name: "My thread" }] },
  });
  expect(await server.request("thread/resume", { threadId })).toMatchObject({
    error: { code: -32600, data: { reason: "archived" } },
  });
  await server.request("thread/unarchive", { threadId });
  await server.request("thread/resume", { threadId });
  expect(await server.request("thread/unsubscribe", { threadId })).toMatchObject({
    result: { status: "unsubscribed" },
  });
  await server.request("thread/delete", { threadId });
  await server.until(({ method }) => method === "thread/deleted");
  expect(await server.request("thread/list", {})).toMatchObject({ result: { data: [] } });
  const errors = sessionErrors(server.session);
  if (errors !== null) expect([...new Set(errors)]).toEqual([]);
});

test("a plain turn is told in the order that clients have seen", async () => {
  await using model = await responsesServer(answer(message("Hi.")));
  await using server = await startCliServer({ config: providerAt(model.url) });
  await initialize(server, { optOutNotificationMethods: ["warning"] });
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  await server.request("turn/start", { threadId, input: text("hello") });
  await server.until(({ method }) => method === "turn/completed");
  model.assertExhausted();
  expect(methodsOf(server)).toEqual([
    "remoteControl/status/changed",
    "thread/started",
    "thread/status/changed",
    "turn/started",
    "item/started",
    "item/completed",
    "item/started",
    "item/agentMessage/delta",
    "item/completed",
    "thread/tokenUsage/updated",
    "thread/status/changed",
    "turn/completed",
  ]);
});

test("the demo provider needs no key and no network", async () => {
  await using server = await startCliServer({ args: ["-c", "model_provider=demo"] });
  await initialize(server);
  const threadId = threadIdOf(await server.request("thread/start", { cwd: server.home }));
  await server.request("turn/start", { threadId, input: text("What is the capital of France?") });
  expect(await server.until(({ method }) => method === "turn/completed")).toMatchObject({
    params: { turn: { status: "completed" } },
  });
});
