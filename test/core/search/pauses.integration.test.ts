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
  let turns = 0;
  let immediate = setImmediate(function turn() {
    turns += 1;
    immediate = setImmediate(turn);
  });
  const before = process.cpuUsage();
  for (const query of ["i", "src", "indexmod", "module index"]) await match(found, query, null, signal);
  const { user, system } = process.cpuUsage(before);
  clearImmediate(immediate);
  // Work between two turns of others, not time: a busy machine makes pauses longer. Without any it is over 100 ms.
  expect((user + system) / 1000 / turns).toBeLessThan(20);
});
