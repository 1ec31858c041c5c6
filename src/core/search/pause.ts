import { setImmediate as nextTick } from "node:timers/promises";

/** Longest time without a pause for others. */
const sliceMs = 4;

/** For a long piece of work to call again and again: lets others run when it is time, and tells whether to give up. */
export function createPause(signal: AbortSignal): () => boolean | Promise<boolean> {
  let startedAt = performance.now();
  return () => {
    if (signal.aborted || performance.now() - startedAt < sliceMs) return signal.aborted;
    return nextTick().then(() => {
      startedAt = performance.now();
      return signal.aborted;
    });
  };
}
