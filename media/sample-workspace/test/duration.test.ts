import assert from "node:assert/strict";
import test from "node:test";
import { formatDuration, parseDuration } from "../src/duration.ts";

test("reads minutes and hours", () => {
  assert.equal(parseDuration("42:10"), 2530);
  assert.equal(parseDuration("1:05:48"), 3948);
});

test("refuses what is not a time", () => {
  assert.throws(() => parseDuration("soon"), /not a time: soon/);
});

test("writes minutes and hours", () => {
  assert.equal(formatDuration(65), "1:05");
  assert.equal(formatDuration(3948), "1:05:48");
});

test("carries rounded seconds into the minutes", () => {
  assert.equal(formatDuration(359.8), "6:00");
});
