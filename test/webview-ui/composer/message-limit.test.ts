import { expect, test } from "vitest";
import { maxMessageBytes, refusal } from "../../../webview-ui/composer/message-limit.ts";

test("a message at the limit may go", () => {
  expect(refusal("a".repeat(maxMessageBytes))).toBeNull();
});

test("a message above the limit is refused, counted in bytes", () => {
  expect(refusal("a".repeat(maxMessageBytes + 1))).toContain("5 MB is the limit");
  expect(refusal("é".repeat(maxMessageBytes / 2 + 1))).toContain("your text is still here");
});
