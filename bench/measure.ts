/**
 * What a bench hands back, and how it is printed. Times are wall-clock times of one machine: compare them only with others of the same
 * machine under the same load.
 */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One value a run, in the unit; a single one is taken for a median already. */
  readonly samples: readonly number[];
  /** What we want to reach; `atMost` for what should be small, `atLeast` for rates. Null: for comparison only. */
  readonly aim: { readonly atMost: number } | { readonly atLeast: number } | null;
}

/** Every median is of this many runs, after the ones that warm up. */
export const runs = 10;

/** Unix ms with fractions: the clock that the processes of a bench share. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** Of an even number of values, the mean of the two in the middle. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** The closing table: one line a figure. */
export function table(figures: readonly Figure[]): string {
  const head = ["figure", "unit", "median", "min", "max", "runs", "aim", "median/aim"];
  const rows = [head, ...figures.map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  return rows
    .map((cells) =>
      cells
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

function row({ name, unit, samples, aim }: Figure): string[] {
  const middle = median(samples);
  const spread = [number(Math.min(...samples)), number(Math.max(...samples)), String(samples.length)];
  const common = [name, unit, number(middle), ...(samples.length > 1 ? spread : ["", "", ""])];
  if (aim === null) return [...common, "", ""];
  const [sign, wanted] = "atMost" in aim ? ["≤", aim.atMost] : ["≥", aim.atLeast];
  return [...common, `${sign} ${number(wanted)}`, (middle / wanted).toFixed(2)];
}

/** Three digits that count; thousands whole. */
const number = (value: number): string =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));
