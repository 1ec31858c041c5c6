import { expect, test } from "vitest";
import { rateLimitsOf } from "../../../src/core/model/rate-limits.ts";

const now = 1_800_000_000_000;

test("a plan tells its two windows", () => {
  const headers = {
    "x-codex-primary-used-percent": "37.6",
    "x-codex-primary-window-minutes": "300",
    "x-codex-primary-reset-at": "1800000600",
    "x-codex-secondary-used-percent": "12",
    "x-codex-secondary-window-minutes": "10080",
    "x-codex-secondary-reset-after-seconds": "60",
    "x-ratelimit-limit-tokens": "100",
    "x-ratelimit-remaining-tokens": "1",
  };
  expect(rateLimitsOf(headers, now)).toEqual({
    primary: { usedPercent: 38, windowDurationMins: 300, resetsAt: 1_800_000_600 },
    secondary: { usedPercent: 12, windowDurationMins: 10_080, resetsAt: 1_800_000_060 },
  });
});

test("a key tells tokens and requests", () => {
  const headers = {
    "x-ratelimit-limit-requests": "5000",
    "x-ratelimit-remaining-requests": "0",
    "x-ratelimit-reset-requests": "1m30.5s",
    "x-ratelimit-limit-tokens": "800000",
    "x-ratelimit-remaining-tokens": "600000",
  };
  expect(rateLimitsOf(headers, now)).toEqual({
    primary: { usedPercent: 25, windowDurationMins: null, resetsAt: null },
    secondary: { usedPercent: 100, windowDurationMins: null, resetsAt: 1_800_000_091 },
  });
});

test.each([
  [{}],
  [{ "x-codex-primary-used-percent": "much" }],
  [{ "x-codex-primary-used-percent": "-1" }],
  [{ "x-codex-primary-used-percent": ["1", "2"] }],
  [{ "x-codex-primary-used-percent": "1e999" }],
  [{ "x-ratelimit-limit-tokens": "0", "x-ratelimit-remaining-tokens": "0" }],
  [{ "x-ratelimit-remaining-tokens": "5" }],
  [{ "x-ratelimit-limit-tokens": "", "x-ratelimit-remaining-tokens": "" }],
])("%j tells nothing", (headers) => {
  expect(rateLimitsOf(headers, now)).toBeNull();
});

test("more than everything is everything, and a pause without sense is none", () => {
  const headers = { "x-codex-primary-used-percent": "250", "x-codex-primary-reset-after-seconds": "soon" };
  expect(rateLimitsOf(headers, now)).toEqual({
    primary: { usedPercent: 100, windowDurationMins: null, resetsAt: null },
    secondary: null,
  });
  const odd = { "x-ratelimit-limit-tokens": "10", "x-ratelimit-remaining-tokens": "20" };
  expect(rateLimitsOf(odd, now)?.primary?.usedPercent).toBe(0);
});
