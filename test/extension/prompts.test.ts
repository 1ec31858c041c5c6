import { expect, test } from "vitest";
import { filesPrompt, problemsPrompt, selectionPrompt } from "../../src/extension/prompts.ts";

const excerpt = { path: "src/a.ts", languageId: "typescript", firstLine: 3, lastLine: 4, text: "one\ntwo\n" };

test("a selection comes with its place and its code", () => {
  expect(selectionPrompt(excerpt)).toBe("src/a.ts:3-4\n```typescript\none\ntwo\n```\n\n");
  expect(selectionPrompt({ ...excerpt, lastLine: 3, text: "one" })).toBe("src/a.ts:3\n```typescript\none\n```\n\n");
});

test("files are named on one line, after which the message goes on", () => {
  expect(filesPrompt(["src/a.ts", "read me.md"])).toBe("`src/a.ts` `read me.md` ");
});

test("code with fences in it cannot end its own fence", () => {
  expect(selectionPrompt({ ...excerpt, text: "````\nx\n````" })).toContain("\n`````typescript\n````\nx\n````\n`````\n");
});

test("a selection that is too long is cut, and says so", () => {
  const prompt = selectionPrompt({ ...excerpt, text: "x".repeat(100_000) });
  expect(prompt.length).toBeLessThan(21_000);
  expect(prompt).toContain("the rest of the selection is in the file");
});

test("problems are listed by line with errors first, on one line each", () => {
  const prompt = problemsPrompt("a.ts", [
    { line: 9, severity: "warning", message: "unused", source: "eslint no-unused-vars" },
    { line: 7, severity: "error", message: "not\n  assignable", source: "ts 2322" },
    { line: 2, severity: "error", message: "missing", source: null },
  ]);
  expect(prompt?.split("\n").slice(2)).toEqual([
    "- line 2, error: missing",
    "- line 7, error [ts 2322]: not assignable",
    "- line 9, warning [eslint no-unused-vars]: unused",
  ]);
  expect(problemsPrompt("a.ts", [])).toBeNull();
});

test("of very many problems the first fifty are sent, with the number of the others", () => {
  const problems = Array.from({ length: 80 }, (_, line) => ({
    line,
    severity: "error" as const,
    message: "x",
    source: null,
  }));
  const prompt = problemsPrompt("a.ts", problems);
  expect(prompt?.endsWith("- and 30 more")).toBe(true);
  expect(prompt?.split("\n")).toHaveLength(53);
});
