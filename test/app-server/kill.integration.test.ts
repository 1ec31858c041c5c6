import fs from "node:fs/promises";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { answer, functionCall, message, reasoning, type StreamAnswer } from "../../src/demo/script.ts";
import type { ModelRequest } from "../../src/demo/request.ts";
import { builtCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";

/** Unfinished text that may be missing, and what a busy machine may add to it. */
const missingMs = 250 + 150;

type Json = Readonly<Record<string, unknown>>;
interface Item {
  readonly id: string;
  readonly type: string;
  readonly text?: string;
  readonly summary?: readonly string[];
  readonly aggregatedOutput?: string | null;
  readonly completedAtMs?: number | null;
}

const pace = { deltaSize: 12, delayMs: 40 };
const words = (count: number): string => Array.from({ length: count }, (_, n) => `word${n}`).join(" ");
const command = "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.15; done";

/** Thinks, talks, runs a command of a second, talks again: told from the request alone, so that it does not matter what was killed. */
function respond({ userTexts, exchanges }: ModelRequest): StreamAnswer {
  if (userTexts.includes("go on")) return answer(message("Going on."));
  if (exchanges.length > 0) return { ...answer(message(words(40))), pace };
  return { ...answer(reasoning(words(40)), message(words(60)), functionCall("exec_command", { cmd: command })), pace };
}

beforeAll(async () => {
  await builtCli();
});

async function serverAt(home: string): Promise<CliServer> {
  const server = await startCliServer({ env: { TURNWRIGHT_HOME: home } });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

async function initialize(server: CliServer): Promise<void> {
  await server.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi: true },
  });
  server.send({ method: "initialized" });
}

/** What a client was shown: each item as it came last, with the text that had come `missingMs` before the end. */
function shownBy(
  server: CliServer,
  arrivals: ReadonlyMap<unknown, number>,
  killedAt: number,
): ReadonlyMap<string, Item> {
  const items = new Map<string, Item>();
  for (const { direction, message: sent } of server.session) {
    if (direction !== "out") continue;
    const params = (sent["params"] ?? {}) as Json;
    if (sent["method"] === "item/started" || sent["method"] === "item/completed") {
      const item = params["item"] as Item;
      items.set(item.id, item);
      continue;
    }
    const item = items.get(String(params["itemId"]));
    const delta = params["delta"];
    if (item === undefined || typeof delta !== "string" || killedAt - (arrivals.get(sent) ?? killedAt) < missingMs)
      continue;
    items.set(item.id, withDelta(item, delta));
  }
  return items;
}

function withDelta(item: Item, delta: string): Item {
  if (item.type === "agentMessage") return { ...item, text: (item.text ?? "") + delta };
  if (item.type === "commandExecution") return { ...item, aggregatedOutput: (item.aggregatedOutput ?? "") + delta };
  return { ...item, summary: [(item.summary?.[0] ?? "") + delta] };
}

const textOf = (item: Item): string => item.text ?? item.aggregatedOutput ?? item.summary?.join("") ?? "";

/** From `"input":[` to the end of the array, without what follows it. */
function inputBytes(raw: Buffer): string {
  const body = raw.toString("utf8");
  return body.slice(body.indexOf('"input":['), body.lastIndexOf('],"tools":'));
}

const itemsIn = (raw: Buffer) =>
  (JSON.parse(raw.toString("utf8")) as { input: { type: string; call_id?: string }[] }).input;

function unanswered(raw: Buffer): unknown[] {
  const input = itemsIn(raw);
  const answered = input.flatMap(({ type, call_id: id }) => (type === "function_call_output" ? [id] : []));
  expect(new Set(answered).size).toBe(answered.length);
  return input.filter(({ type, call_id: id }) => type === "function_call" && !answered.includes(id));
}

/** Plays a turn and kills the server when it has sent `messages` messages since the turn was asked for. */
async function playAndKill(home: string, messages: number) {
  const server = await serverAt(home);
  await initialize(server);
  const opened = await server.request("thread/start", {
    cwd: home,
    sandbox: "danger-full-access",
    approvalPolicy: "never",
  });
  const { id: threadId } = (opened as { result: { thread: { id: string } } }).result.thread;
  const before = server.session.length;
  const arrivals = new Map<unknown, number>();
  let killedAt = 0;
  const reached = server.until((sent) => {
    if (server.session.findIndex(({ message: known }) => known === sent) < before) return false;
    arrivals.set(sent, performance.now());
    if (arrivals.size < messages) return false;
    if (killedAt === 0) {
      killedAt = performance.now();
      server.child.kill("SIGKILL");
    }
    return true;
  });
  server.request("turn/start", { threadId, input: [{ type: "text", text: "Please begin." }] }).catch(() => undefined);
  await reached;
  expect(await server.exited).toEqual({ code: null, signal: "SIGKILL" });
  return { threadId, shown: shownBy(server, arrivals, killedAt) };
}

test.for([1, 4, 6, 9, 15, 25, 34, 45, 60, 72, 76, 79, 100])(
  "killed after %i messages of a turn, everything shown is read back and the thread goes on",
  async (messages) => {
    await using model = await responsesServer(...Array.from({ length: 4 }, () => respond));
    const home = await temporaryHome(
      `model = "m"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
    );
    onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
    const { threadId, shown } = await playAndKill(home, messages);
    const sent = model.requests.at(-1)?.raw ?? null;

    const server = await serverAt(home);
    await initialize(server);
    const read = await server.request("thread/read", { threadId, includeTurns: true });
    const [turn] = (read as { result: { thread: { turns: { status: string; items: Item[] }[] } } }).result.thread.turns;
    expect(turn?.status).toBe("interrupted");
    for (const item of shown.values()) {
      const stored = turn?.items.find(({ id }) => id === item.id);
      expect(stored).toMatchObject({ type: item.type, completedAtMs: expect.any(Number) as number });
      if (typeof item.completedAtMs === "number") expect(stored).toEqual(item);
      else expect(textOf(stored ?? item).startsWith(textOf(item))).toBe(true);
    }

    expect(await server.request("thread/resume", { threadId })).toHaveProperty("result");
    await server.request("turn/start", { threadId, input: [{ type: "text", text: "go on" }] });
    const done = await server.until(({ method }) => method === "turn/completed");
    expect(done).toMatchObject({ params: { turn: { status: "completed" } } });
    // The model refuses what is not well-formed, so the last request that it has is the one that was answered.
    const next = model.requests.at(-1)?.raw ?? Buffer.alloc(0);
    expect(next.equals(sent ?? Buffer.alloc(0))).toBe(false);
    expect(unanswered(next)).toEqual([]);
    if (sent !== null) expect(inputBytes(next).startsWith(inputBytes(sent))).toBe(true);
  },
);
