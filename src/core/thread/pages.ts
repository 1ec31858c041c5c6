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

/** A place in an order that only grows at its end, not an entry that must still be there. */
const Cursor = z.lazy(() =>
  z.object({
    requestedThreadId: z.string(),
    rolloutOrdinal: z.int().min(0),
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

/** Oldest first. */
export const entriesOf = (turns: readonly Turn[]): ItemEntry[] =>
  turns.flatMap(({ id, items }) =>
    items.map((item) => ({
      turnId: id,
      item,
      startedAtMs: item.startedAtMs ?? null,
      completedAtMs: item.completedAtMs ?? null,
    })),
  );

/** The cursor of a page of turns that begins with this one. */
export const turnCursor = (threadId: string, index: number): string =>
  toCursor(index, true, { threadId, kind: "turns", turnId: null });

const toCursor = (rolloutOrdinal: number, includeAnchor: boolean, { threadId, kind, turnId }: PageScope): string =>
  JSON.stringify({
    requestedThreadId: threadId,
    rolloutOrdinal,
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
