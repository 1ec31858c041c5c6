/**
 * Which threads one connection hears of, and when. While a request about a thread is being answered, what that thread says waits,
 * so that a client always sees the answer to `turn/start` before `turn/started`, whatever the order in which core settles and speaks.
 */
export interface Subscriptions {
  add(threadId: string): void;
  /** Also drops what waits to be told. False: there was none. */
  remove(threadId: string): boolean;
  has(threadId: string): boolean;
  ids(): readonly string[];
  /** Runs `tell` now or when the thread is no longer held; not at all if nobody subscribed to the thread by then. */
  tell(threadId: string, tell: () => void): void;
  /** Holds one thread back until the returned function is called; calling that again has no effect. */
  hold(threadId: string): () => void;
}

/** Each is called when it has happened, for a thread that was not subscribed to before, or was. */
export interface SubscriptionsListener {
  readonly onAdded: (threadId: string) => void;
  readonly onRemoved: (threadId: string) => void;
}

export function createSubscriptions({ onAdded, onRemoved }: SubscriptionsListener): Subscriptions {
  const subscribed = new Set<string>();
  /** What waits for each thread that is held, and how many hold it. */
  const held = new Map<string, { holders: number; readonly waiting: (() => void)[] }>();

  const release = (threadId: string): void => {
    const entry = held.get(threadId);
    if (entry === undefined) return;
    entry.holders -= 1;
    if (entry.holders > 0) return;
    held.delete(threadId);
    for (const tell of entry.waiting) if (subscribed.has(threadId)) tell();
  };

  return {
    add(threadId) {
      if (subscribed.has(threadId)) return;
      subscribed.add(threadId);
      onAdded(threadId);
    },
    remove(threadId) {
      if (!subscribed.delete(threadId)) return false;
      held.get(threadId)?.waiting.splice(0);
      onRemoved(threadId);
      return true;
    },
    has: (threadId) => subscribed.has(threadId),
    ids: () => [...subscribed],
    tell(threadId, tell) {
      const entry = held.get(threadId);
      if (entry !== undefined) entry.waiting.push(tell);
      else if (subscribed.has(threadId)) tell();
    },
    hold(threadId) {
      const entry = held.get(threadId) ?? { holders: 0, waiting: [] };
      held.set(threadId, entry);
      entry.holders += 1;
      let isHeld = true;
      return () => {
        if (isHeld) release(threadId);
        isHeld = false;
      };
    },
  };
}
