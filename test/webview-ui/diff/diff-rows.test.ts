import fc from "fast-check";
import { expect, test } from "vitest";
import { diffCounts, diffRows } from "../../../webview-ui/diff/diff-rows.ts";

const update = (diff: string) => ({ kind: { type: "update" as const }, diff });

test("lines get the numbers of both sides", () => {
  expect(diffRows(update("@@ -3,3 +3,3 @@\n a\n-b\n+B\n c\n"))).toEqual([
    { kind: "same", oldLine: 3, newLine: 3, text: "a" },
    { kind: "removed", oldLine: 4, newLine: null, text: "b" },
    { kind: "added", oldLine: null, newLine: 4, text: "B" },
    { kind: "same", oldLine: 5, newLine: 5, text: "c" },
  ]);
});

test("a gap stands between hunks, and before the first where it has a label", () => {
  const gaps = diffRows(update("@@ -1 +1 @@ function a()\n-a\n+b\n@@ -9 +9 @@\n-c\n+d\n")).filter(
    ({ kind }) => kind === "gap",
  );
  expect(gaps).toEqual([
    { kind: "gap", label: "function a()" },
    { kind: "gap", label: "" },
  ]);
});

test("a new file is all added, a deleted one all removed", () => {
  expect(diffCounts({ kind: { type: "add" }, diff: "a\nb\n" })).toEqual({ added: 2, removed: 0 });
  expect(diffCounts({ kind: { type: "delete" }, diff: "a\nb" })).toEqual({ added: 0, removed: 2 });
  expect(diffRows({ kind: { type: "add" }, diff: "" })).toEqual([]);
});

test("the remark on a missing last newline is no line", () => {
  expect(diffCounts(update("@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"))).toEqual({ added: 1, removed: 1 });
});

test("CRLF files count and show as others do", () => {
  expect(diffRows(update("@@ -1 +1 @@\r\n-a\r\n+b\r\n")).map((row) => ("text" in row ? row.text : ""))).toEqual([
    "a",
    "b",
  ]);
});

test("no text makes it throw", () => {
  fc.assert(fc.property(fc.string(), (diff) => void diffRows(update(diff))));
});
