import fc from "fast-check";
import { expect, test } from "vitest";
import { maxMarkdown, parseBlocks, type Parsed } from "../../../webview-ui/markdown/blocks.ts";

const pieces = [
  "# Title\n",
  "text ",
  "word\n",
  "\n",
  "\n\n",
  "- item\n",
  "  - nested\n",
  "1. one\n",
  "```ts\n",
  "```\n",
  "    indented\n",
  "> quote\n",
  "| a | b |\n",
  "|---|---|\n",
  "**bold** `code`\n",
  "<div>\n",
  "---\n",
  "===\n",
  "\r\n",
];

const shape = (parsed: Parsed): string[] => parsed.blocks.map(({ token, raw }) => `${token.type}:${raw}`);

test("a message read while it streams has the blocks of the whole message", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      let parsed: Parsed | null = null;
      let text = "";
      for (const part of parts) parsed = parseBlocks((text += part), parsed);
      expect(shape(parsed ?? parseBlocks("", null))).toEqual(shape(parseBlocks(text, null)));
    }),
    { numRuns: 300 },
  );
});

test("blocks before the last one keep their identity while text arrives", () => {
  const first = parseBlocks("One.\n\nTwo.\n\nThr", null);
  const next = parseBlocks("One.\n\nTwo.\n\nThree, and more.", first);
  expect(next.blocks[0]).toBe(first.blocks[0]);
  expect(next.blocks[2]).toBe(first.blocks[2]);
  expect(next.blocks.at(-1)).not.toBe(first.blocks.at(-1));
});

test("the same text is not read again", () => {
  const first = parseBlocks("a\n\nb", null);
  expect(parseBlocks("a\n\nb", first)).toBe(first);
});

test("a text that was replaced is read anew", () => {
  const replaced = parseBlocks("other", parseBlocks("one\n\ntwo", null));
  expect(shape(replaced)).toEqual(["paragraph:other"]);
});

test("a text beyond the bound is one plain block", () => {
  const { blocks } = parseBlocks("# a\n\n".repeat(maxMarkdown / 4), null);
  expect(blocks.map(({ token }) => token.type)).toEqual(["text"]);
});

test.each([">", "> > ", "1. ", "- ", "[", "![", "*", "_a_a", "**a", "`a ", "<", "[a]: b\n", "|a\n|-\n", "&#"])(
  "a message made to be slow to read is read: %s",
  (piece) => {
    const text = piece.repeat(maxMarkdown / piece.length);
    const start = performance.now();
    const { blocks } = parseBlocks(text, null);
    // About 0.3 s at worst on a small machine; without the bounds some of these take a minute.
    expect(performance.now() - start).toBeLessThan(5000);
    expect(blocks.length).toBeGreaterThan(0);
  },
);
