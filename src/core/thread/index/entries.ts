import type { Thread } from "../../../protocol/threads.ts";
import { seconds } from "../clock.ts";
import type { Position } from "./query.ts";

/** A thread of a list, with its place in the order. */
export interface Entry {
  readonly position: Position;
  readonly thread: Thread;
}

/** A page of threads. */
export interface ThreadPage<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
  readonly backwardsCursor: string | null;
}

/** How a thread that is loaded is shown; null: it is not. */
export type Live = (threadId: string) => Thread | null;

/** A loaded thread is shown as it is, with the time of its rollout, which is what lists are ordered by. */
export const liveEntry = (live: Thread, mtimeMs: number, position: Position): Entry => ({
  position,
  thread: { ...live, updatedAt: seconds(mtimeMs), recencyAt: seconds(mtimeMs) },
});
