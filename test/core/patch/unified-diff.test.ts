import fc from "fast-check";
import { applyPatch } from "diff";
import { expect, test } from "vitest";
import { unifiedDiff } from "../../../src/core/patch/unified-diff.ts";

test("equal texts have no diff", () => {
  expect(unifiedDiff("a\n", "a\n")).toBe("");
});

test.each([
  ["one line changed", "hello\n", "hello world\n", "@@ -1 +1 @@\n-hello\n+hello world\n"],
  ["a new file", "", "x\n", "@@ -0,0 +1 @@\n+x\n"],
  ["a file emptied", "x\ny\n", "", "@@ -1,2 +0,0 @@\n-x\n-y\n"],
  ["a last newline added", "a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n"],
  ["line ends changed", "a\r\n", "a\n", "@@ -1 +1 @@\n-a\r\n+a\n"],
  [
    "three lines of context, numbered in the whole file",
    "1\n2\n3\n4\n5\n6\n7\n8\n9\n",
    "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
    "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
  ],
  [
    "a change that slides in repeated lines keeps its context",
    "a\na\na\na\nz\n",
    "a\na\na\nz\n",
    "@@ -1,5 +1,4 @@\n a\n a\n a\n-a\n z\n",
  ],
])("%s", (_name, before, after, diff) => {
  expect(unifiedDiff(before, after)).toBe(diff);
});

test("a text rewritten as a whole is one hunk", () => {
  const before = Array.from({ length: 3000 }, (_, index) => `old ${index}\n`).join("");
  const after = Array.from({ length: 3000 }, (_, index) => `new ${index}\n`).join("");
  const diff = unifiedDiff(`top\n${before}end\n`, `top\n${after}end\n`);
  expect(diff.match(/^@@.*$/gm)).toEqual(["@@ -1,3002 +1,3002 @@"]);
  expect(applyPatch(`top\n${before}end\n`, `--- a\n+++ b\n${diff}`)).toBe(`top\n${after}end\n`);
});

test("property: the diff of any two texts leads from the one to the other", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "", "d\r"), { maxLength: 30 }).map((lines) => lines.join("\n"));
  fc.assert(
    fc.property(text, text, (before, after) => {
      const diff = unifiedDiff(before, after);
      const applied =
        diff === "" ? before : applyPatch(before, `--- a\n+++ b\n${diff}`, { autoConvertLineEndings: false });
      expect(applied).toBe(after);
    }),
    { numRuns: 500 },
  );
});
