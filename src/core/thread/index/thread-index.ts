import path from "node:path";
import type { RolloutStore } from "../rollout/store.ts";
import type { StoredThreads } from "../stored-threads.ts";
import type { Thread } from "../../../protocol/threads.ts";
import { candidatesOfIndex, candidatesOnDisk } from "./candidates.ts";
import { createIndexFile, IndexUnavailable, type OpenIndex } from "./database.ts";
import { createDigest } from "./digest.ts";
import type { Entry, Live, ThreadPage } from "./entries.ts";
import { createKeeper } from "./keeper.ts";
import { listRows } from "./list-rows.ts";
import { describeOutline } from "./outline.ts";
import { createPace, type Pace } from "./pace.ts";
import { cursorAfter, cursorBefore, parseCursor, type ThreadFilter, type ThreadOrder } from "./query.ts";
import { isUnreadable, readFacts } from "./read-texts.ts";
import { listFiles } from "./scan.ts";
import { checkTerm, pageOfHits, type ThreadHit, type ThreadSearch } from "./search.ts";

/**
 * Lists and searches the threads of a home. It answers from an index where there is one that can be used, and from the rollouts where not, with the
 * same result; the index is brought up to date on the way and in the background. Nothing is done before the first question.
 */
export interface ThreadIndex {
  /** Rejects with ThreadRequestError `badInput` for a cursor that is none. */
  list(filter: ThreadFilter, order: ThreadOrder): Promise<ThreadPage<Thread>>;
  /** Rejects likewise, also for an empty term. */
  search(search: ThreadSearch): Promise<ThreadPage<ThreadHit>>;
  /** Something was recorded: the index, if there is one, will know of it soon. */
  recorded(): void;
  close(): Promise<void>;
}

/** What is loaded in this process. */
export interface LoadedView {
  readonly ids: () => readonly string[];
  readonly live: Live;
}

/** More rollouts that nothing is known of, or more folders that have changed, than this are not waited for: the answer comes from the disk, and they are read in the background. */
const maxUnknown = 64;
/** Rollouts up to this size are read to their end for a list, if they were not before; of larger ones it shows what their beginning says. */
const maxExactBytes = 4 * 1024 * 1024;
/** The index is brought up to date so long after something was recorded, when a turn has most likely ended. */
const recordedMs = 1000;
/** Between two pieces of work that nobody waits for. */
const backgroundIdleMs = 8;

export function createThreadIndex(
  home: string,
  store: RolloutStore,
  stored: StoredThreads,
  { ids, live }: LoadedView,
): ThreadIndex {
  const file = createIndexFile(home);
  const keeper = createKeeper(home, store);
  const digest = createDigest(home, stored);
  const closing = new AbortController();
  const urgent = (): Pace => createPace(0, closing.signal);
  let looking: { readonly index: OpenIndex; readonly done: Promise<boolean> } | null = null;
  let isFilling = false;
  let hasSeenAll = false;
  let background: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;

  /** False: too much has changed for a client to wait; see {@link catchUp}. @throws IndexUnavailable */
  const look = async (index: OpenIndex, pace: Pace): Promise<boolean> => {
    if (isFilling) return false;
    if (looking?.index === index) return looking.done;
    const mine = { index, done: keeper.look(index, pace, maxUnknown) };
    looking = mine;
    return mine.done.finally(() => {
      if (looking === mine) looking = null;
    });
  };

  const sequences = (index: OpenIndex, sql: string, limit: number): number[] =>
    index.use((db) => db.all(`${sql} LIMIT ?`, limit)).map(({ seq }) => Number(seq));

  /** Those of which a list does not know what to show. What is loaded tells that by itself. */
  const unknown = (index: OpenIndex, limit: number): number[] =>
    index
      .use((db) =>
        db.all(
          `SELECT seq FROM threads WHERE facts_size <> size AND id NOT IN (SELECT value FROM json_each(?))
           ORDER BY changed DESC LIMIT ?`,
          JSON.stringify(ids()),
          limit,
        ),
      )
      .map(({ seq }) => Number(seq));

  /** Reads what is new, rollout by rollout, as long as nobody has closed the index. */
  const catchUp = async (): Promise<void> => {
    const index = file.open();
    const pace = createPace(backgroundIdleMs, closing.signal);
    if (!(await look(index, urgent()))) {
      isFilling = true;
      await keeper.lookAtAll(index, pace).finally(() => (isFilling = false));
    } else if (!hasSeenAll) {
      await keeper.lookAtAll(index, pace);
    }
    hasSeenAll = true;
    for (const seq of unknown(index, Number.MAX_SAFE_INTEGER)) {
      await digest.facts(index, seq, pace).catch(passOver);
      if (pace.isDue) await pace.rest();
    }
    const unread = "SELECT seq FROM threads WHERE text_size <> size ORDER BY changed DESC";
    await digest.texts(index, sequences(index, unread, Number.MAX_SAFE_INTEGER), pace);
  };

  const startCatchingUp = (): void => {
    if (closing.signal.aborted) return;
    background ??= catchUp()
      // Without the index everything works; the next question tries it again.
      .catch(() => undefined)
      .finally(() => (background = null));
  };

  /** Shows what a rollout says to its end, unless that takes too long. */
  const exact = async (thread: Thread, rollout: string, size: number, pace: Pace): Promise<Thread> => {
    if (size > maxExactBytes) return thread;
    const facts = await readFacts(rollout, stored, pace).catch(() => null);
    const outline = facts === null ? null : stored.outlineOf(rollout, facts);
    if (outline === null) return thread;
    const { updatedAt, recencyAt } = thread;
    return { ...describeOutline(outline, rollout, 0), updatedAt, recencyAt };
  };

  /** Null: the index does not know enough yet. @throws IndexUnavailable */
  const listIndexed = async (
    filter: ThreadFilter,
    order: ThreadOrder,
    pace: Pace,
  ): Promise<readonly Entry[] | null> => {
    const index = file.open();
    if (!(await look(index, pace))) return null;
    const pending = unknown(index, maxUnknown + 1);
    if (pending.length > maxUnknown) return null;
    for (const seq of pending) await digest.facts(index, seq, pace).catch(passOver);
    const place = parseCursor(order.cursor);
    for (let attempt = 0; ; attempt += 1) {
      const rows = listRows(home, index, filter, { ...order, place, limit: order.limit + 1 }, ids(), live);
      const stale = rows.filter(({ row, isLive }) => !isLive && !keeper.check(index, row));
      if (stale.length > 0 && attempt < 3) {
        for (const { row } of stale) await digest.facts(index, row.seq, pace).catch(passOver);
        continue;
      }
      const entries: Entry[] = [];
      for (const { isExact, row, position, thread } of rows) {
        const rollout = path.join(home, row.file);
        entries.push({ position, thread: isExact ? thread : await exact(thread, rollout, row.size, pace) });
      }
      return entries;
    }
  };

  const listScanned = async (filter: ThreadFilter, order: ThreadOrder, pace: Pace): Promise<readonly Entry[]> => {
    const behind = { ...order, place: parseCursor(order.cursor), limit: order.limit + 1 };
    const entries: Entry[] = [];
    for (const { isLive, found, position, thread } of await listFiles({ store, stored }, filter, behind, live, pace)) {
      entries.push({ position, thread: isLive ? thread : await exact(thread, found.file, found.size, pace) });
    }
    return entries;
  };

  return {
    async list(filter, order) {
      parseCursor(order.cursor);
      const pace = urgent();
      const entries =
        (await listIndexed(filter, order, pace).catch(nullIfUnavailable)) ?? (await listScanned(filter, order, pace));
      startCatchingUp();
      const page = entries.slice(0, order.limit);
      const [first, last] = [page[0], page.at(-1)];
      return {
        data: page.map(({ thread }) => thread),
        nextCursor: entries.length > page.length && last !== undefined ? cursorAfter(last.position) : null,
        backwardsCursor: first === undefined ? null : cursorBefore(first.position, order.direction),
      };
    },
    async search(search) {
      checkTerm(search.term, "thread/search");
      parseCursor(search.cursor);
      const pace = urgent();
      const sources = { home, store, stored, live };
      const searchIndexed = async (): Promise<ThreadPage<ThreadHit> | null> => {
        const index = file.open();
        if (!(await look(index, pace))) return null;
        // What was added to rollouts that were read before is read now; others are searched as they are.
        const behind = "SELECT seq FROM threads WHERE text_size >= 0 AND text_size <> size ORDER BY changed DESC";
        await digest.texts(index, sequences(index, behind, maxUnknown), pace);
        return pageOfHits(candidatesOfIndex(sources, index, search, pace), search, stored, pace);
      };
      const page =
        (await searchIndexed().catch(nullIfUnavailable)) ??
        (await pageOfHits(candidatesOnDisk(sources, search, pace), search, stored, pace));
      startCatchingUp();
      return page;
    },
    recorded() {
      if (timer !== null || closing.signal.aborted) return;
      timer = setTimeout(() => {
        timer = null;
        if (file.isThere()) startCatchingUp();
      }, recordedMs);
      timer.unref();
    },
    async close() {
      closing.abort();
      if (timer !== null) clearTimeout(timer);
      await background;
      file.close();
    },
  };
}

function nullIfUnavailable(error: unknown): null {
  if (error instanceof IndexUnavailable) return null;
  throw error;
}

/** A rollout that cannot be read, or not now, does not keep others from being read. */
function passOver(error: unknown): void {
  if (!isUnreadable(error)) throw error;
}
