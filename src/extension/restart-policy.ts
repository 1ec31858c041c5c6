const windowMs = 120_000;
const mostCrashes = 5;
const firstDelayMs = 250;

/**
 * How long to wait before the server is started again, given when it crashed (ms, oldest first, the last one is now). Null: it
 * crashed five times within two minutes, so starting it again would not help.
 */
export function restartDelayMs(crashes: readonly number[]): number | null {
  const now = crashes.at(-1) ?? 0;
  const recent = crashes.filter((at) => now - at < windowMs).length;
  return recent >= mostCrashes ? null : firstDelayMs * 2 ** Math.max(0, recent - 1);
}
