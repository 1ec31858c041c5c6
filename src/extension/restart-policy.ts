const windowMs = 120_000;
const mostCrashes = 5;
const firstDelayMs = 250;

/** Of all crashes (ms, oldest first, the last one is now) those that count: of the last two minutes. */
export const recentCrashes = (crashes: readonly number[]): number[] =>
  crashes.filter((at) => (crashes.at(-1) ?? 0) - at < windowMs);

/**
 * How long (ms) to wait before the server is started again, given how many crashes count. Null: there were so many that starting it
 * again would not help.
 */
export const restartDelayMs = (count: number): number | null =>
  count >= mostCrashes ? null : firstDelayMs * 2 ** Math.max(0, count - 1);
