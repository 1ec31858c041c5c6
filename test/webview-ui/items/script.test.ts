import { expect, test } from "vitest";
import { describeActions, scriptOf } from "../../../webview-ui/items/script.ts";

test("the shell around a command is taken off", () => {
  expect(scriptOf("/bin/bash -lc 'npm test'")).toBe("npm test");
  expect(scriptOf("bash -c ls")).toBe("ls");
  expect(scriptOf(`/usr/bin/zsh -lc "echo \\"hi\\" \\$HOME"`)).toBe('echo "hi" $HOME');
  expect(scriptOf(`/bin/bash -lc 'it'\\''s'`)).toBe("it's");
  expect(scriptOf("/bin/bash -lc 'a\nb'")).toBe("a\nb");
});

test("what is no single quoted script stays as it is", () => {
  for (const command of ["npm test", "bash -c 'a' b", "bash -lc 'unclosed", 'bash -lc "unclosed', "finish -c x"]) {
    expect(scriptOf(command)).toBe(command);
  }
});

test("commands that only look are told in words", () => {
  expect(
    describeActions([
      { type: "read", command: "cat a.ts", name: "a.ts", path: "/r/a.ts" },
      { type: "read", command: "cat b.ts", name: "b.ts", path: "/r/b.ts" },
      { type: "search", command: "rg x src", query: "x", path: "src" },
    ]),
  ).toBe("Read a.ts, b.ts, Searched for “x” in src");
});

test("one part that is not understood leaves the command to speak for itself", () => {
  expect(
    describeActions([
      { type: "read", command: "cat a.ts", name: "a.ts", path: "/r/a.ts" },
      { type: "unknown", command: "rm a.ts" },
    ]),
  ).toBeNull();
  expect(describeActions([])).toBeNull();
});
