import type { AnyItem } from "../../protocol/items.ts";
import type { Turn } from "../../protocol/turns.ts";
import { type ItemEntry, type Page, pageOf, pageOfItems, type PageRequest, withView } from "./pages.ts";
import { readCheckpoints } from "./rollout/checkpoints.ts";
import type { TurnSpan } from "./rollout/layout.ts";
import type { FileLayout, Layouts } from "./rollout/layouts.ts";
import { ownOutputs, readOutputs } from "./rollout/outputs.ts";
import { readStanding, readTurns } from "./rollout/read-spans.ts";
import type { Replayed } from "./rollout/replay.ts";
import type { RolloutStore } from "./rollout/store.ts";
import type { StoredPlace, StoredThread, StoredThreads } from "./stored-threads.ts";

export interface TurnRequest extends PageRequest {
  readonly itemsView: Turn["itemsView"];
}

export interface ItemRequest extends PageRequest {
  /** Null: the items of all turns. */
  readonly turnId: string | null;
}

/** A thread as a client sees it that begins to follow it. */
export interface ThreadView extends Pick<Replayed, "plan" | "usage"> {
  /** All of them; none if they are not wanted. */
  readonly turns: readonly Turn[];
  readonly page: Page<Turn> | null;
  /** Pages from the newest one on begin there; null: there is none. */
  readonly turnsBackwardsCursor: string | null;
  readonly itemsBackwardsCursor: string | null;
}

/** What a client wants to see at once. `page` null: no page. */
export interface WantedTurns {
  readonly areAllWanted: boolean;
  readonly page: TurnRequest | null;
}

/** Pages of a thread, read from where its turns stand; where that cannot be told, from a replay of all of it. `place` null: it has no turn yet. */
export interface TurnPages {
  turns(threadId: string, place: StoredPlace | null, request: TurnRequest): Promise<Page<Turn>>;
  items(threadId: string, place: StoredPlace | null, request: ItemRequest): Promise<Page<ItemEntry>>;
  /** `back`: the thread at this place, if it was read anyway. */
  view(
    threadId: string,
    place: StoredPlace | null,
    wanted: WantedTurns,
    back: StoredThread | null,
  ): Promise<ThreadView>;
}

/** The turns of a thread, oldest first. */
interface Source<T extends { readonly id: string }> {
  readonly all: readonly T[];
  /** Some of them in full, one behind the other. @throws Damaged */
  readonly read: (
    some: readonly T[],
  ) => Promise<{ readonly turns: readonly Turn[]; readonly fileOutputs: Replayed["fileOutputs"] }>;
  readonly standing: () => Promise<Pick<Replayed, "plan" | "usage">>;
}

type Make<P> = <T extends { readonly id: string }>(source: Source<T>) => Promise<P>;

/** Turns cannot be read by themselves. */
class Damaged extends Error {}

export function createTurnPages({
  store,
  stored,
  layouts,
}: {
  readonly store: RolloutStore;
  readonly stored: StoredThreads;
  readonly layouts: Layouts;
}): TurnPages {
  const fromLayout = async (layout: FileLayout, { file, closedAtMs, mark }: StoredPlace): Promise<Source<TurnSpan>> => {
    const end = mark === null ? null : (layout.parts.at(-1)?.from ?? 0) + mark.offset;
    const shown = { end, closedAtMs, checkpoints: mark?.checkpoints ?? (await readCheckpoints(file)) };
    return {
      // It may have been read further than to the mark.
      all: layout.turns.filter(({ from }) => end === null || from < end),
      async read(some) {
        const read = await readTurns(layout, some, shown);
        if (read === null) throw new Damaged();
        const isFork = layout.parts.length > 1;
        return isFork ? { ...read, fileOutputs: ownOutputs(layout.threadId, read.fileOutputs, store) } : read;
      },
      standing: () => readStanding(layout, end),
    };
  };

  const fromReplay = ({ replayed }: StoredThread): Source<Turn> => ({
    all: replayed.turns,
    read: async (some) => ({ turns: some, fileOutputs: replayed.fileOutputs }),
    standing: async () => replayed,
  });

  /** Makes something of a thread in the cheap way, or in the other one. */
  const using = async <P>(place: StoredPlace | null, make: Make<P>): Promise<P> => {
    if (place === null) return make(nothing);
    const layout = await layouts.of(place.file, place.mark?.offset ?? null);
    if (layout === null) return make(fromReplay(await stored.open(place)));
    try {
      return await make(await fromLayout(layout, place));
    } catch (error) {
      if (error instanceof Damaged || isOfFileSystem(error)) return make(fromReplay(await stored.open(place)));
      throw error;
    }
  };

  const turnsOf = async <T extends { readonly id: string }>(
    threadId: string,
    { all, read }: Source<T>,
    { itemsView, ...request }: TurnRequest,
  ): Promise<Page<Turn>> => {
    const found = pageOf(all, request, { threadId, kind: "turns", turnId: null });
    const inOrder = request.direction === "asc" ? found.data : found.data.toReversed();
    const { turns, fileOutputs } = await read(inOrder);
    const data: Turn[] = [];
    for (const turn of request.direction === "asc" ? turns : turns.toReversed()) {
      const shown = withView(turn, itemsView);
      data.push({ ...shown, items: await readOutputs(shown.items, fileOutputs) });
    }
    return { ...found, data };
  };

  const itemsOf = async <T extends { readonly id: string }>(
    threadId: string,
    { all, read }: Source<T>,
    { turnId, ...request }: ItemRequest,
  ): Promise<Page<ItemEntry>> => {
    const turns = turnId === null ? all : all.filter(({ id }) => id === turnId);
    const outputs: Replayed["fileOutputs"][number][] = [];
    const itemsOfTurn = async (index: number): Promise<readonly AnyItem[]> => {
      const part = await read(turns.slice(index, index + 1));
      outputs.push(...part.fileOutputs);
      return part.turns.flatMap(({ items }) => items);
    };
    const scope = { threadId, kind: "itemsByCreatedAtOrdinal", turnId } as const;
    const found = await pageOfItems(turns, itemsOfTurn, request, scope);
    const items = await readOutputs(
      found.data.map(({ item }) => item),
      outputs,
    );
    return { ...found, data: found.data.map((entry, index) => ({ ...entry, item: items[index] ?? entry.item })) };
  };

  return {
    turns: (threadId, place, request) => using(place, (source) => turnsOf(threadId, source, request)),
    items: (threadId, place, request) => using(place, (source) => itemsOf(threadId, source, request)),
    async view(threadId, place, { areAllWanted, page }, back) {
      const whole = back ?? (areAllWanted && place !== null ? await stored.open(place) : null);
      const make: Make<Omit<ThreadView, "turns">> = async (given) => {
        const source = remembering(given);
        const { plan, usage } = await source.standing();
        return {
          plan,
          usage,
          page: page === null ? null : await turnsOf(threadId, source, page),
          turnsBackwardsCursor: pageOf(source.all, newest, { threadId, kind: "turns", turnId: null }).backwardsCursor,
          itemsBackwardsCursor: (await itemsOf(threadId, source, { ...newest, turnId: null })).backwardsCursor,
        };
      };
      return {
        ...(whole === null ? await using(place, make) : await make(fromReplay(whole))),
        turns: areAllWanted && whole !== null ? await stored.turns(whole) : [],
      };
    },
  };
}

/** A file that the thread shares may have gone since it was last looked at; its own is read once more, and says so if that is the one. */
const isOfFileSystem = (error: unknown): boolean => error instanceof Error && "syscall" in error;

const newest = { limit: 1, cursor: null, direction: "desc" } as const;

/** The page of a view and its cursors want the same newest turns: what was read last is not read again. */
function remembering<T extends { readonly id: string }>(source: Source<T>): Source<T> {
  let last: Awaited<ReturnType<Source<T>["read"]>> = { turns: [], fileOutputs: [] };
  return {
    ...source,
    async read(some) {
      const known = some.flatMap(({ id }) => last.turns.find((turn) => turn.id === id) ?? []);
      if (known.length === some.length) return { turns: known, fileOutputs: last.fileOutputs };
      last = await source.read(some);
      return last;
    },
  };
}

const nothing: Source<Turn> = {
  all: [],
  read: async () => ({ turns: [], fileOutputs: [] }),
  standing: async () => ({ plan: null, usage: null }),
};
