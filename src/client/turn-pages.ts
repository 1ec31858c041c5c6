import type { Thread } from "../protocol/threads.ts";
import type { Turn } from "../protocol/turns.ts";
import { fromThread, fromTurn, type ThreadView, type TurnView } from "./thread-view.ts";

/**
 * Views of a part of a thread: its newest turns first, earlier ones when they are wanted. Pure, as thread-view.ts is.
 */

/** A page of `thread/turns/list`, or the first one of `thread/resume`: full turns, the newest first. */
export type TurnPage = { readonly data: readonly Turn[]; readonly nextCursor?: string | null | undefined };

/** Oldest first. */
export const turnsOf = ({ data }: TurnPage): readonly TurnView[] => data.map(fromTurn).toReversed();

/** The view of the newest turns of a thread. */
export const fromPage = (thread: Thread, page: TurnPage): ThreadView => ({
  ...fromThread({ ...thread, turns: [] }),
  turns: turnsOf(page),
  earlier: page.nextCursor ?? null,
});

/** The view with the page that its `earlier` leads to. A turn that both have is the page's: the view knew only what was told of it late. */
export function withEarlier(view: ThreadView, page: TurnPage): ThreadView {
  const earlier = turnsOf(page);
  const ids = new Set(earlier.map(({ id }) => id));
  const later = view.turns.filter(({ id }) => !ids.has(id));
  return { ...view, turns: [...earlier, ...later], earlier: page.nextCursor ?? null };
}

/**
 * A new view of the newest turns, with the earlier ones that the view before it had, if the two meet: what stands before a turn is the same for
 * as long as the turn is there.
 */
export function continued(before: ThreadView, view: ThreadView): ThreadView {
  const oldest = view.turns[0];
  const meet = oldest === undefined ? -1 : before.turns.findIndex(({ id }) => id === oldest.id);
  if (meet === -1 || view.earlier === null || before.thread.id !== view.thread.id) return view;
  return { ...view, turns: [...before.turns.slice(0, meet), ...view.turns], earlier: before.earlier };
}
