import { expect, test } from "vitest";
import { calledNames, slashOf, triggerAt } from "../../../webview-ui/composer/trigger.ts";

/** The text with the caret as `|`. */
const at = (marked: string) => {
  const caret = marked.indexOf("|");
  const text = marked.replace("|", "");
  const found = triggerAt(text, caret);
  return found === null ? null : `${found.kind} "${found.query}" for "${text.slice(found.start, found.end)}"`;
};

test.each([
  ["$|", 'skill "" for "$"'],
  ["use $re|view, then", 'skill "re" for "$review"'],
  ["($re|)", 'skill "re" for "$re"'],
  ["look at @src/a|", 'file "src/a" for "@src/a"'],
  ["@|", 'file "" for "@"'],
  ["/|", 'command "" for "/"'],
  ["/pl|an", 'command "pl" for "/plan"'],
  ["/mode |", 'mode "" for "/mode "'],
  ["/model  gpt|", 'model "gpt" for "/model  gpt"'],
])("%s is %s", (marked, expected) => {
  expect(at(marked)).toBe(expected);
});

test.each([
  "|",
  "costs US$5|",
  "a@b|",
  "$HOME|",
  "\\$re|",
  "no /pl|an",
  "/etc/h|osts",
  "/et|c/hosts",
  "/plan |",
  "/mo|de ask",
  "|/plan",
  "$ |",
])("in %s nothing is completed", (marked) => {
  expect(at(marked)).toBeNull();
});

test("a message that begins with a name is told from one that begins with a path", () => {
  expect(slashOf("/review src/a.ts\nand b")).toEqual({ name: "review", rest: "src/a.ts\nand b" });
  expect(slashOf("/prompts:new")).toEqual({ name: "prompts:new", rest: "" });
  for (const text of ["/etc/hosts is wrong", "/ review", "review", " /review", "//"]) expect(slashOf(text)).toBeNull();
});

test("skills are called by their names, as the server reads them", () => {
  expect([...calledNames("use $review, $re-lease and \\$not or US$no")]).toEqual(["review", "re-lease"]);
});
