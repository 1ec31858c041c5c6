import fs from "node:fs/promises";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { schemaVersion } from "../../../../src/core/thread/index/schema.ts";
import { writeThread } from "../../../helpers/rollouts.ts";
import { everything, inspect, newest, openIndex, readWhole, search, temporaryHome } from "./harness.ts";

const start = Date.UTC(2026, 2, 1, 12);

async function homeOfThree(): Promise<string> {
  const home = await temporaryHome();
  for (let number = 0; number < 3; number += 1) {
    await writeThread(home, { createdMs: start + number * 1000, turns: [{ user: `needle ${number}` }] });
  }
  return home;
}

const fileOf = (home: string): string => path.join(home, "index.sqlite");

const works = async (home: string): Promise<void> => {
  const index = openIndex(home);
  const previews = ["needle 2", "needle 1", "needle 0"];
  expect((await index.list(everything, newest)).data.map(({ preview }) => preview)).toEqual(previews);
  expect((await index.search(search("needle"))).data.map(({ snippet }) => snippet)).toEqual(previews);
};

/** Ways in which an index can be spoilt between two processes. */
const damages: Readonly<Record<string, (file: string) => Promise<unknown>>> = {
  "is garbage": (file) => fs.writeFile(file, "x".repeat(100_000)),
  "is empty": (file) => fs.writeFile(file, ""),
  "is cut in the middle": async (file) => fs.truncate(file, Math.floor((await fs.stat(file)).size / 2)),
  "has a page of zeros": async (file) => {
    const handle = await fs.open(file, "r+");
    await handle.write(Buffer.alloc(4096), 0, 4096, 4096);
    await handle.close();
  },
  "is another database": async (file) => {
    await fs.rm(file);
    new DatabaseSync(file).exec("CREATE TABLE threads (x); CREATE TABLE mine (y)");
  },
  "has lost a table": async (file) => {
    const database = new DatabaseSync(file);
    database.exec("DROP TABLE items");
    database.close();
  },
  "is of an older version": async (file) => {
    const database = new DatabaseSync(file);
    database.exec("DELETE FROM threads; PRAGMA user_version = 0");
    database.close();
  },
};

test.each(Object.entries(damages))(
  "an index that %s is made anew, and the answers are right meanwhile",
  async (_, damage) => {
    const home = await homeOfThree();
    const first = openIndex(home);
    await first.list(everything, newest);
    await readWhole(home, 3);
    await first.close();
    await damage(fileOf(home));
    await works(home);
    await readWhole(home, 3);
    await works(home);
  },
);

test("an index of a newer version is left as it is, and not used", async () => {
  const home = await homeOfThree();
  const database = new DatabaseSync(fileOf(home));
  database.exec(`CREATE TABLE theirs (x); PRAGMA user_version = ${schemaVersion + 1}`);
  database.close();
  await works(home);
  expect(inspect(home, "SELECT name FROM sqlite_schema")).toEqual([{ name: "theirs" }]);
});

test("an index that another process has locked is gone without, and used again when it is free", async () => {
  const home = await homeOfThree();
  await works(home);
  await readWhole(home, 3);
  const other = new DatabaseSync(fileOf(home));
  other.exec("BEGIN EXCLUSIVE");
  await writeThread(home, { createdMs: start + 9000, turns: [{ user: "new needle" }] });
  const index = openIndex(home);
  expect((await index.search(search("needle"))).data).toHaveLength(4);
  expect((await index.list(everything, newest)).data).toHaveLength(4);
  other.exec("COMMIT");
  other.close();
  expect((await index.list(everything, newest)).data).toHaveLength(4);
  await readWhole(home, 4);
});

test("an index that vanishes, or is replaced, while it is open is noticed", async () => {
  const home = await homeOfThree();
  const index = openIndex(home);
  await index.list(everything, newest);
  await readWhole(home, 3);
  for (const suffix of ["", "-wal", "-shm"]) await fs.rm(fileOf(home) + suffix, { force: true });
  expect((await index.list(everything, newest)).data).toHaveLength(3);
  await readWhole(home, 3);
});

test("two processes make one index of a home and keep it up to date together", async () => {
  const home = await homeOfThree();
  const [one, two] = [openIndex(home), openIndex(home)];
  const sizes = await Promise.all(
    Array.from({ length: 20 }, async (_, number) => {
      if (number % 4 === 3)
        await writeThread(home, { createdMs: start + 10_000 + number, turns: [{ user: "needle" }] });
      const index = number % 2 === 0 ? one : two;
      const listed = (await index.list(everything, { ...newest, limit: 100 })).data;
      const hits = (await index.search(search("needle", { limit: 100 }))).data;
      return hits.length >= listed.length;
    }),
  );
  expect(sizes).not.toContain(false);
  await one.list(everything, newest);
  await two.list(everything, newest);
  await readWhole(home, 8);
  expect((await two.search(search("needle"))).data).toHaveLength(8);
  // Each text once, whoever read it.
  expect(inspect(home, "SELECT count(*) AS n FROM items")).toEqual([{ n: 8 }]);
  expect(inspect(home, "SELECT count(*) AS n FROM texts WHERE texts MATCH '\"nee\"'")).toEqual([{ n: 8 }]);
});

test("a home without threads gets no index, and a rollout that cannot be read keeps no other from being listed", async () => {
  const home = await temporaryHome();
  const index = openIndex(home);
  expect(await index.list(everything, newest)).toEqual({ data: [], nextCursor: null, backwardsCursor: null });
  index.recorded();
  await index.close();
  const { file } = await writeThread(home, { createdMs: start, turns: [{ user: "needle" }] });
  await fs.writeFile(file.replace(/[0-9a-f]{12}\.jsonl$/, "000000000000.jsonl"), "garbage\n\0\n{}\n");
  await fs.mkdir(file.replace(/[0-9a-f]{12}\.jsonl$/, "000000000001.jsonl"));
  await fs.symlink("/dev/zero", file.replace(/[0-9a-f]{12}\.jsonl$/, "000000000002.jsonl"));
  const next = openIndex(home);
  expect((await next.list(everything, newest)).data).toMatchObject([{ preview: "needle" }]);
  await readWhole(home, 2);
  expect((await next.list(everything, newest)).data).toMatchObject([{ preview: "needle" }]);
  expect((await next.search(search("a"))).data).toEqual([]);
});
