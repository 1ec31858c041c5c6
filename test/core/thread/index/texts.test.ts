import fc from "fast-check";
import { expect, test } from "vitest";
import { fold, trigrams } from "../../../../src/core/thread/index/fold.ts";
import { cutText } from "../../../../src/core/thread/index/item-text.ts";
import { cursorAfter, cursorBefore, isBehind, parseCursor } from "../../../../src/core/thread/index/query.ts";
import { snippetOf } from "../../../../src/core/thread/index/snippet.ts";

/** Texts of letters of which upper and lower case differ in length, or depend on their neighbours, and what else is rare; and with halves of pairs. */
const letters = ["a", "Ä", "İ", "ß", "Σ", "ς", "ﬃ", "ǅ", "K", "👍", "\n", "\0"];
const texts = fc.string({ unit: fc.constantFrom(...letters), maxLength: 20 });
const broken = fc.string({ unit: fc.constantFrom(...letters, "\ud83d", "\udc4d"), maxLength: 20 });

test("folding keeps every place, and finds a term however it is written", () => {
  expect(fold("ÄÖÜ İstanbul \0 \ud800x")).toBe("äöü İstanbul \ufffd \ufffdx");
  fc.assert(
    fc.property(broken, (text) => {
      const folded = fold(text);
      return folded.length === text.length && fold(folded) === folded;
    }),
  );
});

test("a folded term is in every folded text that has it, and its stretches among those of the text", () => {
  expect(trigrams("ab", 10)).toEqual([]);
  expect(trigrams("a👍🏽b", 10)).toEqual(["a👍🏽", "👍🏽b"]);
  fc.assert(
    fc.property(texts, texts, texts, (before, term, after) => {
      const all = new Set(trigrams(fold(before + term + after), 1000));
      return fold(before + term + after).includes(fold(term)) && trigrams(fold(term), 5).every((one) => all.has(one));
    }),
  );
});

test("a snippet is one line around the place, which it names", () => {
  expect(snippetOf("short needle here", 6, 12)).toEqual({ text: "short needle here", start: 6, end: 12 });
  const text = `${"x".repeat(60)} \n\t needle\nof ${"y".repeat(200)}`;
  const { text: shown, start, end } = snippetOf(text, text.indexOf("needle"), text.indexOf("needle") + 6);
  expect(shown).toMatch(/^\.\.\. x{46} needle of y{96} \.\.\.$/);
  expect(shown.slice(start, end)).toBe("needle");
  expect(snippetOf("n".repeat(5000), 0, 5000).text).toHaveLength(200);
});

test("a long text keeps its beginning and its end", () => {
  expect(cutText("x".repeat(1000), "agentMessage")).toHaveLength(1000);
  const cut = cutText(`start${"x".repeat(100_000)}end`, "commandExecution");
  expect(cut).toHaveLength(16 * 1024);
  expect(cut).toMatch(/^start[^]*\n[^]*end$/);
});

test("a cursor is a place between two threads, in both directions", () => {
  const at = (ms: number, id: string) => ({ ms, id });
  const id = "01a1f7ca-0000-7000-8000-00000000000";
  const entries = [at(1000, `${id}1`), at(2000, `${id}2`), at(2000, `${id}3`), at(2001, `${id}4`)];
  for (const direction of ["asc", "desc"] as const) {
    const order = direction === "asc" ? entries : entries.toReversed();
    for (const [index, entry] of order.entries()) {
      const after = parseCursor(cursorAfter(entry));
      expect(order.filter((other) => isBehind(other, after, direction))).toEqual(order.slice(index + 1));
      const other = direction === "asc" ? "desc" : "asc";
      const before = parseCursor(cursorBefore(entry, direction));
      expect(order.filter((one) => isBehind(one, before, other))).toEqual(
        order.filter((one) => (direction === "asc" ? one.ms <= entry.ms : one.ms >= entry.ms)),
      );
    }
  }
});
