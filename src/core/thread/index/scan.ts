import type { RolloutStore } from "../rollout/store.ts";
import type { StoredThreads } from "../stored-threads.ts";
import { type Entry, type Live, liveEntry } from "./entries.ts";
import { type FoundFile, type NamedFile, namesIn, readFolder, statOf } from "./folder.ts";
import { describeOutline } from "./outline.ts";
import type { Pace } from "./pace.ts";
import { compare, isBehind, matches, type Place, type Position, type ThreadFilter, type ThreadOrder } from "./query.ts";

/** Every rollout in order, behind a place: what the index would tell, from the disk. */
export async function* filesInOrder(
  store: RolloutStore,
  { archived }: Pick<ThreadFilter, "archived">,
  { sortKey, direction, place }: Pick<ThreadOrder, "sortKey" | "direction"> & { readonly place: Place | null },
  pace: Pace,
): AsyncGenerator<{ readonly found: FoundFile; readonly position: Position }> {
  const files: { readonly named: NamedFile; readonly found: FoundFile | null; readonly position: Position }[] = [];
  const add = (named: NamedFile, found: FoundFile | null, ms: number): void => {
    const position = { ms, id: named.id };
    if (isBehind(position, place, direction)) files.push({ named, found, position });
  };
  for (const folder of store.folders()) {
    if (folder.isArchive !== archived) continue;
    if (pace.isDue) await pace.rest();
    if (sortKey === "created_at") for (const named of namesIn(folder)) add(named, null, named.createdMs);
    else for (const found of await readFolder(folder, pace)) add(found, found, Math.floor(found.mtimeMs));
  }
  files.sort((a, b) => compare(a.position, b.position, direction));
  for (const { named, found, position } of files) {
    const stat = found ?? statOf(named.file);
    if (stat !== null) yield { found: { ...named, ...stat }, position };
  }
}

/** Up to `limit` threads behind a place, in order, without an index: the beginning of one rollout after the other is read. */
export async function listFiles(
  { store, stored }: { readonly store: RolloutStore; readonly stored: StoredThreads },
  filter: ThreadFilter,
  order: Pick<ThreadOrder, "sortKey" | "direction" | "limit"> & { readonly place: Place | null },
  live: Live,
  pace: Pace,
): Promise<(Entry & { readonly found: FoundFile; readonly isLive: boolean })[]> {
  const entries: (Entry & { found: FoundFile; isLive: boolean })[] = [];
  for await (const { found, position } of filesInOrder(store, filter, order, pace)) {
    if (entries.length >= order.limit) break;
    const shown = live(found.id);
    const entry =
      shown === null ? await storedEntry(stored, found, position) : liveEntry(shown, found.mtimeMs, position);
    if (entry !== null && matches(entry.thread, filter)) entries.push({ ...entry, found, isLive: shown !== null });
    if (pace.isDue) await pace.rest();
  }
  return entries;
}

async function storedEntry(
  stored: StoredThreads,
  { file, mtimeMs }: FoundFile,
  position: Position,
): Promise<Entry | null> {
  const outline = await stored.outline(file);
  return outline === null ? null : { position, thread: describeOutline(outline, file, mtimeMs) };
}
