import fc from "fast-check";
import { expect, test } from "vitest";
import { commonPrefixBytes, createPrefixCache } from "../../src/demo/prefix-cache.ts";

test("the common prefix is found across blocks of any size", () => {
  fc.assert(
    fc.property(fc.nat(200_000), fc.nat(200_000), fc.nat(200_000), (shared, a, b) => {
      const common = Buffer.alloc(shared, 1);
      const left = Buffer.concat([common, Buffer.alloc(a, 2)]);
      const right = Buffer.concat([common, Buffer.alloc(b, 3)]);
      expect(commonPrefixBytes(left, right)).toBe(shared);
    }),
    { numRuns: 50 },
  );
});

test("the thread that was quiet longest is forgotten first", () => {
  const cache = createPrefixCache(2);
  const body = Buffer.alloc(40);
  cache.count("a", body);
  cache.count("b", body);
  cache.count("a", body);
  cache.count("c", body);
  expect(cache.count("a", body).cachedTokens).toBe(10);
  expect(cache.count("b", body).cachedTokens).toBe(0);
});
