import type { ThreadEvent } from "../core/thread/events.ts";

/** An event with its place in what its thread has said. */
export interface NumberedEvent {
  readonly sequence: number;
  readonly event: ThreadEvent;
}

/**
 * Numbers what each thread says, so that a client that was away can ask for what it missed. Numbers of a thread go up by one. They
 * begin at a time in microseconds, so that one from an earlier process, or from before the thread was loaded anew, is never mistaken for one of ours.
 */
export interface Sequences {
  next(event: ThreadEvent): number;
  /** The number of the last event; whoever has seen everything up to it has missed nothing. */
  last(threadId: string): number;
  /** Keeps what the thread says from here on, for as long as it is loaded. */
  keep(threadId: string): void;
  /** Everything after that number, oldest first; null: it is not all there any more, or the number is none of this thread. */
  after(threadId: string, sequence: number): readonly NumberedEvent[] | null;
}

export interface SequencesOptions {
  /** Unix ms. */
  readonly now: () => number;
  /** Characters kept of one thread, about. Default 4 Mi. */
  readonly maxThreadChars?: number;
  /** And of all together; the one that has been silent longest is dropped first. Default 64 Mi. */
  readonly maxChars?: number;
}

interface Kept {
  last: number;
  /** Null: nobody wants to come back to this thread. */
  ring: { readonly events: NumberedEvent[]; readonly sizes: number[]; chars: number } | null;
}

export function createSequences(options: SequencesOptions): Sequences {
  const { now, maxThreadChars = 4 * 1024 * 1024, maxChars = 64 * 1024 * 1024 } = options;
  /** Those that spoke last come last. */
  const threads = new Map<string, Kept>();
  let chars = 0;

  const of = (threadId: string): Kept => {
    const known = threads.get(threadId);
    if (known !== undefined) return known;
    const begun: Kept = { last: Math.floor(now() * 1000), ring: null };
    threads.set(threadId, begun);
    return begun;
  };
  const drop = (kept: Kept): void => {
    chars -= kept.ring?.chars ?? 0;
    kept.ring = null;
  };
  const keepEvent = (threadId: string, kept: Kept, event: ThreadEvent): void => {
    const { ring } = kept;
    if (ring === null) return;
    const size = sizeOf(event);
    ring.events.push({ sequence: kept.last, event });
    ring.sizes.push(size);
    ring.chars += size;
    chars += size;
    if (ring.chars > maxThreadChars) {
      // A quarter at once: taking the first of a long list costs as much as taking many.
      let count = 0;
      while (ring.chars > 0.75 * maxThreadChars) {
        const first = ring.sizes[count++] ?? 0;
        ring.chars -= first;
        chars -= first;
      }
      ring.events.splice(0, count);
      ring.sizes.splice(0, count);
    }
    threads.delete(threadId);
    threads.set(threadId, kept);
    for (const [other, silent] of threads) {
      if (chars <= maxChars || other === threadId) break;
      if (silent.ring === null) continue;
      drop(silent);
      silent.ring = emptyRing();
    }
  };

  return {
    next(event) {
      const { threadId } = event;
      const kept = of(threadId);
      kept.last += 1;
      keepEvent(threadId, kept, event);
      if (event.type === "statusChanged" && event.status.type === "notLoaded") {
        // What another process does to it from here on is not known: its numbers begin anew.
        const isCounted = kept.ring !== null;
        drop(kept);
        threads.delete(threadId);
        if (isCounted) of(threadId).ring = emptyRing();
      }
      if (event.type === "threadClosed") {
        // Nobody followed it: whoever comes back is shown all of it.
        drop(kept);
        threads.delete(threadId);
      }
      return kept.last;
    },
    last: (threadId) => of(threadId).last,
    keep(threadId) {
      of(threadId).ring ??= emptyRing();
    },
    after(threadId, sequence) {
      const kept = threads.get(threadId);
      if (kept === undefined || sequence > kept.last) return null;
      const { events } = kept.ring ?? emptyRing();
      if (sequence < kept.last - events.length) return null;
      return sequence === kept.last ? [] : events.slice(sequence - kept.last);
    },
  };
}

const emptyRing = (): NonNullable<Kept["ring"]> => ({ events: [], sizes: [], chars: 0 });

/** Characters of an event, about; deltas are many and short. */
const sizeOf = (event: ThreadEvent): number =>
  100 + ("delta" in event ? event.delta.length : JSON.stringify(event).length);
