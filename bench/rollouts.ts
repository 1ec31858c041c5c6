import { rm } from "node:fs/promises";
import path from "node:path";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { createHistoryBases } from "../src/core/thread/rollout/history-bases.ts";
import { createRolloutStore } from "../src/core/thread/rollout/store.ts";
import { createRolloutWriter } from "../src/core/thread/rollout/writer.ts";
import { createStoredThreads } from "../src/core/thread/stored-threads.ts";
import { collectsOnSignal } from "../test/helpers/collector.ts";
import type { BenchClient } from "./client.ts";
import { itemsPerTurn, opening, turnEntries, writeRollout } from "./long-thread.ts";
import { type Figure, nowMs, runs } from "./measure.ts";
import { canReadUsage, rssMibOf } from "./process-usage.ts";
import { initialize, inScene, type Scene } from "./scene.ts";

/** Lengths of a thread, in items, with the time in which it is there. */
const lengths = [
  { items: 2_000, atMost: 60 },
  { items: 20_000, atMost: 300 },
] as const;
/** Threads that are loaded at once to see what one takes. */
const loadedThreads = 10;
const loadedItems = 2_000;
const appendedTurns = 1_000;
/** What a server does in the background at its start, and four collections with pauses, are over by then. */
const settleMs = 1_000;

const idOf = (number: number): string => `01a1f920-e6d1-75b6-bcd3-${String(number).padStart(12, "0")}`;
const ms = (name: string, samples: readonly number[], atMost: number | null = null): Figure => ({
  name,
  unit: "ms",
  samples,
  aim: atMost === null ? null : { atMost },
});

/** Resumes and pages of long threads that are not loaded, over the protocol and in the core alone; memory for each; appending. */
export const rollouts = (): Promise<readonly Figure[]> =>
  inScene(async (scene) => {
    const figures: Figure[] = [];
    for (const [number, { items, atMost }] of lengths.entries()) {
      const id = idOf(number);
      const file = await writeRollout(scene.home, id, scene.home, items);
      figures.push(...(await overProtocol(scene, id, items, atMost)), ...(await inCore(scene.home, file, items)));
    }
    return [...figures, ...(await memory(scene)), ...(await append(scene.home))];
  });

/** Each request is the first about the thread in a process, unless said otherwise. */
async function overProtocol({ withServer }: Scene, threadId: string, items: number, atMost: number) {
  const bare: number[] = [];
  const whole: number[] = [];
  const stalls: number[] = [];
  const page: number[] = [];
  const next: number[] = [];
  const oldest: number[] = [];
  const ofItems: number[] = [];
  const afterPage: number[] = [];
  const initial = { limit: 20, itemsView: "full", sortDirection: "desc" };
  for (let run = 0; run <= runs; run++) {
    const times = run === 0 ? [] : undefined;
    await withServer(async (client) => {
      await ready(client);
      const resumed = timeOf(client, "thread/resume", { threadId, excludeTurns: true });
      (times ?? stalls).push(await longestWait(client, resumed));
      (times ?? bare).push(await resumed);
    });
    await withServer(async (client) => {
      await ready(client);
      (times ?? whole).push(await timeOf(client, "thread/resume", { threadId }));
    });
    await withServer(async (client) => {
      await ready(client);
      const turns = { threadId, ...initial };
      (times ?? page).push(await timeOf(client, "thread/turns/list", turns));
      (times ?? next).push(await timeOf(client, "thread/turns/list", turns));
      (times ?? oldest).push(await timeOf(client, "thread/turns/list", { ...turns, sortDirection: "asc" }));
      (times ?? ofItems).push(
        await timeOf(client, "thread/items/list", { threadId, limit: 50, sortDirection: "desc" }),
      );
      const resume = { threadId, excludeTurns: true, initialTurnsPage: initial };
      (times ?? afterPage).push(await timeOf(client, "thread/resume", resume));
    });
  }
  const of = `${items.toLocaleString("en-US")} items`;
  return [
    ms(`first page of 20 turns of ${of}`, page, atMost),
    ms("  the same page again", next),
    ms("  the oldest 20 turns", oldest),
    ms("  the newest 50 items", ofItems),
    ms("  resume after that, with that page alone", afterPage),
    ms(`resume of ${of}, without turns`, bare),
    ms("  longest wait of another request meanwhile", stalls),
    ms("  with all turns", whole),
  ];
}

/** A process of its own would be the same: the core holds nothing between two calls. */
async function inCore(home: string, file: string, items: number): Promise<readonly Figure[]> {
  const store = createRolloutStore(home);
  const stored = createStoredThreads(store, createHistoryBases(home, store), { now: Date.now });
  const samples: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const from = nowMs();
    const { replayed } = await stored.open({ file, closedAtMs: Date.now(), mark: null });
    if (replayed.turns.length !== items / itemsPerTurn) throw new Error("turns are missing");
    if (run > 0) samples.push(nowMs() - from);
  }
  return [ms(`replay of ${items.toLocaleString("en-US")} items in the core`, samples)];
}

/** Resident memory of the server, for each thread that is resumed, and of the bytes that its prompt has. */
async function memory({ home, withServer }: Scene): Promise<readonly Figure[]> {
  if (!canReadUsage) return [];
  const ids = Array.from({ length: loadedThreads + 1 }, (_, number) => idOf(100 + number));
  for (const id of ids) await writeRollout(home, id, home, loadedItems);
  const samples: number[] = [];
  for (let run = 0; run < 3; run++) {
    await withServer(
      async (client) => {
        await ready(client);
        const rss: number[] = [];
        for (const id of ids) {
          await timeOf(client, "thread/resume", { threadId: id, excludeTurns: true });
          if (id !== ids[0] && id !== ids.at(-1)) continue;
          process.kill(client.pid, "SIGUSR2");
          await pause(settleMs);
          rss.push(await rssMibOf(client.pid));
        }
        const [first = 0, last = 0] = rss;
        samples.push((last - first) / loadedThreads);
      },
      { NODE_OPTIONS: collectsOnSignal },
    );
  }
  const name = `memory per loaded thread of ${loadedItems.toLocaleString("en-US")} items`;
  return [{ name, unit: "MiB", samples, aim: null }];
}

/** Lines into a file, as turns write them: one write for each event, flushed to the disk at the end of each turn. */
async function append(home: string): Promise<readonly Figure[]> {
  const turns = Array.from({ length: appendedTurns }, (_, number) => turnEntries(number, home));
  const lines = turns.reduce((sum, entries) => sum + entries.length, 0);
  const rates: number[] = [];
  for (let run = 0; run <= runs; run++) {
    const file = path.join(home, "appended.jsonl");
    const writer = createRolloutWriter(file, { offset: 0, nextOrdinal: 0, lock: null }, { now: Date.now });
    writer.append(opening(idOf(0), home));
    const from = nowMs();
    for (const entries of turns) {
      for (const entry of entries) writer.append([entry]);
      await writer.sync();
    }
    const took = nowMs() - from;
    await writer.close();
    await rm(file);
    if (run > 0) rates.push((lines * 1000) / took);
  }
  return [{ name: "lines appended, one write each", unit: "1/s", samples: rates, aim: null }];
}

async function ready(client: BenchClient): Promise<void> {
  await initialize(client);
  await timeOf(client, "thread/loaded/list", {});
  await pause(settleMs);
}

async function timeOf(client: BenchClient, method: string, params: object): Promise<number> {
  const { sentAtMs, answer } = client.request(method, params);
  return (await answer).atMs - sentAtMs;
}

/** How long requests wait that cost nothing, until the other one is answered. */
async function longestWait(client: BenchClient, other: Promise<number>): Promise<number> {
  let [longest, isOver] = [0, false];
  const over = other.finally(() => (isOver = true));
  while (!isOver) longest = Math.max(longest, await timeOf(client, "thread/loaded/list", {}));
  await over;
  return longest;
}
