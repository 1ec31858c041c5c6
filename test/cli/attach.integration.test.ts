import fs from "node:fs/promises";
import { watch } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { version } from "../../src/app-server/version.ts";
import { tryLock } from "../../src/core/thread/rollout/lock.ts";
import { answer, functionCall, message } from "../../src/demo/script.ts";
import { startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

type Json = Readonly<Record<string, unknown>>;

const go = [{ type: "text", text: "go" }];
const providerAt = (url: string): string =>
  `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nname = "Mock"\nbase_url = "${url}"\n`;

/** A home whose attached servers end with the test. */
async function homeWith(config: string): Promise<string> {
  const home = await temporaryHome(config);
  onTestFinished(async () => {
    for (const pid of await serversOf(home)) await endOf(home, pid, () => process.kill(pid, "SIGTERM"));
    await fs.rm(home, { recursive: true });
  });
  return home;
}

const folderOf = (home: string): string => path.join(home, "attach");

/** Ids of the processes that hold a socket of this home. */
async function serversOf(home: string): Promise<number[]> {
  const names = await fs.readdir(folderOf(home)).catch(() => []);
  const locks = names.filter((name) => name.endsWith(".sock.lock"));
  const read = (name: string) => fs.readFile(path.join(folderOf(home), name), "utf8").catch(() => "");
  const texts = (await Promise.all(locks.map(read))).filter((text) => text !== "");
  const pids = texts.map((text) => (JSON.parse(text) as { pid: number }).pid);
  return pids.filter((pid) => pid !== process.pid && isAlive(pid));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Does something and waits until the server has given its socket up. */
async function endOf(home: string, pid: number, act: () => void): Promise<void> {
  const changes = watch(folderOf(home));
  try {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        serversOf(home).then((pids) => {
          if (!pids.includes(pid)) resolve();
        }, reject);
      };
      changes.on("change", look);
      act();
      look();
    });
  } finally {
    changes.close();
  }
}

const attach = (home: string, window = "w"): Promise<CliServer> =>
  startCliServer({ args: ["--attach", "--window", window], cwd: home, env: { TURNWRIGHT_HOME: home } });

async function initialize(pipe: CliServer): Promise<void> {
  const answered = await pipe.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi: true, extensions: { turnwright: { sequence: true } } },
  });
  expect(answered).toMatchObject({ result: { extensions: { turnwright: { version } } } });
  pipe.send({ method: "initialized" });
}

async function startThread(pipe: CliServer, home: string): Promise<{ readonly id: string; readonly sequence: number }> {
  const { result } = await pipe.request("thread/start", { cwd: home, approvalPolicy: "on-request" });
  const { thread, sequence } = result as { thread: { id: string }; sequence: number };
  return { id: thread.id, sequence };
}

const numbered = (pipe: CliServer): { readonly method: unknown; readonly params: Json; readonly sequence: number }[] =>
  pipe.session.flatMap(({ direction, message: { method, params } }) => {
    const given = (params ?? {}) as Json;
    return direction === "out" && typeof given["sequence"] === "number"
      ? [{ method, params: given, sequence: given["sequence"] }]
      : [];
  });

test("a turn survives the SIGKILL of its pipe; the next one hears what it missed and nothing twice", async () => {
  await using model = await responsesServer({
    ...answer(message("one two three four five ".repeat(20))),
    pace: { deltaSize: 8, delayMs: 20 },
  });
  const home = await homeWith(providerAt(model.url));
  const first = await attach(home);
  await initialize(first);
  const { id: threadId, sequence } = await startThread(first, home);
  await first.request("turn/start", { threadId, input: go });
  await first.until(({ method }) => method === "item/agentMessage/delta");
  first.child.kill("SIGKILL");
  await first.exited;
  const [pid] = await serversOf(home);

  await using second = await attach(home);
  await initialize(second);
  const seen = numbered(first);
  const afterSequence = seen.at(-1)?.sequence ?? 0;
  expect(await second.request("thread/resume", { threadId, afterSequence })).toMatchObject({
    result: { isReplayed: true, thread: { turns: [], status: { type: "active" } } },
  });
  await second.until(({ method }) => method === "turn/completed");
  const all = [...seen, ...numbered(second)];
  expect(all.map((heard) => heard.sequence - sequence)).toEqual(all.map((_, index) => index + 1));
  const whole = all.find(({ method, params }) => method === "item/completed" && "text" in (params["item"] as object));
  const deltas = all.filter(({ method }) => method === "item/agentMessage/delta").map(({ params }) => params["delta"]);
  expect(whole?.params["item"]).toMatchObject({ text: deltas.join("") });
  expect(await serversOf(home)).toEqual([pid]);
  for (const { session } of [first, second]) {
    const errors = sessionErrors(session);
    if (errors !== null) expect([...new Set(errors)]).toEqual([]);
  }
});

test("an approval that waits when the pipe ends is put to the next client", async () => {
  const asks = functionCall("exec_command", {
    cmd: "touch hi",
    sandbox_permissions: "require_escalated",
    justification: "J",
  });
  await using model = await responsesServer(answer(asks), answer(message("Done.")));
  const home = await homeWith(providerAt(model.url));
  const first = await attach(home);
  await initialize(first);
  const { id: threadId } = await startThread(first, home);
  await first.request("turn/start", { threadId, input: go });
  await first.until(({ method }) => method === "item/commandExecution/requestApproval");
  first.child.stdin.end();
  expect(await first.exited).toEqual({ code: 0, signal: null });

  await using second = await attach(home);
  second.onServerRequest(() => ({ decision: "decline" }));
  await initialize(second);
  await second.request("thread/resume", { threadId });
  expect(await second.until(({ method }) => method === "turn/completed")).toMatchObject({
    params: { turn: { status: "completed" } },
  });
});

test("of pipes that start at once one server comes; another window has another, and so have other overrides", async () => {
  const home = await homeWith("");
  const pipes = await Promise.all(Array.from({ length: 5 }, () => attach(home)));
  await Promise.all(pipes.map(initialize));
  const [pid] = await serversOf(home);
  expect(await serversOf(home)).toEqual([pid]);
  for (const pipe of pipes) expect({ strays: pipe.strays, stderr: pipe.stderr() }).toEqual({ strays: [], stderr: "" });
  await using other = await attach(home, "another");
  await initialize(other);
  const overrides = ["--attach", "--window", "w", "-c", "model=x"];
  await using third = await startCliServer({ args: overrides, cwd: home, env: { TURNWRIGHT_HOME: home } });
  await initialize(third);
  expect(new Set(await serversOf(home)).size).toBe(3);
  expect((await fs.stat(folderOf(home))).mode & 0o777).toBe(0o700);
  for (const pipe of pipes) await pipe[Symbol.asyncDispose]();
});

test("a server of another version is left to end by itself, and this is said", async () => {
  const home = await homeWith("");
  {
    await using pipe = await attach(home);
    await initialize(pipe);
    expect(pipe.stderr()).toBe("");
  }
  const [socket] = (await fs.readdir(folderOf(home))).filter((name) => name.endsWith(".sock"));
  const [pid = 0] = await serversOf(home);
  await endOf(home, pid, () => process.kill(pid, "SIGTERM"));
  const old = tryLock(path.join(folderOf(home), (socket ?? "").replace(`-${version}.sock`, "-0.0.9.sock")));
  if (old.kind !== "locked") throw new Error("the lock is held");
  onTestFinished(() => old.lock.release());
  await using pipe = await attach(home);
  await initialize(pipe);
  expect(pipe.stderr()).toContain(
    `a server of version 0.0.9 still runs for this window, and ends by itself; starting ${version}`,
  );
});

test("when the server ends, the pipe says so and ends with 1; the next one starts a new server", async () => {
  const home = await homeWith("");
  const first = await attach(home);
  await initialize(first);
  const [pid = 0] = await serversOf(home);
  await first.request("thread/list", {}); // everything that was sent has been read
  process.kill(pid, "SIGKILL");
  expect(await first.exited).toEqual({ code: 1, signal: null });
  expect(first.stderr()).toContain("the server ended");
  await using second = await attach(home);
  await initialize(second);
  expect(await serversOf(home)).not.toContain(pid);
});

test("a server that cannot start says why", async () => {
  const home = path.join(await temporaryHome(), "x".repeat(100));
  await fs.mkdir(home);
  const pipe = await startCliServer({ args: ["--attach"], cwd: home, env: { TURNWRIGHT_HOME: home } });
  expect(await pipe.exited).toEqual({ code: 1, signal: null });
  expect(pipe.stderr()).toContain("the server did not start: a socket's path may be");
});
