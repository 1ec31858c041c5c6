import type { Database, OpenIndex } from "./database.ts";
import { fold, trigrams } from "./fold.ts";
import type { Pace } from "./pace.ts";
import { itemsPerThread } from "./schema.ts";

/** What the index knows of where a term occurs; the texts themselves tell whether it does. */
export type MatchingItems =
  /** In these items at most, by thread; numbers of `items`, newest first. */
  | { readonly kind: "few"; readonly byThread: ReadonlyMap<number, readonly number[]> }
  /** In these threads at most; where in one of them is asked when its turn comes. */
  | {
      readonly kind: "many";
      readonly threads: ReadonlySet<number>;
      readonly ofThread: (seq: number) => readonly number[];
    }
  /** It is too short to tell: any thread may have it. */
  | { readonly kind: "unknown" };

/** Of one thread; a term that is in none of these is looked for in the whole thread. */
export const maxItemsOfThread = 64;
const few = 4000;
const threadsAtOnce = 2000;
/** Stretches of three that a question names at most: more of them tell little more. */
const maxTrigrams = 32;
const maxBeginnings = 200;

const inRange = "FROM texts WHERE texts MATCH ? AND rowid >= ? AND rowid < ?";

/** @throws IndexUnavailable */
export async function findItems(index: OpenIndex, term: string, pace: Pace): Promise<MatchingItems> {
  const question = index.use((db) => questionOf(db, fold(term)));
  if (question === null) return { kind: "unknown" };
  const matching = (from: number, to: number, limit: number): number[] =>
    index
      .use((db) => db.all(`SELECT rowid ${inRange} ORDER BY rowid DESC LIMIT ?`, question, from, to, limit))
      .map(({ rowid }) => Number(rowid));
  const items = question === "" ? [] : matching(0, Number.MAX_SAFE_INTEGER, few + 1);
  if (items.length <= few) {
    const byThread = new Map<number, number[]>();
    for (const item of items) {
      const seq = Math.floor(item / itemsPerThread);
      const known = byThread.get(seq);
      if (known === undefined) byThread.set(seq, [item]);
      else if (known.length < maxItemsOfThread) known.push(item);
    }
    return { kind: "few", byThread };
  }
  const threads = new Set<number>();
  for (let from = 0; ;) {
    if (pace.isDue) await pace.rest();
    const sql = `SELECT DISTINCT rowid / ${itemsPerThread} AS seq ${inRange} LIMIT ?`;
    const rows = index.use((db) => db.all(sql, question, from, Number.MAX_SAFE_INTEGER, threadsAtOnce));
    for (const { seq } of rows) threads.add(Number(seq));
    if (rows.length < threadsAtOnce) break;
    from = (Number(rows.at(-1)?.["seq"]) + 1) * itemsPerThread;
  }
  const ofThread = (seq: number) => matching(seq * itemsPerThread, (seq + 1) * itemsPerThread, maxItemsOfThread);
  return { kind: "many", threads, ofThread };
}

/** In the language of FTS5, where nothing of the term can be syntax: each stretch of it stands in quotes. Null: it is in nearly everything. */
function questionOf(db: Database, folded: string): string | null {
  const all = trigrams(folded, maxTrigrams);
  if (all.length > 0) return all.map(quoted).join(" ");
  const rows = db.all(
    "SELECT term FROM terms WHERE term >= ? AND term < ? LIMIT ?",
    folded,
    `${folded}\u{10ffff}`,
    maxBeginnings,
  );
  return rows.length === maxBeginnings ? null : rows.map(({ term }) => quoted(String(term))).join(" OR ");
}

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
