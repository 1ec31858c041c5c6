import { expect, test } from "vitest";
import { visibleText } from "../../webview-ui/visible-text.ts";

test("characters that change how a line reads are shown by their number", () => {
  expect(visibleText("rm \u202etxt.cod\u202c")).toBe("rm \\u{202e}txt.cod\\u{202c}");
  expect(visibleText("a\u200bb\u0000c\u001b[2Kd\re\u2028f\u{e0041}")).toBe(
    "a\\u{200b}b\\u{0}c\\u{1b}[2Kd\\u{d}e\\u{2028}f\\u{e0041}",
  );
});

test("ordinary text, newlines and tabs stay", () => {
  expect(visibleText("naïve 日本 🙂\n\tx")).toBe("naïve 日本 🙂\n\tx");
});
