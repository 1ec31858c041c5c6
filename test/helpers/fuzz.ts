/** How many times as much as in the usual run; `TURNWRIGHT_FUZZ`. */
const times = Number(process.env["TURNWRIGHT_FUZZ"] ?? "1");

/** The usual run has always the same seed; a longer one another each time, which a failure names. */
export const fuzz = (runs: number): { readonly numRuns: number; readonly seed?: number } => ({
  numRuns: Math.ceil(runs * times),
  ...(times === 1 ? { seed: 20_260 } : {}),
});

/** The time a test gets, in ms, for what takes this long in the usual run. */
export const fuzzMs = (usual: number): number => usual * Math.max(1, times);
