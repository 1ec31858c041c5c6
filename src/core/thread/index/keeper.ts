import path from "node:path";
import type { RolloutStore } from "../rollout/store.ts";
import type { Database, OpenIndex } from "./database.ts";
import { changeOf, type FoundFile, readFolder, type RolloutFolder, statOf } from "./folder.ts";
import type { Pace } from "./pace.ts";
import { itemsPerThread } from "./schema.ts";

/**
 * Brings the rows of the index to what lies on the disk, without looking at every file each time: a rollout changes only while its lock stands
 * beside it, and taking and giving back a lock changes the time of the folder. So a folder whose time is the known one is as it was, but
 * for the rollouts that were open then. Whoever shows a thread looks at its file once more.
 */
export interface Keeper {
  /** False: more than `maxFolders` folders have changed, and nothing was done. @throws IndexUnavailable */
  look(index: OpenIndex, pace: Pace, maxFolders: number): Promise<boolean>;
  /** Looks at every file, whatever the folders say: some file systems do not keep their times, and somebody may have changed a file by hand. */
  lookAtAll(index: OpenIndex, pace: Pace): Promise<void>;
  /** Looks at one file. False: it is not as the index knows it, and the row was changed. @throws IndexUnavailable */
  check(index: OpenIndex, row: KnownFile): boolean;
}

/** A file as a row of the index has it. */
export interface KnownFile {
  readonly seq: number;
  /** Relative to the home. */
  readonly file: string;
  readonly size: number;
  readonly mtime: number;
}

interface Change {
  readonly row: KnownFile;
  readonly to: FoundFile;
}

/** What differs in a folder; `mtime` -1: it is to be looked at again. */
interface Look {
  readonly path: string;
  readonly mtime: number;
  readonly added: readonly FoundFile[];
  readonly changed: readonly Change[];
  readonly gone: readonly KnownFile[];
}

/** The times of a file system may be this coarse: a folder that changed less than this ago may have changed again since, with the same time. */
const settledMs = 2000;
/** Rows written in one transaction. */
const rowsAtOnce = 200;

export function createKeeper(home: string, store: RolloutStore): Keeper {
  const relative = (file: string): string => path.relative(home, file);

  const knownFolders = (index: OpenIndex): Map<string, number> =>
    new Map(
      index
        .use((db) => db.all("SELECT path, mtime FROM folders"))
        .map((row) => [String(row["path"]), Number(row["mtime"])]),
    );

  const knownFiles = (index: OpenIndex, folder: string): (KnownFile & { readonly isOpen: boolean })[] =>
    index
      .use((db) => db.all("SELECT seq, file, size, mtime, is_open FROM threads WHERE folder = ?", folder))
      .map(({ seq, file, size, mtime, is_open: isOpen }) => ({
        seq: Number(seq),
        file: String(file),
        size: Number(size),
        mtime: Number(mtime),
        isOpen: isOpen === 1,
      }));

  /** What differs in one folder. What is known is asked first: others may come to know more meanwhile. */
  const lookInto = async (index: OpenIndex, folder: RolloutFolder, pace: Pace): Promise<Look> => {
    const known = new Map(knownFiles(index, relative(folder.path)).map((row) => [row.file, row]));
    const readAtMs = Date.now();
    const mtime = changeOf(folder.path) ?? -1;
    const added: FoundFile[] = [];
    const changed: Change[] = [];
    for (const to of await readFolder(folder, pace)) {
      const row = known.get(relative(to.file));
      known.delete(relative(to.file));
      if (row === undefined) added.push(to);
      else if (row.size !== to.size || row.mtime !== to.mtimeMs || row.isOpen !== to.isOpen) changed.push({ row, to });
    }
    const isSettled = mtime >= 0 && readAtMs - mtime > settledMs;
    return { path: relative(folder.path), mtime: isSettled ? mtime : -1, added, changed, gone: [...known.values()] };
  };

  const inPieces = async <T>(
    index: OpenIndex,
    entries: readonly T[],
    pace: Pace,
    write: (db: Database, entry: T) => void,
  ): Promise<void> => {
    for (let at = 0; at < entries.length; at += rowsAtOnce) {
      index.change((db) => {
        for (const entry of entries.slice(at, at + rowsAtOnce)) write(db, entry);
      });
      if (pace.isDue) await pace.rest();
    }
  };

  const check = (index: OpenIndex, row: KnownFile): boolean => {
    const stat = statOf(path.join(home, row.file));
    if (stat !== null && stat.size === row.size && stat.mtimeMs === row.mtime) return true;
    index.change((db) => {
      if (stat !== null) return update(db, row, { ...stat, isOpen: true });
      // Gone: the next look finds out where it is now.
      db.run("DELETE FROM folders WHERE path = ?", path.dirname(row.file));
      db.run("UPDATE threads SET listed = 0 WHERE seq = ?", row.seq);
    });
    return false;
  };

  const write = async (index: OpenIndex, looks: readonly Look[], pace: Pace): Promise<void> => {
    // A rollout that went to the archive, or came back, is the same one in another place.
    const gone = new Map(looks.flatMap((look) => look.gone.map((row) => [path.basename(row.file), row])));
    const added: FoundFile[] = [];
    const moved: Change[] = [];
    for (const to of looks.flatMap((look) => look.added)) {
      const row = gone.get(path.basename(to.file));
      if (row === undefined || row.size !== to.size) added.push(to);
      else if (gone.delete(path.basename(to.file))) moved.push({ row, to });
    }
    await inPieces(index, moved, pace, (db, { row, to }) => {
      const place = [relative(to.file), path.dirname(relative(to.file)), to.isArchived ? 1 : 0];
      db.run("UPDATE OR REPLACE threads SET file = ?, folder = ?, archived = ? WHERE seq = ?", ...place, row.seq);
      update(db, row, to);
    });
    for (const row of gone.values()) await forget(index, row, pace);
    await inPieces(index, added, pace, (db, to) => insert(db, relative(to.file), to));
    const changed = looks.flatMap((look) => look.changed);
    await inPieces(index, changed, pace, (db, { row, to }) => update(db, row, to));
    // Last: should anything above fail, the folder is read again.
    await inPieces(index, looks, pace, (db, look) => {
      if (look.mtime >= 0) db.run("INSERT OR REPLACE INTO folders (path, mtime) VALUES (?, ?)", look.path, look.mtime);
      else db.run("DELETE FROM folders WHERE path = ?", look.path);
    });
  };

  /** `known`: the folders that are as they were if they have this time. */
  const look = async (
    index: OpenIndex,
    pace: Pace,
    known: Map<string, number>,
    maxFolders: number,
  ): Promise<boolean> => {
    const different: RolloutFolder[] = [];
    for (const folder of store.folders()) {
      if (pace.isDue) await pace.rest();
      const before = known.get(relative(folder.path)) ?? null;
      known.delete(relative(folder.path));
      if (changeOf(folder.path) !== before) different.push(folder);
    }
    if (different.length + known.size > maxFolders) return false;
    const looks: Look[] = [];
    for (const folder of different) looks.push(await lookInto(index, folder, pace));
    for (const folder of known.keys()) {
      looks.push({ path: folder, mtime: -1, added: [], changed: [], gone: knownFiles(index, folder) });
    }
    await write(index, looks, pace);

    const read = new Set(looks.map((one) => one.path));
    const open = index.use((db) => db.all("SELECT seq, file, size, mtime FROM threads WHERE is_open = 1"));
    for (const { seq, file, size, mtime } of open) {
      if (pace.isDue) await pace.rest();
      const row = { seq: Number(seq), file: String(file), size: Number(size), mtime: Number(mtime) };
      if (!read.has(path.dirname(row.file))) check(index, row);
    }
    return true;
  };

  return {
    check,
    look: (index, pace, maxFolders) => look(index, pace, knownFolders(index), maxFolders),
    async lookAtAll(index, pace) {
      const none = new Map([...knownFolders(index).keys()].map((folder) => [folder, -1]));
      await look(index, pace, none, Number.MAX_SAFE_INTEGER);
    },
  };
}

function insert(db: Database, file: string, to: FoundFile): void {
  const place = [file, path.dirname(file), to.id, to.isArchived ? 1 : 0, to.isOpen ? 1 : 0];
  db.run(
    `INSERT OR IGNORE INTO threads (file, folder, id, archived, is_open, size, mtime, changed, created)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...place,
    to.size,
    to.mtimeMs,
    Math.floor(to.mtimeMs),
    to.createdMs,
  );
}

/** A file that grew is read on from where reading stopped; one that was written anew is read anew. */
function update(db: Database, row: KnownFile, to: Pick<FoundFile, "size" | "mtimeMs" | "isOpen">): void {
  if (to.size === row.size && to.mtimeMs === row.mtime) {
    db.run(
      "UPDATE threads SET is_open = ? WHERE seq = ? AND is_open <> ?",
      to.isOpen ? 1 : 0,
      row.seq,
      to.isOpen ? 1 : 0,
    );
    return;
  }
  // Items of a rollout that is another now are dropped when it is read.
  const again = to.size <= row.size ? "facts_size = -1, text_size = -1, read_to = 0, " : "";
  const values = [to.size, to.mtimeMs, Math.floor(to.mtimeMs), to.isOpen ? 1 : 0, row.seq];
  db.run(`UPDATE threads SET ${again}size = ?, mtime = ?, changed = ?, is_open = ? WHERE seq = ?`, ...values);
}

/** Forgets what was read of a rollout, piece by piece. */
export async function dropItems(index: OpenIndex, seq: number, pace: Pace): Promise<void> {
  const row = index.use((db) => db.get("SELECT items FROM threads WHERE seq = ?", seq));
  for (let to = Number(row?.["items"] ?? 0); to > 0; to -= rowsAtOnce) {
    const from = Math.max(0, to - rowsAtOnce);
    index.change((db) => {
      const range = [seq * itemsPerThread + from, seq * itemsPerThread + to];
      db.run("DELETE FROM texts WHERE rowid >= ? AND rowid < ?", ...range);
      db.run("DELETE FROM items WHERE number >= ? AND number < ?", ...range);
      db.run("UPDATE threads SET items = ?, read_to = 0, text_size = -1 WHERE seq = ?", from, seq);
    });
    if (pace.isDue) await pace.rest();
  }
}

/** Unless the rollout was found in another place meanwhile. */
async function forget(index: OpenIndex, { seq, file }: KnownFile, pace: Pace): Promise<void> {
  const isThere =
    index.use((db) => db.get("SELECT 1 FROM threads WHERE seq = ? AND file = ?", seq, file)) !== undefined;
  if (!isThere) return;
  await dropItems(index, seq, pace);
  index.change((db) => db.run("DELETE FROM threads WHERE seq = ? AND file = ?", seq, file));
}
