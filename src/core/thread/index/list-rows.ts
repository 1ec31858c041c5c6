import path from "node:path";
import type { SQLInputValue } from "node:sqlite";
import type { Database, OpenIndex } from "./database.ts";
import type { Entry, Live } from "./entries.ts";
import { liveEntry } from "./entries.ts";
import { fold } from "./fold.ts";
import type { KnownFile } from "./keeper.ts";
import { describeOutline, parseOutline } from "./outline.ts";
import { compare, isBehind, matches, type Place, type Position, type ThreadFilter, type ThreadOrder } from "./query.ts";

/** A thread of a list with the file that it was read from. */
export interface RowEntry extends Entry {
  readonly row: KnownFile;
  /** Its rollout was read to its end: what is shown is exact. Else it is what its beginning says. */
  readonly isExact: boolean;
  readonly isLive: boolean;
}

/** Up to `limit` threads of the index behind a place, in order. Loaded ones are shown, and chosen, as they are now. */
export function listRows(
  home: string,
  index: OpenIndex,
  filter: ThreadFilter,
  order: Pick<ThreadOrder, "sortKey" | "direction" | "limit"> & { readonly place: Place | null },
  loaded: readonly string[],
  live: Live,
): RowEntry[] {
  const key = order.sortKey === "created_at" ? "created" : "changed";
  const ids = JSON.stringify(loaded);
  const { stored, open } = index.use((db) => ({
    stored: storedRows(db, filter, { ...order, key }, ids),
    open: db.all(
      `SELECT seq, file, size, mtime, id, ${key} AS ms, text_size FROM threads
       WHERE archived = ? AND id IN (SELECT value FROM json_each(?))`,
      filter.archived ? 1 : 0,
      ids,
    ),
  }));
  const entries: RowEntry[] = [];
  for (const row of stored) {
    const outline = parseOutline(String(row["facts"]));
    const known = knownOf(row);
    const position = positionOf(row);
    const file = path.join(home, known.file);
    const isExact = Number(row["text_size"]) >= 0;
    if (outline === null) continue;
    entries.push({ row: known, position, isExact, isLive: false, thread: describeOutline(outline, file, known.mtime) });
  }
  for (const row of open) {
    const thread = live(String(row["id"]));
    const position = positionOf(row);
    if (thread === null || !isBehind(position, order.place, order.direction) || !matches(thread, filter)) continue;
    const known = knownOf(row);
    entries.push({ ...liveEntry(thread, known.mtime, position), row: known, isExact: true, isLive: true });
  }
  entries.sort((a, b) => compare(a.position, b.position, order.direction));
  return entries.slice(0, order.limit);
}

function storedRows(
  db: Database,
  filter: ThreadFilter,
  {
    key,
    direction,
    limit,
    place,
  }: Pick<ThreadOrder, "direction" | "limit"> & {
    readonly key: "created" | "changed";
    readonly place: Place | null;
  },
  loadedIds: string,
) {
  const conditions = ["listed = 1", "archived = ?", "id NOT IN (SELECT value FROM json_each(?))"];
  const values: SQLInputValue[] = [filter.archived ? 1 : 0, loadedIds];
  const among = (column: string, wanted: readonly string[] | null): void => {
    if (wanted === null) return;
    conditions.push(`${column} IN (SELECT value FROM json_each(?))`);
    values.push(JSON.stringify(wanted));
  };
  among("cwd", filter.cwds);
  among("provider", filter.modelProviders);
  among("source", filter.sources);
  among("originator", filter.originators);
  if (filter.excludedIds.length > 0) {
    conditions.push("id NOT IN (SELECT value FROM json_each(?))");
    values.push(JSON.stringify(filter.excludedIds));
  }
  if (filter.searchTerm !== null) {
    conditions.push("instr(words, ?) > 0");
    values.push(fold(filter.searchTerm));
  }
  const is = direction === "desc" ? "<" : ">";
  if (place?.id === null) {
    conditions.push(`${key} ${is} ?`);
    values.push(place.ms);
  } else if (place !== null) {
    conditions.push(`(${key}, id) ${is} (?, ?)`);
    values.push(place.ms, place.id);
  }
  return db.all(
    `SELECT seq, file, size, mtime, id, ${key} AS ms, text_size, facts FROM threads
     WHERE ${conditions.join(" AND ")} ORDER BY ${key} ${direction}, id ${direction} LIMIT ?`,
    ...values,
    limit,
  );
}

type Row = ReturnType<Database["all"]>[number];

const knownOf = ({ seq, file, size, mtime }: Row): KnownFile => ({
  seq: Number(seq),
  file: String(file),
  size: Number(size),
  mtime: Number(mtime),
});

const positionOf = ({ ms, id }: Row): Position => ({ ms: Number(ms), id: String(id) });
