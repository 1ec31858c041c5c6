import type { AnyItem } from "../../protocol/items.ts";
import type { Turn } from "../../protocol/turns.ts";
import { type ItemEntry, type Page, pageOf, pageOfItems, type PageRequest, withView } from "./pages.ts";
import { readCheckpoints } from "./rollout/checkpoints.ts";
import type { TurnSpan } from "./rollout/layout.ts";
import type { FileLayout, Layouts } from "./rollout/layouts.ts";
import { ownOutputs, readOutputs } from "./rollout/outputs.ts";
import { readTurns } from "./rollout/read-spans.ts";
import type { Replayed } from "./rollout/replay.ts";
import type { RolloutStore } from "./rollout/store.ts";
import type { StoredPlace, StoredThreads } from "./stored-threads.ts";

export interface TurnRequest extends PageRequest {
  readonly itemsView: Turn["itemsView"];
}

export interface ItemRequest extends PageRequest {
  /** Null: the items of all turns. */
  readonly turnId: string | null;
}

/** Pages of a thread, read from where its turns stand; where that cannot be told, from a replay of all of it. `place` null: it has no turn yet. */
export interface TurnPages {
  turns(threadId: string, place: StoredPlace | null, request: TurnRequest): Promise<Page<Turn>>;
  items(threadId: string, place: StoredPlace | null, request: ItemRequest): Promise<Page<ItemEntry>>;
}

/** The turns of a thread, oldest first. */
interface Source<T extends { readonly id: string }> {
  readonly all: readonly T[];
  /** Some of them in full, one behind the other. @throws Damaged */
  readonly read: (
    some: readonly T[],
  ) => Promise<{ readonly turns: readonly Turn[]; readonly fileOutputs: Replayed["fileOutputs"] }>;
}

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
    };
  };

  const fromReplay = async (place: StoredPlace): Promise<Source<Turn>> => {
    const { turns, fileOutputs } = (await stored.open(place)).replayed;
    return { all: turns, read: async (some) => ({ turns: some, fileOutputs }) };
  };

  /** Makes a page in the cheap way, or in the other one. */
  const page = async <P>(
    place: StoredPlace | null,
    make: <T extends { readonly id: string }>(source: Source<T>) => Promise<P>,
  ): Promise<P> => {
    if (place === null) return make({ all: [], read: async () => ({ turns: [], fileOutputs: [] }) });
    const layout = await layouts.of(place.file, place.mark?.offset ?? null);
    if (layout === null) return make(await fromReplay(place));
    try {
      return await make(await fromLayout(layout, place));
    } catch (error) {
      if (error instanceof Damaged) return make(await fromReplay(place));
      throw error;
    }
  };

  return {
    turns: (threadId, place, { itemsView, ...request }) =>
      page(place, async ({ all, read }) => {
        const found = pageOf(all, request, { threadId, kind: "turns", turnId: null });
        const inOrder = request.direction === "asc" ? found.data : found.data.toReversed();
        const { turns, fileOutputs } = await read(inOrder);
        const data: Turn[] = [];
        for (const turn of request.direction === "asc" ? turns : turns.toReversed()) {
          const shown = withView(turn, itemsView);
          data.push({ ...shown, items: await readOutputs(shown.items, fileOutputs) });
        }
        return { ...found, data };
      }),
    items: (threadId, place, { turnId, ...request }) =>
      page(place, async ({ all, read }) => {
        const turns = turnId === null ? all : all.filter(({ id }) => id === turnId);
        const outputs: Replayed["fileOutputs"][number][] = [];
        const itemsOf = async (index: number): Promise<readonly AnyItem[]> => {
          const part = await read(turns.slice(index, index + 1));
          outputs.push(...part.fileOutputs);
          return part.turns.flatMap(({ items }) => items);
        };
        const found = await pageOfItems(turns, itemsOf, request, {
          threadId,
          kind: "itemsByCreatedAtOrdinal",
          turnId,
        });
        const items = await readOutputs(
          found.data.map(({ item }) => item),
          outputs,
        );
        return { ...found, data: found.data.map((entry, index) => ({ ...entry, item: items[index] ?? entry.item })) };
      }),
  };
}
