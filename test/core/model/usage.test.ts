import { expect, test } from "vitest";
import { addUsage } from "../../../src/core/model/usage.ts";

test("the total adds up, the last is the last", () => {
  const one = { inputTokens: 10, cachedInputTokens: 4, outputTokens: 3, reasoningOutputTokens: 1, totalTokens: 13 };
  const two = { inputTokens: 20, cachedInputTokens: 10, outputTokens: 5, reasoningOutputTokens: 0, totalTokens: 25 };
  const first = addUsage(null, one, 258_400);
  expect(first).toEqual({
    total: { ...one, cacheWriteInputTokens: 0 },
    last: { ...one, cacheWriteInputTokens: 0 },
    modelContextWindow: 258_400,
  });
  expect(addUsage(first, two, null)).toEqual({
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
