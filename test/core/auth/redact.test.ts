import { expect, test } from "vitest";
import { redact } from "../../../src/core/auth/redact.ts";

test.each([
  ["key sk-abc/1+2 and sk-abc/1+2", ["sk-abc/1+2"], "key [redacted] and [redacted]"],
  ["url ?k=sk-abc%2F1%2B2", ["sk-abc/1+2"], "url ?k=[redacted]"],
  ['{"k":"a\\"bcdef"}', ['a"bcdef'], '{"k":"[redacted]"}'],
  ["Authorization: Bearer abcdef.ghi-jk", [], "Authorization: Bearer [redacted]"],
  ["your key sk-proj-0123456789abcdef_x is wrong", [], "your key [redacted] is wrong"],
  ["a bearer of news", [], "a bearer of news"],
  ["short x stays", ["x"], "short x stays"],
])("%s", (text, secrets, clean) => {
  expect(redact(text, secrets)).toBe(clean);
});
