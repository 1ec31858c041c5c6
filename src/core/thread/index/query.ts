import type { Thread } from "../../../protocol/threads.ts";
import { ThreadRequestError } from "../threads.ts";
import { fold } from "./fold.ts";

export type SortKey = "created_at" | "updated_at" | "recency_at";

/** Which threads; null: whichever. */
export interface ThreadFilter {
  /** True: the archived ones instead of the others. */
  readonly archived: boolean;
  readonly cwds: readonly string[] | null;
  readonly modelProviders: readonly string[] | null;
  readonly sources: readonly string[] | null;
  readonly originators: readonly string[] | null;
  readonly excludedIds: readonly string[];
  /** In the name or in the first words of the user, however they are written. */
  readonly searchTerm: string | null;
}

export interface ThreadOrder {
  readonly sortKey: SortKey;
  readonly direction: "asc" | "desc";
  readonly limit: number;
  readonly cursor: string | null;
}

/** A place in an order of threads: behind one of them, or behind all of one moment. It holds whether that thread is still there or not. */
export interface Place {
  /** Unix ms. */
  readonly ms: number;
  /** Null: no thread of that moment. */
  readonly id: string | null;
}

/** What the order of threads goes by. */
export interface Position {
  readonly ms: number;
  readonly id: string;
}

const cursorText = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z)(?:\|([0-9a-f-]{36}))?$/i;

/** @throws ThreadRequestError `badInput` */
export function parseCursor(cursor: string | null): Place | null {
  if (cursor === null) return null;
  const [, time = "", id = null] = cursorText.exec(cursor) ?? [];
  const ms = Date.parse(time);
  if (Number.isNaN(ms)) throw new ThreadRequestError("badInput", `invalid cursor: ${cursor.slice(0, 100)}`);
  return { ms, id };
}

export const cursorAfter = ({ ms, id }: Position): string => `${new Date(ms).toISOString()}|${id}`;

/** Asked for in the other direction, it gives the first thread of a page and what stands before it. */
export const cursorBefore = ({ ms }: Position, direction: ThreadOrder["direction"]): string =>
  new Date(ms + (direction === "desc" ? -1 : 1)).toISOString();

export const isBehind = (position: Position, place: Place | null, direction: ThreadOrder["direction"]): boolean => {
  if (place === null) return true;
  if (position.ms !== place.ms) return direction === "desc" ? position.ms < place.ms : position.ms > place.ms;
  if (place.id === null) return false;
  return direction === "desc" ? position.id < place.id : position.id > place.id;
};

export const compare = (a: Position, b: Position, direction: ThreadOrder["direction"]): number => {
  const ascending = a.ms - b.ms || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  return direction === "asc" ? ascending : -ascending;
};

/** Where a thread comes from, as filters name it. */
export const sourceOf = ({ source }: Pick<Thread, "source">): string =>
  typeof source === "string" ? source : "unknown";

/** What the search term of a list is looked for in. */
export const wordsOf = ({ name, preview }: Pick<Thread, "name" | "preview">): string =>
  fold(`${name ?? ""}\n${preview}`);

/** All of a filter but `archived`. */
export function matches(thread: Thread, filter: ThreadFilter): boolean {
  const isOneOf = (value: string, wanted: readonly string[] | null): boolean => wanted?.includes(value) ?? true;
  return (
    isOneOf(thread.cwd, filter.cwds) &&
    isOneOf(thread.modelProvider, filter.modelProviders) &&
    isOneOf(sourceOf(thread), filter.sources) &&
    isOneOf(thread.originator ?? "", filter.originators) &&
    !filter.excludedIds.includes(thread.id) &&
    (filter.searchTerm === null || wordsOf(thread).includes(fold(filter.searchTerm)))
  );
}
