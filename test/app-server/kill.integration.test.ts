import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startResponsesServer, type ResponsesServer } from "../../src/demo/server.ts";
import { sandboxMissing } from "../core/exec/harness.ts";
import { builtCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import {
  compactionLimit,
  createRespond,
  goOn,
  numbered,
  playScene,
  sceneCount,
  summary,
  type Progress,
} from "./kill/session.ts";
import { itemsOf, showOn, textOf, type Item, type Shown, type Turn } from "./kill/shown.ts";

/** In all, spread evenly over the messages of the session. */
const kills = 200;
/** Sessions side by side: most of one is waiting. */
const lanes = 5;

const sandbox = (await sandboxMissing()) === null ? "workspace-write" : "danger-full-access";

interface Sent {
  readonly input: string;
  /** Of the instructions and the tools. */
  readonly frameHash: string;
  readonly isSummary: boolean;
}

let model: ResponsesServer;
/** Requests of each thread, in order. */
const requests = new Map<string, Sent[]>();
const folders: string[] = [];
/** How many messages each part of the session is, when nobody disturbs it. */
const lengths: number[] = [];

beforeAll(async () => {
  await builtCli();
  model = await startResponsesServer({
    respond: createRespond(),
    onRequest({ headers, raw, body }) {
      const threadId = String(headers["thread-id"]);
      const frame = JSON.stringify([body["instructions"], body["tools"]]);
      const frameHash = createHash("sha256").update(frame).digest("hex");
      const sent = { input: inputBytes(raw), frameHash, isSummary: body["tool_choice"] === "none" };
      requests.set(threadId, [...(requests.get(threadId) ?? []), sent]);
    },
  });
});

afterAll(async () => {
  await model.close();
  await Promise.all(folders.map((folder) => fs.rm(folder, { recursive: true, force: true, maxRetries: 5 })));
});

/** From `"input":[` to the end of the array, without what follows it. */
function inputBytes(raw: Buffer): string {
  const body = raw.toString("utf8");
  return body.slice(body.indexOf('"input":['), body.lastIndexOf('],"tools":'));
}

async function serverAt(home: string): Promise<CliServer> {
  const server = await startCliServer({ env: { TURNWRIGHT_HOME: home } });
  folders.push(server.home);
  const capabilities = { experimentalApi: true };
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  server.send({ method: "initialized" });
  return server;
}

async function ask<T>(server: CliServer, method: string, params: object): Promise<T> {
  const sent = await server.request(method, params);
  expect(sent, method).toHaveProperty("result");
  return sent["result"] as T;
}

/** One user, whose server is killed again and again. */
async function openLane() {
  const home = await temporaryHome(
    `model = "m"\nmodel_provider = "mock"\nmodel_auto_compact_token_limit = ${compactionLimit}\n[model_providers.mock]\nbase_url = "${model.url}"\n`,
  );
  const cwd = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-kill-")));
  folders.push(home, cwd);
  const shown: Shown = new Map();
  const progress: Progress = { threadId: null, fork: null, reverted: null };
  let server = await serverAt(home);
  return {
    shown,
    progress,
    /** Plays a part of the session; the server is killed when it has sent that many messages of it. @returns how many it sent */
    async play(scene: number, messages = Infinity): Promise<number> {
      let sent = 0;
      let isArmed = false;
      const count = (): boolean => isArmed && ++sent >= messages && server.child.kill("SIGKILL");
      server.until(count).catch(() => undefined); // a part may be some messages shorter than it was when it was counted
      isArmed = true;
      await playScene({ server, progress, start: { cwd, sandbox } }, scene).catch((error: unknown) => {
        if (sent < messages) throw error;
      });
      return sent;
    },
    /** Kills the server if it lives, and looks at what the next one has. */
    async restart(): Promise<void> {
      server.child.kill("SIGKILL");
      await server.exited;
      expect(server.strays.slice(0, -1), "only the last line may be torn").toEqual([]);
      const { threadId, fork } = progress;
      if (fork !== null) shown.set(fork.id, itemsOf((fork.answer as Read).thread.turns));
      showOn(shown, server.session);
      server = await serverAt(home);
      if (threadId !== null) await verify(server, threadId, shown, progress);
      if (fork !== null) await verify(server, fork.id, shown, progress);
      progress.fork = null;
      progress.reverted = null;
    },
    async close(): Promise<void> {
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Read {
  readonly thread: { readonly turns: readonly Turn[] };
}

/** Reads a thread back, compares it with what was shown, goes on with it, and compares what the model is sent. */
async function verify(server: CliServer, threadId: string, shown: Shown, { reverted }: Progress): Promise<void> {
  const last = [...(shown.get(threadId)?.values() ?? [])];
  const answer = await server.request("thread/read", { threadId, includeTurns: true });
  // The first turn makes the file: before it there is nothing to keep.
  if (last.length === 0 && !("result" in answer)) return;
  const { turns } = (answer as unknown as { result: Read }).result.thread;
  const hidden = reverted !== null && !turns.some(({ id }) => id === reverted.turnId) ? reverted : null;
  if (reverted?.isAnswered === true) expect(hidden).not.toBeNull();
  for (const { status } of turns) expect(status).not.toBe("inProgress");
  const stored = itemsOf(turns);
  for (const item of last) {
    if (item.turnId === hidden?.turnId) continue;
    const kept = stored.get(item.id);
    if (typeof item.completedAtMs === "number") expect(kept).toEqual(item);
    else {
      expect(kept).toMatchObject({ type: item.type, completedAtMs: expect.any(Number) as number });
      expect((kept === undefined ? "" : textOf(kept)).slice(0, textOf(item).length)).toBe(textOf(item));
    }
  }

  const resumed = await ask<Read>(server, "thread/resume", { threadId });
  expect(timeless(resumed.thread.turns)).toEqual(timeless(turns));
  // From here on none of this may change.
  shown.set(threadId, itemsOf(resumed.thread.turns));
  await ask(server, "turn/start", { threadId, input: [{ type: "text", text: numbered(goOn) }] });
  const isEnd = (params: unknown): boolean => (params as { threadId?: string }).threadId === threadId;
  const done = await server.until(({ method, params }) => method === "turn/completed" && isEnd(params));
  // The model refuses calls that are not in pairs.
  expect(done).toMatchObject({ params: { turn: { status: "completed" } } });
  requests.set(
    threadId,
    expectOnlyGrowth(requests.get(threadId) ?? [], hidden?.text ?? null, [...turns, ...turnOf(server)]),
  );
}

/** What a server completed, as a turn. */
function turnOf({ session }: CliServer): Turn[] {
  const items = session.flatMap(({ message: { method, params } }) =>
    method === "item/completed" ? [(params as { item: Item }).item] : [],
  );
  return [{ id: "", status: "completed", items }];
}

/** What a dead server left open is dated with the time at which it is closed for good. */
const timeless = (turns: readonly Turn[]): unknown =>
  JSON.parse(
    JSON.stringify(turns, (name, value: unknown) =>
      ["completedAt", "completedAtMs", "durationMs"].includes(name) ? undefined : value,
    ),
  );

/**
 * Each request begins with the bytes of the one before, but where the thread was made shorter: `hidden` is what was said in a turn that is
 * hidden. @returns the last request
 */
function expectOnlyGrowth(sent: readonly Sent[], hidden: string | null, turns: readonly Turn[]): Sent[] {
  let past: Sent[] = [];
  for (const request of sent) {
    const last = past.at(-1);
    expect(request.frameHash).toBe(sent[0]?.frameHash);
    if (last !== undefined && !request.input.startsWith(last.input)) {
      if (hidden !== null && last.input.includes(hidden) && !request.input.includes(hidden)) {
        past = past.filter(({ input }) => !input.includes(hidden));
        expect(request.input.startsWith(past.at(-1)?.input ?? "")).toBe(true);
      } else {
        const [made = "no summary"] = /SUMMARY \d+\./u.exec(request.input) ?? [];
        expect(last.input).not.toContain(made);
        const items = turns.flatMap((turn) => turn.items);
        expect(items).toContainEqual(expect.objectContaining({ type: "contextCompaction", summary: made }));
      }
    }
    if (!request.isSummary) past.push(request);
  }
  return past.slice(-1);
}

test("a session that nobody kills has everything in it that may be cut", async () => {
  const lane = await openLane();
  for (let scene = 0; scene < sceneCount; scene++) lengths.push(await lane.play(scene));
  const { threadId, fork } = lane.progress;
  await lane.restart();
  await lane.close();
  const items = [...(lane.shown.get(threadId ?? "")?.values() ?? [])];
  expect(new Set(items.map(({ type }) => type))).toEqual(
    new Set(["userMessage", "reasoning", "agentMessage", "commandExecution", "fileChange", "contextCompaction"]),
  );
  expect(new Set(items.flatMap(({ status }) => status ?? []))).toEqual(new Set(["completed", "failed", "declined"]));
  expect(items.map(({ summary: made }) => String(made)).some((made) => made.startsWith(summary))).toBe(true);
  expect(lane.shown.get(fork?.id ?? "")?.size).toBeGreaterThan(items.length);
});

/** For each kill, in which part of the session it comes, and after how many of its messages. */
function points(): readonly { scene: number; messages: number }[] {
  const all = lengths.flatMap((length, scene) => Array.from({ length }, (_, n) => ({ scene, messages: n + 1 })));
  return Array.from({ length: kills }, (_, kill) => all[Math.floor((kill * all.length) / kills)]).filter(
    (point) => point !== undefined,
  );
}

test.concurrent.for(Array.from({ length: lanes }, (_, lane) => lane))(
  `killed at ${kills} points of a session, everything shown is read back and the thread goes on (every ${lanes}th of them, from %i)`,
  // A bound for a machine with much else to do; alone it takes about a minute.
  { timeout: 600_000 },
  async (first) => {
    const lane = await openLane();
    const own = points().filter((_, kill) => kill % lanes === first);
    expect(own.length).toBe(kills / lanes);
    for (let scene = 0; scene < sceneCount; scene++) {
      for (const { messages } of own.filter((point) => point.scene === scene)) {
        await lane.play(scene, messages);
        await lane.restart().catch((cause: unknown) => {
          throw new Error(`killed in part ${scene} after ${messages} of ${lengths[scene] ?? 0} messages`, { cause });
        });
      }
      await lane.play(scene);
    }
    await lane.restart();
    await lane.close();
  },
);
