import type { Clock } from "../../src/extension/approvals/modal-queue.ts";

/** A clock whose hands the test moves. */
export interface ManualClock extends Clock {
  /** Lets `ms` pass: everybody whose time has come goes on, in order, before this resolves. */
  pass(ms: number): Promise<void>;
}

export function manualClock(): ManualClock {
  let now = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const settle = async (): Promise<void> => {
    for (let round = 0; round < 20; round += 1) await Promise.resolve();
  };
  return {
    now: () => now,
    after: (ms) => new Promise((resolve) => sleepers.push({ at: now + ms, wake: resolve })),
    pass: async (ms) => {
      await settle();
      const end = now + ms;
      for (;;) {
        const next = sleepers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        sleepers = sleepers.filter((sleeper) => sleeper !== next);
        now = next.at;
        next.wake();
        await settle();
      }
      now = end;
    },
  };
}
