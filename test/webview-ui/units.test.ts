import { expect, test } from "vitest";
import { formatAmount, formatCount, formatDuration, plural } from "../../webview-ui/units.ts";

test("durations read as people say them", () => {
  expect([0, 420, 3240, 41_000, 60_000, 125_400, 3_840_000].map(formatDuration)).toEqual([
    "0 ms",
    "420 ms",
    "3.2 s",
    "41 s",
    "1 min",
    "2 min 5 s",
    "1 h 4 min",
  ]);
});

test("counts are short", () => {
  expect([950, 1000, 12_340, 123_400, 1_200_000].map(formatCount)).toEqual(["950", "1k", "12.3k", "123k", "1.2M"]);
});

test("one file, two files", () => {
  expect([plural(1, "file"), plural(2, "file"), plural(0, "file")]).toEqual(["1 file", "2 files", "0 files"]);
});

test("amounts of money have two places, small ones two figures", () => {
  expect([0, 0.00423, 0.5, 1, 12.345, 1234].map(formatAmount)).toEqual([
    "0.00",
    "0.0042",
    "0.5",
    "1.00",
    "12.35",
    "1,234.00",
  ]);
});
