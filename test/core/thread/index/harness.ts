import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { onTestFinished, vi } from "vitest";
import type { Thread } from "../../../../src/protocol/threads.ts";
import { systemClock } from "../../../../src/core/thread/clock.ts";
import type { ThreadFilter, ThreadOrder } from "../../../../src/core/thread/index/query.ts";
import type { ThreadSearch } from "../../../../src/core/thread/index/search.ts";
import { createThreadIndex, type ThreadIndex } from "../../../../src/core/thread/index/thread-index.ts";
import { createHistoryBases } from "../../../../src/core/thread/rollout/history-bases.ts";
import { createRolloutStore } from "../../../../src/core/thread/rollout/store.ts";
import { createStoredThreads } from "../../../../src/core/thread/stored-threads.ts";

export const everything: ThreadFilter = {
  archived: false,
  cwds: null,
  modelProviders: null,
  sources: null,
  originators: null,
  excludedIds: [],
  searchTerm: null,
};
export const newest: ThreadOrder = { sortKey: "created_at", direction: "desc", limit: 10, cursor: null };
export const search = (term: string, more: Partial<ThreadSearch> = {}): ThreadSearch => ({
  ...newest,
  term,
  archived: false,
  sources: null,
  ...more,
});

export async function temporaryHome(): Promise<string> {
  const home = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-test-"));
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  return home;
}

/** The index of one process. `live`: what is loaded there. */
export function openIndex(home: string, live: ReadonlyMap<string, Thread> = new Map()): ThreadIndex {
  const store = createRolloutStore(home);
  const index = createThreadIndex(
    home,
    store,
    createStoredThreads(store, createHistoryBases(home, store), systemClock),
    {
      ids: () => [...live.keys()],
      live: (threadId) => live.get(threadId) ?? null,
    },
  );
  onTestFinished(() => index.close());
  return index;
}

/** What the index has in its tables. */
export function inspect(home: string, sql: string): readonly Readonly<Record<string, unknown>>[] {
  const database = new DatabaseSync(path.join(home, "index.sqlite"));
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

/** Waits until everything is read that lies in a home. */
export const readWhole = (home: string, threads: number): Promise<void> =>
  vi.waitFor(
    () => {
      const [row] = inspect(home, "SELECT count(*) AS n FROM threads WHERE text_size = size AND facts_size = size");
      if (row?.["n"] !== threads) throw new Error(`${String(row?.["n"])} of ${threads} threads are read`);
    },
    { timeout: 20_000, interval: 20 },
  );

/** In the place of the index stands something that is none and cannot be removed as a file: everything goes without it. */
export const forbidIndex = (home: string): Promise<unknown> =>
  fs.mkdir(path.join(home, "index.sqlite", "in-the-way"), { recursive: true });
