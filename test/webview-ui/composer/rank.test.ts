import { expect, test } from "vitest";
import { ranked } from "../../../webview-ui/composer/rank.ts";

const named = (name: string, detail: string | null = null) => ({ name, detail });

test("what begins with the query goes first, then words, parts, letters in order, and the description", () => {
  const entries = [
    named("other", "how we review"),
    named("rare-even-view"),
    named("preview"),
    named("code-review"),
    named("Review"),
    named("unrelated"),
  ];
  expect(ranked(entries, "rev").map(({ name }) => name)).toEqual([
    "Review",
    "code-review",
    "preview",
    "rare-even-view",
    "other",
  ]);
  expect(ranked(entries, "")).toBe(entries);
  expect(ranked(entries, "zzz")).toEqual([]);
});
