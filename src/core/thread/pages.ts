import * as z from "zod";
import type { AnyItem } from "../../protocol/items.ts";
import type { Turn } from "../../protocol/turns.ts";
import { ThreadRequestError } from "./threads.ts";

export interface PageRequest {
  /** At least 1. */
  readonly limit: number;
  /** As an earlier page gave it; null: from the beginning. */
  readonly cursor: string | null;
  readonly direction: "asc" | "desc";
}

export interface Page<T> {
  readonly data: readonly T[];
  /** Goes on behind the page; null: this was all. */
  readonly nextCursor: string | null;
  /** Begins with the first entry of the page; asked in the other direction, it gives what stands before. */
  readonly backwardsCursor: string | null;
}

/** An item with the turn that it is of; times in Unix ms. */
export interface ItemEntry {
  readonly turnId: string;
  readonly item: AnyItem;
  readonly startedAtMs: number | null;
  readonly completedAtMs: number | null;
}

/** What a cursor is a place in. */
export interface PageScope {
  readonly threadId: string;
  readonly kind: "turns" | "itemsByCreatedAtOrdinal";
  /** Null: all turns. */
  readonly turnId: string | null;
}

/** A place in an order that only grows at its end, not an entry that must still be there: a turn, or an item of it. */
const Cursor = z.lazy(() =>
  z.object({
    requestedThreadId: z.string(),
    rolloutOrdinal: z.int().min(0),
    item: z.int().min(0).optional(),
    includeAnchor: z.boolean(),
    scope: z.object({ kind: z.string(), turnId: z.string().optional() }),
  }),
);

/** One page of `all`, which is oldest first. @throws ThreadRequestError `badInput` for a cursor that is not of this scope */
export function pageOf<T>(all: readonly T[], { limit, cursor, direction }: PageRequest, scope: PageScope): Page<T> {
  const anchor = cursor === null ? null : parseCursor(cursor, scope);
  const step = direction === "asc" ? 1 : -1;
  const from =
    anchor === null
      ? direction === "asc"
        ? 0
        : all.length - 1
      : Math.min(
          anchor.rolloutOrdinal + (anchor.includeAnchor ? 0 : step),
          direction === "asc" ? Infinity : all.length - 1,
        );
  const data: T[] = [];
  let at = from;
  for (; data.length < limit; at += step) {
    const entry = all[at];
    if (entry === undefined) break;
    data.push(entry);
  }
  const hasMore = all[at] !== undefined;
  return {
    data,
    nextCursor: hasMore ? toCursor(at - step, false, scope) : null,
    backwardsCursor: data.length === 0 ? null : toCursor(from, true, scope),
  };
}

/** A turn with as much of its items as is asked for. A summary: what the user wrote, and the last answer. */
export function withView(turn: Turn, itemsView: Turn["itemsView"]): Turn {
  if (itemsView === "full") return turn;
  const answer = turn.items.findLast(({ type }) => type === "agentMessage");
  const isShown = (item: AnyItem): boolean => item.type === "userMessage" || item === answer;
  return { ...turn, itemsView, items: itemsView === "notLoaded" ? [] : turn.items.filter(isShown) };
}

/**
 * One page of the items of some turns. `itemsOf`: those of one turn, which is asked for when it is needed; turns come oldest first. Rejects with
 * ThreadRequestError `badInput` for a cursor that is not of this scope.
 */
export async function pageOfItems(
  turns: readonly { readonly id: string }[],
  itemsOf: (turn: number) => Promise<readonly AnyItem[]>,
  { limit, cursor, direction }: PageRequest,
  scope: PageScope,
): Promise<Page<ItemEntry>> {
  const anchor = cursor === null ? null : parseCursor(cursor, scope);
  const step = direction === "asc" ? 1 : -1;
  const found: { readonly turn: number; readonly item: number; readonly entry: ItemEntry }[] = [];
  const start = startOf(anchor, direction, turns.length);
  for (let turn = start.turn; found.length <= limit; turn += step) {
    const { id } = turns[turn] ?? {};
    if (id === undefined) break;
    const items = await itemsOf(turn);
    const first = turn === start.turn ? start.item : direction === "asc" ? 0 : Infinity;
    for (
      let at = Math.min(first, direction === "asc" ? Infinity : items.length - 1);
      found.length <= limit;
      at += step
    ) {
      const item = items[at];
      if (item === undefined) break;
      found.push({ turn, item: at, entry: entryOf(id, item) });
    }
  }
  const page = found.slice(0, limit);
  const cursorOf = (at: (typeof found)[number] | undefined, includeAnchor: boolean): string | null =>
    at === undefined ? null : toCursor(at.turn, includeAnchor, scope, at.item);
  return {
    data: page.map(({ entry }) => entry),
    nextCursor: found.length > limit ? cursorOf(page.at(-1), false) : null,
    backwardsCursor: cursorOf(page[0], true),
  };
}

/** The cursor of a page of turns that begins with this one. */
export const turnCursor = (threadId: string, index: number): string =>
  toCursor(index, true, { threadId, kind: "turns", turnId: null });

/** The first item that a page may have. */
function startOf(
  anchor: z.infer<typeof Cursor> | null,
  direction: PageRequest["direction"],
  turnCount: number,
): { readonly turn: number; readonly item: number } {
  if (anchor === null) return direction === "asc" ? { turn: 0, item: 0 } : { turn: turnCount - 1, item: Infinity };
  const { rolloutOrdinal: turn, item = 0, includeAnchor } = anchor;
  if (direction === "desc" && turn >= turnCount) return { turn: turnCount - 1, item: Infinity };
  return { turn, item: includeAnchor ? item : item + (direction === "asc" ? 1 : -1) };
}

const entryOf = (turnId: string, item: AnyItem): ItemEntry => ({
  turnId,
  item,
  startedAtMs: item.startedAtMs ?? null,
  completedAtMs: item.completedAtMs ?? null,
});

const toCursor = (
  rolloutOrdinal: number,
  includeAnchor: boolean,
  { threadId, kind, turnId }: PageScope,
  item?: number,
): string =>
  JSON.stringify({
    requestedThreadId: threadId,
    rolloutOrdinal,
    ...(item === undefined ? {} : { item }),
    includeAnchor,
    scope: { kind, ...(turnId === null ? {} : { turnId }) },
  } satisfies z.infer<typeof Cursor>);

function parseCursor(text: string, { threadId, kind, turnId }: PageScope): z.infer<typeof Cursor> {
  const parsed = Cursor.safeParse(jsonOf(text));
  if (parsed.success) {
    const { requestedThreadId, scope } = parsed.data;
    if (requestedThreadId === threadId && scope.kind === kind && (scope.turnId ?? null) === turnId) return parsed.data;
  }
  throw new ThreadRequestError("badInput", `invalid cursor: ${text.slice(0, 100)}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
