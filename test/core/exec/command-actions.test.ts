import { expect, test } from "vitest";
import { parseCommandActions } from "../../../src/core/exec/command-actions.ts";

const one = (script: string) => {
  const [action, ...more] = parseCommandActions(script);
  expect(more).toEqual([]);
  return action;
};

test.each([
  ["cat src/a.ts", { type: "read", command: "cat src/a.ts", name: "a.ts", path: "src/a.ts" }],
  [
    "sed -n 1,80p 'my file.md'",
    { type: "read", command: "sed -n 1,80p 'my file.md'", name: "my file.md", path: "my file.md" },
  ],
  ["head -n 20 README.md", { type: "read", command: "head -n 20 README.md", name: "README.md", path: "README.md" }],
  ["tail -5 log/x.log", { type: "read", command: "tail -5 log/x.log", name: "x.log", path: "log/x.log" }],
  ["ls -la src", { type: "listFiles", command: "ls -la src", path: "src" }],
  ["ls", { type: "listFiles", command: "ls", path: null }],
  ["find . -name '*.ts'", { type: "listFiles", command: "find . -name '*.ts'", path: "." }],
  ["rg --files -g '*.ts' src", { type: "listFiles", command: "rg --files -g '*.ts' src", path: "src" }],
  [
    'rg -n "create thing" src',
    { type: "search", command: 'rg -n "create thing" src', query: "create thing", path: "src" },
  ],
  ["grep -rn TODO", { type: "search", command: "grep -rn TODO", query: "TODO", path: null }],
  ["git grep -n foo lib", { type: "search", command: "git grep -n foo lib", query: "foo", path: "lib" }],
])("%s is understood", (script, expected) => {
  expect(one(script)).toEqual(expected);
});

test.each([
  "cat a | head",
  "cat a; rm b",
  "cat $FILE",
  "cat `x`",
  "cat a > b",
  "cat *.ts",
  "cat a\nrm b",
  'rg "$(id)" x',
  "cat a b",
  "cat",
  "find . -delete",
  "find . -exec rm x y",
  "sed -i s/a/b/ f",
  "sed -n 1p -f evil f",
  "npm test",
  "git commit",
  "cat 'open",
  "",
  "cat \\-n x",
])("%j stays unknown", (script) => {
  expect(one(script)).toEqual({ type: "unknown", command: script });
});

test("a huge script stays unknown", () => {
  expect(one(`cat ${"a".repeat(10_000)}`)).toMatchObject({ type: "unknown" });
});
