/** Time as the core reads it; tests give their own. */
export interface Clock {
  /** Unix milliseconds. */
  now(): number;
}

export const systemClock: Clock = { now: () => Date.now() };

/** Unix seconds, as threads and turns carry them. */
export const seconds = (ms: number): number => Math.floor(ms / 1000);
