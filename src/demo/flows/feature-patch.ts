/** Files of the feature: the new one, the edited one, the test. */
export const featureFiles = ["src/csv.ts", "src/main.ts", "test/csv.test.ts"] as const;

const csvSource = `import type { Run } from "./runs.ts";

/** Writes runs as CSV (RFC 4180) with a header line. Times are in seconds, so that a spreadsheet can add them up. */
export function toCsv(runs: readonly Run[]): string {
  const rows = runs.map(({ date, kilometres, seconds, note }) => [date, String(kilometres), String(seconds), note]);
  return [["date", "kilometres", "seconds", "note"], ...rows].map((row) => row.map(quote).join(",")).join("\\n");
}

/** Commas, quotes and line breaks need quotes around the cell; quotes inside are doubled. */
function quote(cell: string): string {
  return /[",\\n]/.test(cell) ? \`"\${cell.replaceAll('"', '""')}"\` : cell;
}
`;

const testSource = `import assert from "node:assert/strict";
import test from "node:test";
import { toCsv } from "../src/csv.ts";

test("writes a header and one line per run", () => {
  const run = { date: "2026-04-02", kilometres: 8.4, seconds: 2530, note: "along the canal" };
  assert.equal(toCsv([run]), "date,kilometres,seconds,note\\n2026-04-02,8.4,2530,along the canal");
});

test("quotes what would break a line apart", () => {
  const run = { date: "2026-04-09", kilometres: 5.3, seconds: 1907, note: 'easy, with "Ida"' };
  assert.equal(toCsv([run]).split("\\n")[1], '2026-04-09,5.3,1907,"easy, with ""Ida"""');
});
`;

/** Lines of `src/main.ts` that change, with what replaces each. */
const edits: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'import { formatReport } from "./report.ts";',
    ['import { toCsv } from "./csv.ts";', 'import { formatReport } from "./report.ts";'],
  ],
  [
    'const file = process.argv[2] ?? "runs.txt";',
    ["const args = process.argv.slice(2);", 'const file = args.find((arg) => arg !== "--csv") ?? "runs.txt";'],
  ],
  ["console.log(formatReport(runs));", ['console.log(args.includes("--csv") ? toCsv(runs) : formatReport(runs));']],
]);

/** The patch that adds the feature, for this text of `src/main.ts`; null when a line that it changes is not there. */
export function featurePatch(mainSource: string): string | null {
  const lines = mainSource.split(/\r?\n/);
  if ([...edits.keys()].some((line) => !lines.includes(line))) return null;
  const [newFile, mainFile, testFile] = featureFiles;
  return [
    "*** Begin Patch",
    `*** Add File: ${newFile}`,
    ...added(csvSource),
    `*** Update File: ${mainFile}`,
    ...[...edits].flatMap(([line, replacement]) => ["@@", `-${line}`, ...replacement.map((text) => `+${text}`)]),
    `*** Add File: ${testFile}`,
    ...added(testSource),
    "*** End Patch",
    "",
  ].join("\n");
}

const added = (text: string): readonly string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `+${line}`);
