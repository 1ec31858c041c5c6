import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";

/** Work is done in pieces of about this length, so that a running turn, whose events share the thread of execution, is not held up. */
const sliceMs = 4;

/** Long work asks after every small step whether it is time to let others run. */
export interface Pace {
  readonly isDue: boolean;
  /** Rejects when the work is not wanted any more. */
  rest(): Promise<void>;
}

/** `idleMs`: how long to stay idle between two pieces; 0 for work that a client waits for. An idle pause keeps no process alive. */
export function createPace(idleMs: number, signal: AbortSignal): Pace {
  let since = performance.now();
  return {
    get isDue() {
      return performance.now() - since >= sliceMs;
    },
    async rest() {
      await (idleMs === 0 ? nextTurn() : delay(idleMs, undefined, { ref: false, signal }));
      signal.throwIfAborted();
      since = performance.now();
    },
  };
}
