import { expect, test } from "vitest";
import { backoffMs, nextRetry, retryNotice } from "../../../src/core/model/retry.ts";
import type { ModelFailure } from "../../../src/core/model/types.ts";

const broken: ModelFailure = { message: "m", info: "other", details: "d", retry: "stream", retryAfterMs: null };
const offline: ModelFailure = { ...broken, info: { httpConnectionFailed: { httpStatusCode: null } }, retry: "network" };
const user = { streamMaxRetries: 5, hasUser: true, random: 0.5 };
const nobody = { ...user, hasUser: false };

test("pauses double from 200 ms, with 10 % of jitter either way", () => {
  expect([1, 2, 3, 4, 5].map((attempt) => backoffMs(attempt, 0.5))).toEqual([200, 400, 800, 1600, 3200]);
  expect([backoffMs(1, 0), backoffMs(1, 1)]).toEqual([180, 220]);
});

test("what would fail again is not tried again", () => {
  expect(nextRetry({ retry: "no", retryAfterMs: 5 }, 1, user)).toBeNull();
});

test("a broken stream is tried again stream_max_retries times", () => {
  expect(nextRetry(broken, 5, user)).toEqual({ delayMs: 3200 });
  expect(nextRetry(broken, 6, user)).toBeNull();
  expect(nextRetry(broken, 1, { ...user, streamMaxRetries: 0 })).toBeNull();
});

test("the server's own wait goes before ours", () => {
  expect(nextRetry({ retry: "stream", retryAfterMs: 1500 }, 3, user)).toEqual({ delayMs: 1500 });
});

test("without a network a client with a user waits for ever, with pauses up to 30 s", () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 1000].map((attempt) => nextRetry(offline, attempt, user)?.delayMs);
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("without a network and a user it is given up like a broken stream", () => {
  expect(nextRetry(offline, 5, nobody)).toEqual({ delayMs: 3200 });
  expect(nextRetry(offline, 6, nobody)).toBeNull();
});

test("the notice counts, names the status, and says when it waits for the network", () => {
  const limited: ModelFailure = { ...broken, info: { responseTooManyFailedAttempts: { httpStatusCode: 429 } } };
  expect(retryNotice(limited, 2, user)).toEqual({
    message: "Reconnecting... 2/5",
    codexErrorInfo: { responseStreamDisconnected: { httpStatusCode: 429 } },
  });
  expect(retryNotice(broken, 1, user).codexErrorInfo).toEqual({ responseStreamDisconnected: { httpStatusCode: null } });
  expect(retryNotice(offline, 9, user).message).toBe("Reconnecting... waiting for network");
  expect(retryNotice(offline, 2, nobody).message).toBe("Reconnecting... 2/5");
});
