import { expect, test } from "vitest";
import { addUsage } from "../../../src/core/model/usage.ts";

test("the total adds up, the last is the last", () => {
  const one = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3, reasoningOutputTokens: 1, totalTokens: 13 };
  const two = { inputTokens: 20, cachedInputTokens: 10, outputTokens: 5, reasoningOutputTokens: 0, totalTokens: 25 };
  const first = addUsage(null, one, { window: 258_400, price: null, isSameTurn: false });
  expect(first).toEqual({
    total: { ...one, cacheWriteInputTokens: 0 },
    last: { ...one, cacheWriteInputTokens: 0 },
    modelContextWindow: 258_400,
  });
  expect(addUsage(first, two, { window: null, price: null, isSameTurn: true })).toEqual({
    total: {
      inputTokens: 30,
      cachedInputTokens: 14,
      cacheWriteInputTokens: 0,
      outputTokens: 8,
      reasoningOutputTokens: 1,
      totalTokens: 38,
    },
    last: { ...two, cacheWriteInputTokens: 0 },
    modelContextWindow: null,
  });
});

test("cost follows the prices: cached input has its own, and calls, turns and the thread add up", () => {
  const usage = { inputTokens: 1_000_000, cachedInputTokens: 400_000, outputTokens: 100_000 };
  const counted = { ...usage, reasoningOutputTokens: 50_000, totalTokens: 1_100_000 };
  const price = { input: 2, cachedInput: 0.5, output: 10, currency: "USD" };
  const call = { window: null, price, isSameTurn: true };
  const first = addUsage(null, counted, { ...call, isSameTurn: false });
  expect(first.cost).toEqual({ currency: "USD", last: 2.4, turn: 2.4, total: 2.4 });
  const second = addUsage(first, counted, call);
  expect(second.cost).toEqual({ currency: "USD", last: 2.4, turn: 4.8, total: 4.8 });
  const third = addUsage(second, counted, { ...call, isSameTurn: false });
  expect(third.cost).toEqual({ currency: "USD", last: 2.4, turn: 2.4, total: 7.199999999999999 });
  expect(addUsage(third, counted, { ...call, price: null }).cost).toEqual({ ...third.cost, last: null });
  expect(addUsage(third, counted, { ...call, price: { ...price, currency: "EUR" } }).cost).toEqual({
    currency: "EUR",
    last: 2.4,
    turn: 2.4,
    total: 2.4,
  });
  expect(addUsage(null, counted, { ...call, price: null })).not.toHaveProperty("cost");
});
