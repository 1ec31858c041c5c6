import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, test } from "vitest";
import { match } from "../../../src/core/search/match.ts";
import { fold, lettersOf } from "../../../src/core/search/text.ts";

test("a query over 100,000 files lets others run all the time", async () => {
  const found = Array.from({ length: 100_000 }, (_, index) => {
    const path = `packages/p${index % 50}/src/module-${index}/index.ts`;
    const text = fold(path);
    return { root: "/r", path, isFolder: false, text, letters: lettersOf(text), nameAt: text.lastIndexOf("/") + 1 };
  });
  const { signal } = new AbortController();
  // Once to warm up: the engine compiles in between.
  await match(found, "index", null, signal);
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  for (const query of ["i", "src", "indexmod", "module index"]) await match(found, query, null, signal);
  delays.disable();
  // Nearly all waits are short; a single long one may be another process of this machine.
  expect(delays.percentile(90) / 1e6).toBeLessThan(30);
});
