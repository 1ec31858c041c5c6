import fs from "node:fs/promises";
import path from "node:path";
import { expect, test, vi } from "vitest";
import type { ThreadFilter, ThreadOrder } from "../../../../src/core/thread/index/query.ts";
import type { ThreadIndex } from "../../../../src/core/thread/index/thread-index.ts";
import { writeThread } from "../../../helpers/rollouts.ts";
import { everything, forbidIndex, inspect, newest, openIndex, readWhole, temporaryHome } from "./harness.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 2, 1, 12);

/** Threads of all kinds, several of one moment among them. */
async function variedHome(): Promise<string> {
  const home = await temporaryHome();
  for (let number = 0; number < 40; number += 1) {
    await writeThread(home, {
      createdMs: start + Math.floor(number / 2) * (day / 3),
      changedMs: start + ((number * 7) % 40) * day,
      cwd: number % 3 === 0 ? "/repo/a" : "/repo/b",
      modelProvider: number % 4 === 0 ? "openai" : "demo",
      originator: number % 5 === 0 ? "panel" : "exec",
      archived: number % 8 === 7,
      ...(number % 6 === 0 ? { name: `Résumé ${number}` } : {}),
      ...(number % 9 === 0 ? { git: { sha: "a".repeat(40), branch: `b${number}`, originUrl: null } } : {}),
      turns: [{ user: `Question ${number} of all`, answer: "yes" }, { user: "and more" }],
    });
  }
  return home;
}

async function pagesOf(index: ThreadIndex, filter: ThreadFilter, order: ThreadOrder) {
  const pages: unknown[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await index.list(filter, { ...order, cursor });
    pages.push(page);
    if (page.nextCursor === null) return pages;
    cursor = page.nextCursor;
  }
}

test("the index and the rollouts give the same pages, whatever is asked for", async () => {
  const home = await variedHome();
  const bare = await temporaryHome();
  await fs.cp(home, bare, { recursive: true, preserveTimestamps: true });
  await forbidIndex(bare);
  const indexed = openIndex(home);
  const scanned = openIndex(bare);
  await indexed.list(everything, newest);
  await readWhole(home, 40);
  const filters: ThreadFilter[] = [
    everything,
    { ...everything, archived: true },
    { ...everything, cwds: ["/repo/a"] },
    { ...everything, cwds: ["/repo/a", "/elsewhere"], modelProviders: ["openai"] },
    { ...everything, cwds: [] },
    { ...everything, originators: ["panel"], sources: ["vscode"] },
    { ...everything, sources: ["exec"] },
    { ...everything, searchTerm: "RÉSUMÉ" },
    { ...everything, searchTerm: "question 1" },
    { ...everything, searchTerm: "%_'\"" },
  ];
  for (const filter of filters) {
    for (const sortKey of ["created_at", "updated_at"] as const) {
      for (const direction of ["asc", "desc"] as const) {
        const order = { sortKey, direction, limit: 7, cursor: null };
        const pages = await pagesOf(indexed, filter, order);
        const expected = await pagesOf(scanned, filter, order);
        expect(JSON.stringify(pages).replaceAll(home, bare)).toBe(JSON.stringify(expected));
      }
    }
  }
  const named = await indexed.list({ ...everything, searchTerm: "résumé 18" }, newest);
  expect(named.data).toMatchObject([{ name: "Résumé 18", gitInfo: { branch: "b18" }, preview: "Question 18 of all" }]);
  expect(await fs.readdir(path.join(bare, "index.sqlite"))).toEqual(["in-the-way"]);
});

test("pages hold while threads are added, and lead back", async () => {
  const home = await temporaryHome();
  const ids: string[] = [];
  for (let number = 0; number < 6; number += 1) {
    ids.unshift((await writeThread(home, { createdMs: start + number * day, turns: [{ user: `n${number}` }] })).id);
  }
  const index = openIndex(home);
  const first = await index.list(everything, { ...newest, limit: 2 });
  expect(first.data.map(({ id }) => id)).toEqual(ids.slice(0, 2));
  const added = await writeThread(home, { createdMs: start + 9 * day, turns: [{ user: "new" }] });
  const next = await index.list(everything, { ...newest, limit: 2, cursor: first.nextCursor });
  expect(next.data.map(({ id }) => id)).toEqual(ids.slice(2, 4));
  // Backwards from the first page: its first thread once more, then what is newer.
  const back = await index.list(everything, { ...newest, direction: "asc", cursor: first.backwardsCursor });
  expect(back.data.map(({ id }) => id)).toEqual([ids[0], added.id]);
  for (const cursor of ["", "x", "2026-13-99T00:00:00Z", "2026-11-20T07:14:30.662Z|x", "'; DROP TABLE threads"]) {
    await expect(index.list(everything, { ...newest, cursor })).rejects.toMatchObject({
      reason: "badInput",
      message: `invalid cursor: ${cursor}`,
    });
  }
});

test("what other processes do is seen by the next list: a new thread, a longer, a renamed, an archived, a deleted one", async () => {
  const home = await temporaryHome();
  const at = (number: number) => ({ createdMs: start + number * day, turns: [{ user: `n${number}` }] });
  const threads = await Promise.all([0, 1, 2].map((number) => writeThread(home, at(number))));
  const index = openIndex(home);
  await index.list(everything, newest);
  await readWhole(home, 3);
  const shown = async () => (await index.list(everything, newest)).data.map(({ preview, name }) => name ?? preview);
  expect(await shown()).toEqual(["n2", "n1", "n0"]);
  await writeThread(home, at(3));
  expect(await shown()).toEqual(["n3", "n2", "n1", "n0"]);
  // Behind our back, without a lock and with the time of the folder as it was: whoever shows a thread looks at it.
  const [first, second, third] = threads;
  const line = { timestamp: "2026-03-01T12:00:00.000Z", ordinal: 99, type: "thread_name", payload: { name: "Named" } };
  await fs.appendFile(second?.file ?? "", `${JSON.stringify(line)}\n`);
  expect(await shown()).toEqual(["n3", "n2", "Named", "n0"]);
  expect((await index.list({ ...everything, searchTerm: "named" }, newest)).data).toMatchObject([{ id: second?.id }]);
  await fs.mkdir(path.join(home, "archived_sessions"));
  const archived = path.join(home, "archived_sessions", path.basename(third?.file ?? ""));
  await fs.rename(third?.file ?? "", archived);
  await fs.rm(first?.file ?? "");
  expect(await shown()).toEqual(["n3", "Named"]);
  expect((await index.list({ ...everything, archived: true }, newest)).data).toMatchObject([{ path: archived }]);
  await readWhole(home, 3);
  // The texts of what moved were not read again, and nothing is left of what has gone.
  expect(inspect(home, "SELECT count(*) AS n FROM items")).toEqual([{ n: 3 }]);
});

test("a loaded thread is shown and chosen as it is now", async () => {
  const home = await temporaryHome();
  const { id } = await writeThread(home, { createdMs: start, turns: [{ user: "hello" }] });
  await writeThread(home, { createdMs: start + day, turns: [{ user: "other" }] });
  const [stored] = (await openIndex(home).list({ ...everything, searchTerm: "hello" }, newest)).data;
  if (stored === undefined) throw new Error("the thread is not listed");
  const live = { ...stored, cwd: "/moved", name: "Live", status: { type: "active" as const, activeFlags: [] } };
  const unrecorded = { ...stored, id: "01a1f7ca-0000-7000-8000-000000000000" };
  const index = openIndex(home, new Map([live, unrecorded].map((thread) => [thread.id, thread])));
  const all = (await index.list(everything, newest)).data;
  expect(all).toMatchObject([{ preview: "other" }, { id, name: "Live", status: { type: "active" } }]);
  expect((await index.list({ ...everything, cwds: ["/moved"] }, newest)).data).toMatchObject([{ id }]);
  expect((await index.list({ ...everything, cwds: ["/repo"] }, newest)).data).toMatchObject([{ preview: "other" }]);
  expect((await index.list({ ...everything, searchTerm: "LIVE" }, newest)).data).toMatchObject([{ id }]);
});

test("what was changed by hand, with every time as it was, is found in the background by the next process", async () => {
  const home = await temporaryHome();
  const { file } = await writeThread(home, { createdMs: start, turns: [{ user: "hello" }] });
  const first = openIndex(home);
  await first.list(everything, newest);
  await readWhole(home, 1);
  await first.close();
  const line = { timestamp: "2026-03-01T12:00:00.000Z", ordinal: 99, type: "thread_name", payload: { name: "Named" } };
  await fs.appendFile(file, `${JSON.stringify(line)}\n`);
  const next = openIndex(home);
  // The old name is all that the index knows; what is shown is looked at, what is not shown is not.
  const named = { ...everything, searchTerm: "named" };
  await next.list({ ...named, cwds: ["/elsewhere"] }, newest);
  await vi.waitFor(() => expect(inspect(home, "SELECT words FROM threads")).toEqual([{ words: "named\nhello" }]));
  expect((await next.list(named, newest)).data).toHaveLength(1);
});
