import { expect, test } from "vitest";
import { createCommandPolicy } from "../../../../src/core/exec/policy/policy.ts";
import { createRules } from "../../../../src/core/exec/policy/rules/rules.ts";
import { parse } from "./judge.ts";

const policy = createCommandPolicy({
  isPosixShell: true,
  parser: async () => parse,
  rules: {
    current: async () => createRules([]),
    isEmpty: async () => true,
    allow: () => Promise.reject(new Error("nothing is written in this test")),
  },
});
const proposed = async (script: string): Promise<readonly string[] | null> =>
  (await policy.judge({ script, cwd: "/", roots: ["/"] })).amendment;

test.each([
  ["npm test", ["npm", "test"]],
  ["npm test -- -t 'a b'", ["npm", "test"]],
  ["npm run build -- --watch", ["npm", "run", "build"]],
  ["cargo test parser", ["cargo", "test"]],
  ["make check", ["make", "check"]],
  ["touch a.txt", ["touch", "a.txt"]],
  ["eslint --fix src", ["eslint", "--fix", "src"]],
  ["ls && npm test | tail -n 5", ["npm", "test"]],
])("for %j the proposal is %j", async (script, words) => {
  expect(await proposed(script)).toEqual(words);
});

test.each([
  "ls",
  "npm install left-pad",
  "npm run",
  "npx tsc",
  "make",
  "pytest",
  "bash x.sh",
  "bash -c 'npm test'",
  "sh x",
  "python3.12 x.py",
  "node x.js",
  "sudo npm test",
  "env npm test",
  "rg --hidden x",
  "sort -o a a",
  "date -s now",
  "git status",
  "git commit -m x",
  "curl http://a",
  "docker run x",
  "find . -fprint x",
  "xargs touch",
  "rm a",
  "mv a b",
  "./x y",
  "/usr/bin/touch a",
  "rm -rf x",
  "npm test > out",
  "npm test $A",
  "A=b npm test",
  "npm test; touch a",
  `touch ${"a ".repeat(20)}`,
  "npm publish",
])("nothing is proposed for %j", async (script) => {
  expect(await proposed(script)).toBeNull();
});

test("commands of PowerShell and cmd are not judged: they ask", async () => {
  const other = createCommandPolicy({
    isPosixShell: false,
    parser: () => Promise.reject(new Error("not read")),
    rules: {
      current: () => Promise.reject(new Error("not read")),
      isEmpty: async () => true,
      allow: () => Promise.reject(new Error("nothing is written in this test")),
    },
  });
  const { judgement, amendment } = await other.judge({ script: "ls", cwd: "/", roots: ["/"] });
  expect([judgement.verdict, judgement.rule, amendment]).toEqual(["ask", "ask.shell", null]);
});
