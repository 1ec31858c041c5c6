import type { Clock } from "./clock.ts";

/** Puts threads away that nobody follows and in which nothing happens. */
export interface Unloader {
  /** A client does not follow the thread any more; from now on its time runs, if no other does. */
  left(threadId: string): void;
  close(): void;
}

/** What a timer of Node takes; about 25 days. */
const maxTimerMs = 2 ** 31 - 1;

/** Between two looks at a thread that is busy. */
const leastPauseMs = 1000;

export function createUnloader(port: {
  readonly clock: Clock;
  /** How long it stays, and when something last happened in it (Unix ms); null: it is not loaded. */
  find(threadId: string): { readonly delayMs: number; readonly lastActiveMs: number } | null;
  isFollowed(threadId: string): boolean;
  /** Nothing runs in it and nothing waits to. */
  isIdle(threadId: string): boolean;
  /** Must not reject. Asks once more before it acts. */
  unload(threadId: string): Promise<void>;
}): Unloader {
  const timers = new Map<string, NodeJS.Timeout>();

  const forget = (threadId: string): void => {
    clearTimeout(timers.get(threadId));
    timers.delete(threadId);
  };

  const wait = (threadId: string, ms: number): void => {
    forget(threadId);
    timers.set(threadId, setTimeout(() => look(threadId), Math.min(ms, maxTimerMs)).unref());
  };

  const look = (threadId: string): void => {
    forget(threadId);
    const thread = port.find(threadId);
    // Followed again: the next one who leaves starts the clock anew.
    if (thread === null || port.isFollowed(threadId)) return;
    const restMs = thread.lastActiveMs + thread.delayMs - port.clock.now();
    if (restMs > 0) wait(threadId, restMs);
    else if (port.isIdle(threadId)) void port.unload(threadId);
    else wait(threadId, Math.max(thread.delayMs, leastPauseMs));
  };

  return {
    left(threadId) {
      const thread = port.find(threadId);
      if (thread !== null && !port.isFollowed(threadId)) wait(threadId, thread.delayMs);
    },
    close() {
      for (const threadId of [...timers.keys()]) forget(threadId);
    },
  };
}
