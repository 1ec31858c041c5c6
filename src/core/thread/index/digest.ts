import path from "node:path";
import type { StoredThreads } from "../stored-threads.ts";
import type { Database, OpenIndex } from "./database.ts";
import { fold } from "./fold.ts";
import { dropItems } from "./keeper.ts";
import { describeOutline, type ThreadOutline } from "./outline.ts";
import type { Pace } from "./pace.ts";
import { sourceOf, wordsOf } from "./query.ts";
import {
  isUnreadable,
  type ItemText,
  NotPlain,
  parseProgress,
  type Progress,
  readTexts,
  replayTexts,
} from "./read-texts.ts";
import { itemsPerThread } from "./schema.ts";

/** Reads rollouts into the index. Another process that reads the same ones is not hindered: what it was quicker with is not written again. */
export interface Digest {
  /** What a list shows of a thread: from the beginning of its rollout, or, when it was read whole before, from what was added. */
  facts(index: OpenIndex, seq: number, pace: Pace): Promise<void>;
  /** Texts of threads too, on from where reading stopped. A thread that cannot be read is passed over. */
  texts(index: OpenIndex, seqs: readonly number[], pace: Pace): Promise<void>;
}

/** Pages of `texts` that are merged after each transaction; left to itself, it would merge thousands of them at once now and then. */
const mergePages = 16;
/** Characters written in one transaction, about: more at once would take too long, less would cost more altogether. */
const charsAtOnce = 32 * 1024;

export function createDigest(home: string, stored: StoredThreads): Digest {
  /** Reads one thread; what is to be written goes into the batch. */
  const read = async (index: OpenIndex, seq: number, batch: Batch, pace: Pace): Promise<void> => {
    const row = index.use((db) =>
      db.get("SELECT file, size, read_to, items, progress FROM threads WHERE seq = ?", seq),
    );
    if (row === undefined) return;
    const [file, size] = [path.join(home, String(row["file"])), Number(row["size"])];
    const progress = parseProgress(String(row["progress"]), Number(row["read_to"]));
    if (progress.readTo === 0) await dropItems(index, seq, pace);
    let at: Written = { readTo: progress.readTo, items: progress.readTo === 0 ? 0 : Number(row["items"]) };
    const write = (to: Progress, texts: readonly ItemText[]): void => {
      const before = at;
      const taken = texts.slice(0, itemsPerThread - before.items);
      at = { readTo: to.readTo, items: before.items + taken.length };
      const chars = taken.reduce((sum, { text }) => sum + text.length, 0);
      batch.add(chars, (db) => advance(db, seq, before, to, taken));
    };
    let { facts } = progress;
    try {
      for await (const { texts, ...to } of readTexts(file, progress, pace)) {
        write(to, texts);
        ({ facts } = to);
        if (pace.isDue) await pace.rest();
      }
    } catch (error) {
      if (!(error instanceof NotPlain)) throw error;
      // Read anew as a whole each time that it has changed.
      batch.flush();
      await dropItems(index, seq, pace);
      at = { readTo: 0, items: 0 };
      const back = await replayTexts(file, stored);
      for (const texts of inPieces(back.texts)) {
        write({ readTo: 0, facts: back.facts, waiting: [] }, texts);
        if (pace.isDue) await pace.rest();
      }
      ({ facts } = back);
    }
    const end = at;
    const outline = stored.outlineOf(file, facts);
    batch.add(0, (db) => finish(db, seq, size, outline, end));
  };

  const texts = async (index: OpenIndex, seqs: readonly number[], pace: Pace): Promise<void> => {
    const batch = createBatch(index);
    for (const seq of seqs) {
      await read(index, seq, batch, pace).catch((error: unknown) => {
        if (!isUnreadable(error)) throw error;
      });
      if (pace.isDue) await pace.rest();
    }
    batch.flush();
  };

  return {
    texts,
    async facts(index, seq, pace) {
      const row = index.use((db) => db.get("SELECT file, text_size FROM threads WHERE seq = ?", seq));
      if (row === undefined) return;
      if (Number(row["text_size"]) >= 0) await texts(index, [seq], pace);
      const { size, facts_size: known } =
        index.use((db) => db.get("SELECT size, facts_size FROM threads WHERE seq = ?", seq)) ?? {};
      if (size === known) return;
      const outline = await stored.outline(path.join(home, String(row["file"])));
      index.change((db) => writeFacts(db, seq, Number(size), outline));
    },
  };
}

/** Writes that go into one transaction together. */
interface Batch {
  add(chars: number, write: (db: Database) => void): void;
  flush(): void;
}

function createBatch(index: OpenIndex): Batch {
  let writes: ((db: Database) => void)[] = [];
  let chars = 0;
  const flush = (): void => {
    const now = writes;
    const hasTexts = chars > 0;
    writes = [];
    chars = 0;
    if (now.length === 0) return;
    index.change((db) => {
      for (const write of now) write(db);
    });
    if (hasTexts) index.use((db) => db.run("INSERT INTO texts (texts, rank) VALUES ('merge', ?)", mergePages));
  };
  return {
    add(count, write) {
      writes.push(write);
      chars += count;
      if (chars >= charsAtOnce) flush();
    },
    flush,
  };
}

/** Writes what was read since `before`, unless another process did. */
function advance(db: Database, seq: number, before: Written, to: Progress, texts: readonly ItemText[]): void {
  const values = [to.readTo, before.items + texts.length, JSON.stringify(to), seq, before.readTo, before.items];
  const sql = "UPDATE threads SET read_to = ?, items = ?, progress = ? WHERE seq = ? AND read_to = ? AND items = ?";
  if (db.run(sql, ...values) === 0) return;
  for (const [at, text] of texts.entries()) insert(db, seq * itemsPerThread + before.items + at, text);
}

function finish(db: Database, seq: number, size: number, outline: ThreadOutline | null, at: Written): void {
  const values = [size, seq, at.readTo, at.items];
  const isOurs = db.run("UPDATE threads SET text_size = ? WHERE seq = ? AND read_to = ? AND items = ?", ...values) > 0;
  if (isOurs) writeFacts(db, seq, size, outline);
}

interface Written {
  readonly readTo: number;
  readonly items: number;
}

function insert(db: Database, number: number, { text, line, other }: ItemText): void {
  // With a little more at its end, each character of a text begins a stretch of three: what is shorter than that is found by its beginning.
  db.run("INSERT OR REPLACE INTO texts (rowid, text) VALUES (?, ?)", number, `${fold(text)}\n\n`);
  db.run("INSERT OR REPLACE INTO items (number, line, other) VALUES (?, ?, ?)", number, line, other);
}

function writeFacts(db: Database, seq: number, size: number, outline: ThreadOutline | null): void {
  if (outline === null) {
    db.run("UPDATE threads SET facts_size = ?, listed = 0, facts = '' WHERE seq = ?", size, seq);
    return;
  }
  const thread = describeOutline(outline, "", 0);
  const filters = [thread.cwd, thread.modelProvider, sourceOf(thread), thread.originator ?? "", wordsOf(thread)];
  db.run(
    `UPDATE threads SET facts_size = ?, listed = 1, facts = ?, cwd = ?, provider = ?, source = ?, originator = ?, words = ?
     WHERE seq = ?`,
    size,
    JSON.stringify(outline),
    ...filters,
    seq,
  );
}

function* inPieces(texts: readonly ItemText[]): Iterable<readonly ItemText[]> {
  let piece: ItemText[] = [];
  let chars = 0;
  for (const text of texts) {
    piece.push(text);
    chars += text.text.length;
    if (chars < charsAtOnce) continue;
    yield piece;
    piece = [];
    chars = 0;
  }
  yield piece;
}
