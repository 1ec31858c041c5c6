import { expect, test } from "vitest";
import { compactionLimit, createTokenMeter, imageTokens, weightOf } from "../../../src/core/model/token-meter.ts";

test("before anything is counted, four bytes are a token", () => {
  expect(createTokenMeter().estimate(4_000)).toBe(1_000);
});

test("what the provider counted is taken, and only what came since is estimated", () => {
  const meter = createTokenMeter();
  meter.counted({ inputTokens: 3_000, totalTokens: 3_500 }, 12_000, 14_000);
  expect(meter.estimate(14_000)).toBe(3_500);
  expect(meter.estimate(18_000)).toBe(4_500);
});

test("a long prompt teaches how many bytes a token has in this thread", () => {
  const meter = createTokenMeter();
  meter.counted({ inputTokens: 50_000, totalTokens: 50_000 }, 100_000, 100_000);
  expect(meter.estimate(102_000)).toBe(51_000);
  meter.reset();
  expect(meter.estimate(10_000)).toBe(5_000);
});

test("a count beyond reason does not spoil the estimate", () => {
  const meter = createTokenMeter();
  meter.counted({ inputTokens: 20_000, totalTokens: 20_000 }, 400, 400);
  expect(meter.estimate(800)).toBe(20_100);
});

test("an inlined image weighs what it costs, not what it measures", () => {
  const image = JSON.stringify({ type: "input_image", image_url: `data:image/png;base64,${"A".repeat(1_000_000)}` });
  expect(weightOf(image)).toBeLessThan(imageTokens * 4 + 100);
  expect(weightOf('{"text":"ü"}')).toBe(13);
});

test("the limit leaves room for the answer, whatever is configured", () => {
  expect(compactionLimit(258_400, null)).toBe(Math.floor((258_400 - 16_000) * 0.9));
  expect(compactionLimit(258_400, 100_000)).toBe(100_000);
  expect(compactionLimit(8_000, 100_000)).toBe(6_000);
});
