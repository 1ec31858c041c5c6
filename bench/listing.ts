import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as pause } from "node:timers/promises";
import * as z from "zod";
import type { BenchClient } from "./client.ts";
import { type Figure, nowMs, runs } from "./measure.ts";
import { initialize, inScene } from "./scene.ts";
import { rareWord, singleWord, writeThreads } from "./stored-threads.ts";

const threads = 10_000;
const Answer = z.object({ data: z.array(z.unknown()) });

/** Lists and searches over many stored threads: without an index, while it is being made, and with it. */
export const listing = (): Promise<readonly Figure[]> =>
  inScene(async ({ home, withServer }) => {
    await writeThreads(home, threads);
    const index = path.join(home, "index.sqlite");
    const forget = async (): Promise<void> => {
      for (const suffix of ["", "-wal", "-shm"]) await fs.rm(index + suffix, { force: true });
    };

    const cold: number[] = [];
    for (let run = 0; run <= runs; run++) {
      await forget();
      await withServer(async (client) => {
        await ready(client);
        const took = await timeOf(client, "thread/list", {}, 25);
        if (run > 0) cold.push(took);
      });
    }

    await forget();
    const building = { madeInS: 0, stallsMs: [] as number[] };
    await withServer(async (client) => {
      await ready(client);
      const from = nowMs();
      await timeOf(client, "thread/list", {}, 25);
      // What a turn would feel of it: how long a request waits that costs nothing.
      while (!isWhole(index)) {
        building.stallsMs.push(await timeOf(client, "thread/loaded/list", {}, 0));
        await pause(20);
      }
      building.madeInS = (nowMs() - from) / 1000;
    });
    const sizeMiB = (await fs.stat(index)).size / 2 ** 20;
    const textMiB = (await sizeOf(path.join(home, "sessions"))) / 2 ** 20;

    const first: number[] = [];
    for (let run = 0; run <= runs; run++) {
      await withServer(async (client) => {
        await ready(client);
        const took = await timeOf(client, "thread/list", {}, 25);
        if (run > 0) first.push(took);
      });
    }
    return withServer(async (client) => {
      await ready(client);
      const warm = async (method: string, params: object, hits: number): Promise<number[]> => {
        const samples: number[] = [];
        for (let run = 0; run <= runs; run++) {
          const took = await timeOf(client, method, params, hits);
          if (run > 0) samples.push(took);
        }
        return samples;
      };
      const of = `${threads.toLocaleString("en-US")} threads`;
      const ms = (name: string, samples: readonly number[], atMost: number | null = null): Figure => ({
        name,
        unit: "ms",
        samples,
        aim: atMost === null ? null : { atMost },
      });
      const common = { cwd: "/home/user/projects/p7", sortKey: "updated_at" };
      return [
        ms(`thread/list, first page of ${of}`, await warm("thread/list", {}, 25), 20),
        ms("  the first time in a process", first),
        ms("  with the index deleted", cold, 300),
        ms("  of one folder, by change", await warm("thread/list", common, 25)),
        ms("  with a search term in it", await warm("thread/list", { searchTerm: rareWord }, 25)),
        ms(`thread/search over ${of}, a word of all`, await warm("thread/search", { searchTerm: "function" }, 25)),
        ms("  of one in a hundred", await warm("thread/search", { searchTerm: rareWord }, 25)),
        ms("  of a single one", await warm("thread/search", { searchTerm: singleWord }, 1)),
        ms("  of none", await warm("thread/search", { searchTerm: "zyxwvutsrq" }, 0)),
        ms("  of two letters", await warm("thread/search", { searchTerm: "qu" }, 25)),
        { name: "index made in the background", unit: "s", samples: [building.madeInS], aim: null },
        ms("  a request meanwhile", building.stallsMs),
        ms("  the slowest of them", [Math.max(...building.stallsMs)]),
        { name: `  its size, over ${Math.round(textMiB)} MiB of rollouts`, unit: "MiB", samples: [sizeMiB], aim: null },
      ];
    });
  });

/** Core is loaded when it has answered. */
async function ready(client: BenchClient): Promise<void> {
  await initialize(client);
  await client.request("thread/loaded/list", {}).answer;
}

async function timeOf(client: BenchClient, method: string, params: object, entries: number): Promise<number> {
  const { sentAtMs, answer } = client.request(method, params);
  const { atMs, result } = await answer;
  const { data } = Answer.parse(result);
  if (data.length !== entries) throw new Error(`${method} gave ${data.length} entries, not ${entries}`);
  return atMs - sentAtMs;
}

/** Everything is read. */
function isWhole(index: string): boolean {
  try {
    const database = new DatabaseSync(index, { readOnly: true });
    try {
      const row = database.prepare("SELECT count(*) AS n FROM threads WHERE text_size = size").get();
      return row?.["n"] === threads;
    } finally {
      database.close();
    }
  } catch {
    return false; // not made yet, or being written
  }
}

async function sizeOf(folder: string): Promise<number> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await fs.stat(path.join(file.parentPath, file.name))).size),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
