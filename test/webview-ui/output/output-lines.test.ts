import fc from "fast-check";
import { expect, test } from "vitest";
import { lastLines } from "../../../webview-ui/output/output-lines.ts";

test("short output is whole", () => {
  expect(lastLines("a\nb\n", 8)).toEqual({ text: "a\nb", hidden: 0 });
});

test("long output keeps its end and says how much is hidden", () => {
  expect(lastLines("a\nb\nc\nd\n", 2)).toEqual({ text: "c\nd", hidden: 2 });
});

test("shown and hidden lines are all lines, for any text", () => {
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a-z]{0,3}$/)), fc.integer({ min: 1, max: 6 }), (lines, count) => {
      const { text, hidden } = lastLines(lines.join("\n"), count);
      expect(text.split("\n").length + hidden).toBe(Math.max(trimmed(lines).length, 1));
    }),
  );
});

/** One newline at the end closes the last line. */
const trimmed = (lines: string[]): string[] => (lines.length > 1 && lines.at(-1) === "" ? lines.slice(0, -1) : lines);
