import assert from "node:assert/strict";
import test from "node:test";
import { parseRuns } from "../src/runs.ts";

test("reads one run per line and leaves comments out", () => {
  assert.deepEqual(parseRuns("# April\n\n2026-04-02  8.4 km  42:10  along the canal\n"), [
    { date: "2026-04-02", kilometres: 8.4, seconds: 2530, note: "along the canal" },
  ]);
});

test("names the line that it cannot read", () => {
  assert.throws(() => parseRuns("# April\nyesterday, far\n"), /line 2 is not a run: yesterday, far/);
});
