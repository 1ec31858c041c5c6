import type { ResponseItem } from "../model/types.ts";
import type { RunningTurn } from "../turn/runner.ts";
import { notRecorded } from "./not-recorded.ts";
import type { RolloutEntry } from "./rollout/lines.ts";

/** Items of a client for the model's history. They go in where no call is open: between turns at once, in a turn at its next safe point. */
export interface Injections {
  /** `recorded` rejects with what the client is told when they cannot be. */
  add(items: readonly ResponseItem[], live: RunningTurn | null): { readonly recorded: Promise<unknown> };
  /** Records what waits. To be called at safe points only. @throws what recording threw */
  flush(): void;
}

/** `record` puts entries into the rollout and the history, or throws. */
export function createInjections(record: (entries: readonly RolloutEntry[]) => void): Injections {
  let waiting: { readonly entries: readonly RolloutEntry[]; readonly settle: PromiseWithResolvers<undefined> }[] = [];

  const flush = (): void => {
    const taken = waiting;
    waiting = [];
    if (taken.length === 0) return;
    try {
      record(taken.flatMap(({ entries }) => entries));
    } catch (error) {
      for (const { settle } of taken) settle.reject(notRecorded(error));
      throw error;
    }
    for (const { settle } of taken) settle.resolve(undefined);
  };

  /** As `flush`; who asked hears of a failure, and nobody else is waiting for it. */
  const flushQuietly = (): void => {
    try {
      flush();
    } catch {
      // said by `recorded`
    }
  };

  return {
    add(items, live) {
      const settle = Promise.withResolvers<undefined>();
      const entries = items.map((item): RolloutEntry => ({ type: "response_item", payload: { item } }));
      waiting.push({ entries, settle });
      if (live === null) flushQuietly();
      // What finds no safe point before the end of the turn goes in behind it.
      else void live.ended.then(flushQuietly);
      return { recorded: settle.promise };
    },
    flush,
  };
}
