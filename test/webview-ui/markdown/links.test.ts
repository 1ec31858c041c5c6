import { describe, expect, test } from "vitest";
import { codePathTarget, linkTarget } from "../../../webview-ui/markdown/links.ts";

describe("links", () => {
  test.each([
    ["https://example.com/a?b#c", { kind: "external", url: "https://example.com/a?b#c" }],
    ["HTTP://example.com", { kind: "external", url: "http://example.com/" }],
    ["mailto:ada@example.com", { kind: "external", url: "mailto:ada@example.com" }],
    ["src/a.ts", { kind: "file", path: "src/a.ts", line: null }],
    ["./src/a.ts:12:3", { kind: "file", path: "./src/a.ts", line: 12 }],
    ["/repo/a.ts#L7", { kind: "file", path: "/repo/a.ts", line: 7 }],
    ["src/a.ts#L7-L20", { kind: "file", path: "src/a.ts", line: 7 }],
    ["C:\\repo\\a.ts:4", { kind: "file", path: "C:\\repo\\a.ts", line: 4 }],
    ["my%20file.ts", { kind: "file", path: "my file.ts", line: null }],
    ["100%.ts", { kind: "file", path: "100%.ts", line: null }],
  ])("%s leads somewhere", (href, target) => {
    expect(linkTarget(href)).toEqual(target);
  });

  test.each([
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "javascript%3Aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "command:workbench.action.terminal.new",
    "command:3",
    "vscode:3",
    "vscode://settings",
    "vscode-insiders:extension/x",
    "file:///etc/passwd",
    "file:a.ts:3",
    "blob:https://x",
    "//evil.example/x",
    "\\\\evil\\share",
    "%2F%2Fevil.example",
    "http://[bad",
    "#anchor",
    "",
    "x".repeat(5000),
  ])("%s leads nowhere", (href) => {
    expect(linkTarget(href)).toBeNull();
  });
});

describe("inline code", () => {
  test("a path in a folder is a link", () => {
    expect(codePathTarget("src/a.ts:12")).toEqual({ kind: "file", path: "src/a.ts", line: 12 });
  });

  test.each(["a.ts", "npm test", "a/b", "foo(bar/baz.x)", "x / y.z", "https://example.com/a.ts"])(
    "%s is none",
    (code) => {
      expect(codePathTarget(code)).toBeNull();
    },
  );
});
