import type { ThreadEvent } from "./events.ts";
import type { RolloutEntry } from "./rollout/lines.ts";

/** What came from the user while a turn runs, as it will be recorded and shown. */
export interface Waiting {
  readonly entries: readonly RolloutEntry[];
  readonly events: readonly ThreadEvent[];
}

/** Holds it until the turn has a safe point. */
export interface Steers {
  /** Returns what takes it back, as long as it was not taken. */
  add(entries: readonly RolloutEntry[], events: readonly ThreadEvent[]): () => void;
  /** All of it, oldest first; nothing waits afterwards. */
  take(): Waiting;
}

export function createSteers(): Steers {
  let waiting: readonly Waiting[] = [];
  return {
    add(entries, events) {
      const added = { entries, events };
      waiting = [...waiting, added];
      return () => {
        waiting = waiting.filter((one) => one !== added);
      };
    },
    take() {
      const taken = waiting;
      waiting = [];
      return { entries: taken.flatMap(({ entries }) => entries), events: taken.flatMap(({ events }) => events) };
    },
  };
}
