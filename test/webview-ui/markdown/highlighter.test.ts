import fc from "fast-check";
import { expect, test } from "vitest";
import { highlight } from "../../../webview-ui/markdown/highlighter.ts";

test("the spans together are the code, whatever it is", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("ts", "html", "bash", "python", "diff"), (code, language) => {
      expect((highlight(code, language) ?? []).map(({ text }) => text).join("")).toBe(code);
    }),
  );
});

test("markup in code stays text", () => {
  const code = `<img src=x onerror="alert(1)"> </span><span class="evil"> &lt;`;
  expect((highlight(code, "html") ?? []).map(({ text }) => text).join("")).toBe(code);
});

test("keywords and strings get the classes of the theme", () => {
  expect(highlight(`const a = "b";`, "ts")).toEqual(
    expect.arrayContaining([
      { text: "const", className: "hljs-keyword" },
      { text: '"b"', className: "hljs-string" },
    ]),
  );
});

test("an unknown language is left plain", () => {
  expect(highlight("x", "brainfuzz")).toBeNull();
});
