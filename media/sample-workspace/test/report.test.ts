import assert from "node:assert/strict";
import test from "node:test";
import { formatReport } from "../src/report.ts";
import { formatTable } from "../src/table.ts";

test("makes every column as wide as its widest cell", () => {
  assert.equal(formatTable([["a", "10"], ["bbb", "9"]], new Set([1])), "a    10\nbbb   9");
});

test("lists every run and the total", () => {
  const runs = [
    { date: "2026-04-02", kilometres: 8, seconds: 2400, note: "along the canal" },
    { date: "2026-04-05", kilometres: 12, seconds: 3960, note: "" },
  ];
  assert.equal(
    formatReport(runs),
    [
      "date          km     time  per km  where",
      "2026-04-02   8.0    40:00    5:00  along the canal",
      "2026-04-05  12.0  1:06:00    5:30",
      "total       20.0  1:46:00    5:18  2 runs",
    ].join("\n"),
  );
});
