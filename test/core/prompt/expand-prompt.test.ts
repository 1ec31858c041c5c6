import { expect, test } from "vitest";
import { expandPrompt, PromptArgumentsError } from "../../../src/core/prompt/expand-prompt.ts";
import { maxInputChars } from "../../../src/protocol/settings.ts";

test.each([
  ["Review $1 with a view to $2.", 'src/a.ts "speed and memory"', "Review src/a.ts with a view to speed and memory."],
  ["Review $1, $2.", "src/a.ts", "Review src/a.ts, ."],
  ["Look at: $ARGUMENTS", `it's   "as typed"`, `Look at: it's   "as typed"`],
  ["Port $FILE to $LANG; then $1.", `LANG='Type Script' test FILE=a.js`, "Port a.js to Type Script; then test."],
  ["$1 costs $$1, $10 and $5x for $Foo or a $ alone", "It", "It costs $1, $10 and x for $Foo or a $ alone"],
  ["$ARGUMENTS", "$1 $$ $HOME", "$1 $$ $HOME"],
  ["Say $1.", "don't", "Say don't."],
  ["Say $1|$2.", String.raw`a\ b "c \" d"`, `Say a b|c " d.`],
  ["Say $1.", "KEY=value", "Say KEY=value."],
  ["$ARGUMENTS ($1)", "a b c", "a b c (a)"],
])("%j with %j", (body, typed, expected) => {
  expect(expandPrompt("review", body, typed)).toBe(expected);
});

test("what is typed behind a prompt without placeholders is its last paragraph", () => {
  expect(expandPrompt("review", "Review my changes.\n", "  above all the tests ")).toBe(
    "Review my changes.\n\nabove all the tests",
  );
  expect(expandPrompt("review", "It costs $$5.", "")).toBe("It costs $5.");
});

test.each([
  ["Port $FILE to $LANG", "FILE=a", "/port needs LANG=…: write it behind the name"],
  ["Port $1", "a b", "/port takes one word and was given 2: put quotes around words that belong together."],
  ["Port $FILE", "FILE=a b", "/port takes no words and was given 1"],
])("%j cannot be filled in with %j", (body, typed, message) => {
  expect(() => expandPrompt("port", body, typed)).toThrow(PromptArgumentsError);
  expect(() => expandPrompt("port", body, typed)).toThrow(message);
});

test("a text that becomes too long is refused before it is made", () => {
  const body = "$ARGUMENTS".repeat(5000);
  expect(() => expandPrompt("long", body, "x".repeat(maxInputChars - 1))).toThrow(
    "becomes longer than a message may be",
  );
});

test("whatever is typed, nothing hangs", () => {
  const started = performance.now();
  for (const typed of ["\\".repeat(100_000), '"'.repeat(100_000), `"${"\\".repeat(100_000)}`, "'a".repeat(50_000)]) {
    expandPrompt("any", "$ARGUMENTS $1", typed);
  }
  expect(performance.now() - started).toBeLessThan(2000);
});
