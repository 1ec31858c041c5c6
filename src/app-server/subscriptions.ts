/**
 * Which threads one connection hears of, and when. While a request about a thread is being answered, what that thread says waits,
 * so that a client always sees the answer to `turn/start` before `turn/started`, whatever the order in which core settles and speaks.
 */
export interface Subscriptions {
  add(threadId: string): void;
  /** Also drops what waits to be told. False: there was none. */
  remove(threadId: string): boolean;
  has(threadId: string): boolean;
  /** Runs `tell` now or when the thread is no longer held; not at all if nobody subscribed to the thread by then. */
  tell(threadId: string, tell: () => void): void;
  /** Holds one thread back, or all of them (null: the thread does not have an id yet), until the returned function is called. */
  hold(threadId: string | null): () => void;
}

export function createSubscriptions(): Subscriptions {
  const subscribed = new Set<string>();
  const holds = new Map<string | null, number>();
  let waiting: { readonly threadId: string; readonly tell: () => void }[] = [];

  const isHeld = (threadId: string): boolean => holds.has(null) || holds.has(threadId);
  const release = (threadId: string | null): void => {
    const count = (holds.get(threadId) ?? 1) - 1;
    if (count > 0) {
      holds.set(threadId, count);
      return;
    }
    holds.delete(threadId);
    const free = waiting.filter((entry) => !isHeld(entry.threadId));
    waiting = waiting.filter((entry) => isHeld(entry.threadId));
    for (const entry of free) if (subscribed.has(entry.threadId)) entry.tell();
  };

  return {
    add(threadId) {
      subscribed.add(threadId);
    },
    remove: (threadId) => subscribed.delete(threadId),
    has: (threadId) => subscribed.has(threadId),
    tell(threadId, tell) {
      if (isHeld(threadId)) waiting.push({ threadId, tell });
      else if (subscribed.has(threadId)) tell();
    },
    hold(threadId) {
      holds.set(threadId, (holds.get(threadId) ?? 0) + 1);
      return () => release(threadId);
    },
  };
}
