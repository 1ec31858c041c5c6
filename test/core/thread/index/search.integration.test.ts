import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { ThreadIndex } from "../../../../src/core/thread/index/thread-index.ts";
import { type WrittenTurn, writeThread } from "../../../helpers/rollouts.ts";
import { everything, forbidIndex, inspect, newest, openIndex, readWhole, search, temporaryHome } from "./harness.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 2, 1, 12);

const long = `${"lorem ipsum ".repeat(10_000)}the-end-of-it`;
const threads: readonly {
  readonly name?: string;
  readonly archived?: boolean;
  readonly turns: readonly WrittenTurn[];
}[] = [
  { turns: [{ user: "Why does parseHTTPHeader fail?", answer: "It splits at ':' only once." }] },
  { turns: [{ user: "run it", command: { line: "npm run bench", output: "startup 41 ms\nOK\n" }, answer: "Done." }] },
  { turns: [{ user: "fix", change: { path: "/repo/src/Zebra.ts", diff: "@@ -1 +1 @@\n-old\n+const stripes = 9;" } }] },
  { name: "Über-Ärger", turns: [{ user: "検索する", answer: "İstanbul, 全文検索です 👍🏽" }] },
  { turns: [{ user: 'say "hello" AND (NOT world*) -- %_\\', answer: "NEAR(a b) ^c : {x}" }] },
  { archived: true, turns: [{ user: "archived zebra" }] },
  { turns: [{ user: "long", command: { line: "cat", output: long } }] },
  { turns: [{ user: "zebra one" }, { user: "no", answer: "a zebra again" }, { user: "bye" }] },
];

async function homeWithTexts(): Promise<string> {
  const home = await temporaryHome();
  for (const [number, thread] of threads.entries())
    await writeThread(home, { createdMs: start + number * day, ...thread });
  return home;
}

const found = async (index: ThreadIndex, term: string, archived = false): Promise<readonly (string | undefined)[]> =>
  (await index.search(search(term, { archived }))).data.map(({ item }) => item?.itemId);

/** Term, and the items that have it, newest thread first; undefined: the name of the thread does. */
const terms: readonly (readonly [string, readonly (string | undefined)[]])[] = [
  ["parsehttp", ["turn-0-user"]],
  ["HTTPHeader fail", ["turn-0-user"]],
  ["fail parse", []],
  ["41 ms\nok", ["turn-0-command"]],
  ["npm run", ["turn-0-command"]],
  ["zebra", ["turn-1-answer", "turn-0-change"]],
  ["STRIPES = 9", ["turn-0-change"]],
  ["検索", ["turn-0-answer"]],
  ["索す", ["turn-0-user"]],
  ["す", ["turn-0-answer"]],
  ["İSTANBUL", ["turn-0-answer"]],
  ["über-ä", [undefined]],
  ["👍🏽", ["turn-0-answer"]],
  ['"hello" and', ["turn-0-user"]],
  ["NOT world*) --", ["turn-0-user"]],
  ["%_\\", ["turn-0-user"]],
  ["near(a b) ^", ["turn-0-answer"]],
  ['"', ["turn-0-user"]],
  ["*", ["turn-0-user"]],
  ["the-end-of-it", ["turn-0-command"]],
  ["exit code: 0", []],
  ["nothing has this", []],
  ["\0", []],
  ["\ud800zz", []],
];

test("a term is found wherever it is shown, by the index, while it is being made, and without it", async () => {
  const home = await homeWithTexts();
  const bare = await temporaryHome();
  await fs.cp(home, bare, { recursive: true, preserveTimestamps: true });
  await forbidIndex(bare);
  const [index, without] = [openIndex(home), openIndex(bare)];
  const expected = terms.map(([term, items]) => ({ term, items }));
  const results = async (of: ThreadIndex) => {
    const all: { term: string; items: unknown }[] = [];
    for (const { term } of expected) all.push({ term, items: await found(of, term) });
    return all;
  };
  expect(await results(index)).toEqual(expected);
  await readWhole(home, threads.length);
  expect(await results(index)).toEqual(expected);
  expect(await results(without)).toEqual(expected);
  expect(await found(index, "zebra", true)).toEqual(["turn-0-user"]);
  expect(await found(without, "zebra", true)).toEqual(["turn-0-user"]);
  const [hit] = (await index.search(search("stripes"))).data;
  expect(hit).toMatchObject({
    thread: { preview: "fix", turns: [] },
    snippet: "/repo/src/Zebra.ts @@ -1 +1 @@ -old +const stripes = 9;",
    item: { turnId: "turn-0", itemId: "turn-0-change" },
  });
  expect((await index.search(search("zebra", { sources: ["exec"] }))).data).toEqual([]);
  // The words themselves are in the rollouts only.
  for (const file of ["index.sqlite", "index.sqlite-wal"]) {
    const bytes = await fs.readFile(path.join(home, file)).catch(() => Buffer.alloc(0));
    expect(bytes.includes("startup 41 ms")).toBe(false);
    if (process.platform !== "win32" && bytes.length > 0)
      expect((await fs.stat(path.join(home, file))).mode & 0o777).toBe(0o600);
  }
});

test("what was added to a thread is found by the next search, and is all that is read of it", async () => {
  const home = await homeWithTexts();
  const index = openIndex(home);
  await index.list(everything, newest);
  await readWhole(home, threads.length);
  const [row] = inspect(home, "SELECT file, read_to, items FROM threads WHERE words LIKE '%zebra one%'");
  const file = path.join(home, String(row?.["file"]));
  const line = {
    timestamp: "2026-03-01T12:00:00.000Z",
    ordinal: 99,
    type: "response_item",
    payload: {
      item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "quagga" }] },
      view: { kind: "agentMessage", turnId: "turn-9", id: "late", startedAt: 1, at: 1 },
    },
  };
  await fs.appendFile(`${file}.lock`, "");
  await fs.appendFile(file, `${JSON.stringify(line)}\n{"torn":`);
  expect(await found(index, "quagga")).toEqual(["late"]);
  await readWhole(home, threads.length);
  expect(inspect(home, "SELECT read_to, items FROM threads WHERE words LIKE '%zebra one%'")).toEqual([
    { read_to: (await fs.stat(file)).size - '{"torn":'.length, items: Number(row?.["items"]) + 1 },
  ]);
});

test("hits come in pages, in the order that is asked for, and no term or cursor is taken for another", async () => {
  const home = await temporaryHome();
  const ids: string[] = [];
  for (let number = 0; number < 7; number += 1) {
    const turns = [{ user: number === 3 ? "other" : `needle ${number}` }];
    const { id } = await writeThread(home, { createdMs: start + number * day, changedMs: start - number * day, turns });
    if (number !== 3) ids.push(id);
  }
  const index = openIndex(home);
  for (const _ of ["before it is read", "after"]) {
    const page = await index.search(search("needle", { limit: 4, sortKey: "updated_at" }));
    expect(page.data.map(({ thread }) => thread.id)).toEqual(ids.slice(0, 4));
    const rest = await index.search(search("needle", { limit: 4, sortKey: "updated_at", cursor: page.nextCursor }));
    expect(rest).toMatchObject({ data: [{ snippet: "needle 5" }, { snippet: "needle 6" }], nextCursor: null });
    const ascending = await index.search(search("needle", { direction: "asc", limit: 6 }));
    expect(ascending.data.map(({ thread }) => thread.id)).toEqual(ids);
    expect(ascending.nextCursor).toBeNull();
    await readWhole(home, 7);
  }
  await expect(index.search(search(" \n"))).rejects.toMatchObject({
    message: "thread/search requires a non-empty searchTerm",
  });
  await expect(index.search(search("x".repeat(1001)))).rejects.toMatchObject({ reason: "badInput" });
  await expect(index.search(search("needle", { cursor: "x" }))).rejects.toMatchObject({ message: "invalid cursor: x" });
});
