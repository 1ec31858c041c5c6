import { formatDuration } from "./duration.ts";
import type { Run } from "./runs.ts";
import { formatTable } from "./table.ts";

/** Time per kilometre, such as `5:01`. */
export function formatPace(seconds: number, kilometres: number): string {
  return kilometres > 0 ? formatDuration(seconds / kilometres) : "-";
}

/** The report: a line per run, then the total. */
export function formatReport(runs: readonly Run[]): string {
  const kilometres = runs.reduce((sum, run) => sum + run.kilometres, 0);
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  const line = (name: string, km: number, time: number, note: string) => [
    name,
    km.toFixed(1),
    formatDuration(time),
    formatPace(time, km),
    note,
  ];
  return formatTable(
    [
      ["date", "km", "time", "per km", "where"],
      ...runs.map((run) => line(run.date, run.kilometres, run.seconds, run.note)),
      line("total", kilometres, seconds, `${runs.length} runs`),
    ],
    new Set([1, 2, 3]),
  );
}
