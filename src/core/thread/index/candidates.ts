import path from "node:path";
import type { SQLInputValue } from "node:sqlite";
import type { RolloutStore } from "../rollout/store.ts";
import type { StoredThreads } from "../stored-threads.ts";
import type { Row, OpenIndex } from "./database.ts";
import { type Live, liveEntry } from "./entries.ts";
import { fold } from "./fold.ts";
import { findItems, type MatchingItems, maxItemsOfThread } from "./matching-items.ts";
import { describeOutline, parseOutline } from "./outline.ts";
import type { Pace } from "./pace.ts";
import { parseCursor, type Position } from "./query.ts";
import { filesInOrder } from "./scan.ts";
import type { Candidate, ThreadSearch } from "./search.ts";

const rowsAtOnce = 200;
const shortBytes = 256 * 1024;

interface Sources {
  readonly home: string;
  readonly store: RolloutStore;
  readonly stored: StoredThreads;
  readonly live: Live;
}

/** Threads that may have the term, in order: those of which the index says so, and those that it has not read. @throws IndexUnavailable */
export async function* candidatesOfIndex(
  { home, stored, live }: Sources,
  index: OpenIndex,
  search: ThreadSearch,
  pace: Pace,
): AsyncGenerator<Candidate> {
  const { direction, sortKey, term, archived } = search;
  const key = sortKey === "created_at" ? "created" : "changed";
  const is = direction === "desc" ? "<" : ">";
  const items = await findItems(index, term, pace);
  const known = items.kind === "few" ? JSON.stringify([...items.byThread.keys()]) : null;
  let place = parseCursor(search.cursor);
  for (;;) {
    const folded = fold(term);
    const conditions = ["archived = ?", "(listed = 1 OR facts_size <> size)"];
    const values: SQLInputValue[] = [folded, archived ? 1 : 0];
    if (known !== null) {
      conditions.push("(text_size <> size OR seq IN (SELECT value FROM json_each(?)) OR instr(words, ?) > 0)");
      values.push(known, folded);
    }
    if (place?.id === null) {
      conditions.push(`${key} ${is} ?`);
      values.push(place.ms);
    } else if (place !== null) {
      conditions.push(`(${key}, id) ${is} (?, ?)`);
      values.push(place.ms, place.id);
    }
    const rows = index.use((db) =>
      db.all(
        `SELECT seq, file, id, size, mtime, ${key} AS ms, text_size <> size AS unread, instr(words, ?) > 0 AS named
         FROM threads WHERE ${conditions.join(" AND ")} ORDER BY ${key} ${direction}, id ${direction} LIMIT ?`,
        ...values,
        rowsAtOnce,
      ),
    );
    for (const row of rows) {
      const position: Position = { ms: Number(row["ms"]), id: String(row["id"]) };
      place = position;
      const where = placesIn(index, row, items);
      if (pace.isDue) await pace.rest();
      if (where === null) continue;
      const file = path.join(home, String(row["file"]));
      yield {
        position,
        file,
        ...where,
        thread: async () => {
          const shown = live(position.id);
          if (shown !== null) return liveEntry(shown, Number(row["mtime"]), position).thread;
          const facts = index.use((db) => db.get("SELECT facts FROM threads WHERE seq = ?", row["seq"] ?? null));
          const outline = parseOutline(String(facts?.["facts"] ?? "")) ?? (await stored.outline(file));
          return outline === null ? null : describeOutline(outline, file, Number(row["mtime"]));
        },
      };
    }
    if (rows.length < rowsAtOnce) return;
    if (pace.isDue) await pace.rest();
  }
}

/** Null: the term is not in this thread. */
function placesIn(
  index: OpenIndex,
  row: Row,
  items: MatchingItems,
): Pick<Candidate, "places" | "hasMorePlaces"> | null {
  const everywhere = { places: null, hasMorePlaces: false };
  if (Number(row["unread"]) === 1 || items.kind === "unknown") return everywhere;
  const seq = Number(row["seq"]);
  const isNoCandidate = items.kind === "many" && !items.threads.has(seq);
  // The whole of a short thread is read sooner than the index tells where to look.
  if (items.kind === "many" && !isNoCandidate && Number(row["size"]) < shortBytes) return everywhere;
  const numbers = isNoCandidate ? [] : items.kind === "few" ? (items.byThread.get(seq) ?? []) : items.ofThread(seq);
  if (numbers.length === 0) return Number(row["named"]) === 1 ? { places: [], hasMorePlaces: false } : null;
  const found = index.use((db) =>
    db.all(
      "SELECT line, other FROM items WHERE number IN (SELECT value FROM json_each(?)) ORDER BY number DESC",
      JSON.stringify(numbers),
    ),
  );
  const places: { line: number; other: number | null }[] = [];
  for (const { line, other } of found) {
    if (typeof line !== "number") return everywhere; // history that its lines alone do not tell
    places.push({ line, other: typeof other === "number" ? other : null });
  }
  return { places, hasMorePlaces: numbers.length >= maxItemsOfThread };
}

/** All threads, in order: without an index any may have the term. */
export async function* candidatesOnDisk(
  { store, stored, live }: Sources,
  search: ThreadSearch,
  pace: Pace,
): AsyncGenerator<Candidate> {
  const order = { ...search, place: parseCursor(search.cursor) };
  for await (const { found, position } of filesInOrder(store, search, order, pace)) {
    yield {
      position,
      file: found.file,
      places: null,
      hasMorePlaces: false,
      thread: async () => {
        const shown = live(found.id);
        if (shown !== null) return liveEntry(shown, found.mtimeMs, position).thread;
        const outline = await stored.outline(found.file);
        return outline === null ? null : describeOutline(outline, found.file, found.mtimeMs);
      },
    };
  }
}
