import { once } from "node:events";
import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { WebSocket } from "ws";
import type { Turn } from "../../src/protocol/turns.ts";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { runCli, temporaryHome } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { openSocket, socketClient, startSocketServer } from "../helpers/socket-server.ts";

const asCommand = "item/commandExecution/requestApproval";
const go = [{ type: "text" as const, text: "go" }];
const providerAt = (url: string): string =>
  `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "Mock"\nbase_url = "${url}"\n`;
const asks = answer(
  functionCall("exec_command", { cmd: "touch hi", sandbox_permissions: "require_escalated", justification: "J" }),
);
const never = () => new Promise<never>(() => undefined);

/** Resolves with the code and the reason with which the server closes. */
const closed = async (socket: WebSocket): Promise<readonly [unknown, string]> => {
  const [code, reason] = (await once(socket, "close")) as [number, Buffer];
  return [code, reason.toString()];
};

test("a free port is found and said; several clients share threads, each with its own initialize and subscriptions", async () => {
  await using model = await responsesServer(answer(message("Hi.")));
  await using server = await startSocketServer("ws://127.0.0.1:0", { config: providerAt(model.url) });
  expect(server.stderr()).toMatch(/^listening on: ws:\/\/127\.0\.0\.1:\d+\n$/u);
  const [one, two] = [await socketClient(server.url), await socketClient(server.url)];
  const third = await openSocket(server.url);
  third.send(JSON.stringify({ id: 1, method: "thread/list", params: {} }));
  const [refused] = (await once(third, "message")) as [Buffer];
  expect(refused.toString()).toBe('{"error":{"code":-32600,"message":"Not initialized"},"id":1}');
  const { thread } = await one.client.request("thread/start", { cwd: server.home });
  expect((await two.client.request("thread/loaded/list", {})).data).toEqual([thread.id]);
  await two.client.request("thread/resume", { threadId: thread.id });
  await one.client.request("turn/start", { threadId: thread.id, input: go });
  await Promise.all([one.until("turn/completed"), two.until("turn/completed")]);
  await two.client.request("thread/unsubscribe", { threadId: thread.id });
  expect(server.stdout()).toBe("");
});

test("an approval goes to all clients of the thread, to who comes later too; the first answer counts and a late one is dropped", async () => {
  await using model = await responsesServer(asks, answer(message("Done.")));
  await using server = await startSocketServer("ws://127.0.0.1:0", { config: providerAt(model.url) });
  const late = Promise.withResolvers<undefined>();
  const first = await socketClient(server.url, {
    [asCommand]: async () => {
      await late.promise;
      return { decision: "accept" as const };
    },
  });
  const { thread } = await first.client.request("thread/start", { cwd: server.home, approvalPolicy: "on-request" });
  await first.client.request("turn/start", { threadId: thread.id, input: go });
  await first.until("item/started");
  const idle = await socketClient(server.url, { [asCommand]: never });
  await idle.client.request("thread/resume", { threadId: thread.id });
  const second = await socketClient(server.url, { [asCommand]: async () => ({ decision: "decline" as const }) });
  await second.client.request("thread/resume", { threadId: thread.id });
  for (const client of [first, idle, second]) await client.until("serverRequest/resolved");
  late.resolve(undefined);
  const done = await first.until("turn/completed");
  expect(done.params).toMatchObject({ turn: { status: "completed" } });
  const { thread: read } = await second.client.request("thread/read", { threadId: thread.id, includeTurns: true });
  expect(read.turns[0]?.items.find(({ type }) => type === "commandExecution")).toMatchObject({ status: "declined" });
});

test("a turn goes on when its client leaves, and its question waits for the next one", async () => {
  await using model = await responsesServer(asks, answer(message("Done.")));
  await using server = await startSocketServer("ws://127.0.0.1:0", { config: providerAt(model.url) });
  const asked = Promise.withResolvers<undefined>();
  const first = await socketClient(server.url, {
    [asCommand]: () => {
      asked.resolve(undefined);
      return never();
    },
  });
  const { thread } = await first.client.request("thread/start", { cwd: server.home, approvalPolicy: "on-request" });
  await first.client.request("turn/start", { threadId: thread.id, input: go });
  await asked.promise;
  first.socket.terminate();
  const second = await socketClient(server.url, { [asCommand]: async () => ({ decision: "decline" as const }) });
  const resumed = await second.client.request("thread/resume", { threadId: thread.id });
  expect(resumed.thread.status).toMatchObject({ type: "active", activeFlags: ["waitingOnApproval"] });
  expect((await second.until("turn/completed")).params).toMatchObject({ turn: { status: "completed" } });
});

test("pages of the web are refused, whatever they call themselves, and so is a name bound anew to this machine", async () => {
  await using server = await startSocketServer();
  for (const origin of ["https://evil.example", "http://localhost:3000", "null"]) {
    await expect(openSocket(server.url, { origin })).rejects.toThrow("403: web pages may not connect to this server");
  }
  await expect(openSocket(server.url, { headers: { Host: "evil.example" } })).rejects.toThrow("403: the Host header");
  const http = server.url.replace("ws:", "http:");
  expect([(await fetch(`${http}/readyz`)).status, (await fetch(http)).status]).toEqual([200, 426]);
  await socketClient(server.url);
});

test("where others can connect a token is needed; it is read from a file that only the user can read", async () => {
  const home = await temporaryHome();
  const tokenFile = path.join(home, "token");
  const token = "0123456789abcdef0123456789abcdef";
  await fs.writeFile(tokenFile, token, { mode: 0o644 });
  const env = { TURNWRIGHT_HOME: home };
  expect(await runCli(["app-server", "--listen", "ws://0.0.0.0:0"], { env })).toEqual({
    code: 2,
    stdout: "",
    stderr: "turnwright app-server: 0.0.0.0 can be reached from other machines: --ws-token-file FILE is needed\n",
  });
  const args = ["app-server", "--listen", "ws://0.0.0.0:0", "--ws-token-file", tokenFile];
  expect(await runCli(args, { env })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("chmod 600") as unknown,
  });
  await fs.chmod(tokenFile, 0o600);
  await using server = await startSocketServer("ws://0.0.0.0:0", { home, args: ["--ws-token-file", tokenFile] });
  const url = server.url.replace("0.0.0.0", "127.0.0.1");
  await expect(openSocket(url)).rejects.toThrow("401: the header Authorization");
  const wrong = { authorization: `Bearer ${token.slice(0, -1)}0` };
  await expect(openSocket(url, { headers: wrong })).rejects.toThrow("401");
  await socketClient(url, {}, { headers: { authorization: `Bearer ${token}` } });
  expect(server.stderr()).not.toContain(token);
});

test("a frame beyond 64 MiB ends its connection with code 1009, and no other", async () => {
  await using server = await startSocketServer();
  const other = await socketClient(server.url);
  const socket = await openSocket(server.url);
  socket.on("error", () => undefined); // what is left of the frame has nowhere to go
  const end = closed(socket);
  socket.send("x".repeat(64 * 1024 * 1024 + 1));
  expect((await end)[0]).toBe(1009);
  await other.client.request("thread/list", {});
});

test("frames that are no text or no JSON are skipped with a word in the log, without their content", async () => {
  await using server = await startSocketServer();
  const { socket, client } = await socketClient(server.url);
  socket.send(Buffer.from('{"id":5,"method":"thread/list","params":{}}'));
  socket.send('{"apiKey":"sk-verysecret');
  await client.request("thread/list", {});
  expect(server.stderr()).toContain("ignored input: a frame is not text");
  expect(server.stderr()).toContain("ignored input: a frame of 24 characters is not JSON");
  expect(server.stderr()).not.toContain("verysecret");
});

test("SIGTERM interrupts what runs, tells each client the end of it, and closes with 1001", async () => {
  await using model = await responsesServer({
    ...answer(message("word ".repeat(500))),
    pace: { deltaSize: 5, delayMs: 20 },
  });
  await using server = await startSocketServer("ws://127.0.0.1:0", { config: providerAt(model.url) });
  const { client, until, socket } = await socketClient(server.url);
  const { thread } = await client.request("thread/start", { cwd: server.home });
  await client.request("turn/start", { threadId: thread.id, input: go });
  await until("item/agentMessage/delta");
  const end = closed(socket);
  server.child.kill("SIGTERM");
  expect((await until("turn/completed")).params).toMatchObject({ turn: { status: "interrupted" } });
  expect([await end, await server.exited]).toEqual([[1001, ""], 0]);
});

test("a unix socket is the user's alone, refuses a second server, and is taken over when its server was killed", async () => {
  const home = await temporaryHome();
  const file = path.join(home, "run", "s.sock");
  await using server = await startSocketServer(`unix://${file}`, { home });
  await socketClient(server.url);
  expect([(await fs.stat(file)).mode & 0o777, (await fs.stat(path.dirname(file))).mode & 0o777]).toEqual([
    0o600, 0o700,
  ]);
  await expect(startSocketServer(`unix://${file}`, { home })).rejects.toThrow(
    `status 1: turnwright: another server listens at ${file} (process ${server.child.pid ?? 0})`,
  );
  server.child.kill("SIGKILL");
  await server.exited;
  await using next = await startSocketServer(`unix://${file}`, { home });
  await socketClient(next.url);
});

const peakOf = async (pid: number | undefined): Promise<number> => {
  const status = await fs.readFile(`/proc/${pid ?? 0}/status`, "utf8");
  return Number(/^VmHWM:\s*(\d+) kB$/mu.exec(status)?.[1]) / 1024;
};

test.runIf(process.platform === "linux")(
  "100,000 deltas to a client that reads nothing cost little memory and hold up nobody; when it reads again it has the whole text",
  async () => {
    const flood = { kind: "flood", deltas: 100_000, size: 20 } as const;
    await using model = await responsesServer(flood, flood);
    // A small heap is cleaned often enough for its size to tell something.
    const env = { NODE_OPTIONS: "--max-old-space-size=96" };
    const home = await temporaryHome(`model_context_window = 100_000_000\n${providerAt(model.url)}`);
    // The system's own buffers of a unix socket are small.
    await using server = await startSocketServer(`unix://${path.join(home, "s.sock")}`, { home, env });
    const [stuck, reading] = [await socketClient(server.url), await socketClient(server.url)];
    const { thread } = await stuck.client.request("thread/start", { cwd: server.home });
    await reading.client.request("thread/resume", { threadId: thread.id });
    const play = async (): Promise<number> => {
      const { turn } = await reading.client.request("turn/start", { threadId: thread.id, input: go });
      await reading.until("turn/completed", ({ params }) => (params as { turn: Turn }).turn.id === turn.id);
      return peakOf(server.child.pid);
    };
    const whileReading = await play();
    await stuck.until("turn/completed");
    stuck.notifications.length = 0;
    stuck.socket.pause();
    const whileStuck = await play();
    expect(stuck.notifications.length).toBeLessThan(100);
    stuck.socket.resume();
    await stuck.until("turn/completed");
    const deltas = stuck.notifications.flatMap((notification) =>
      notification.method === "item/agentMessage/delta" ? [notification.params.delta] : [],
    );
    const whole = stuck.notifications.findLast(({ method }) => method === "item/completed");
    expect(whole?.params).toMatchObject({ item: { text: deltas.join("") } });
    expect(deltas.join("")).toHaveLength(2_000_000);
    process.stdout.write(
      `100,000 unread deltas: ${deltas.length} messages; peak ${Math.round(whileStuck)} MiB, ${Math.round(whileReading)} with a reader\n`,
    );
    expect(deltas.length).toBeLessThan(20_000);
    expect(whileStuck - whileReading).toBeLessThan(100);
  },
  120_000,
);
