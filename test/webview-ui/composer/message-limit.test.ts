import { expect, test } from "vitest";
import { maxInputChars } from "../../../src/protocol/settings.ts";
import { refusal } from "../../../webview-ui/composer/message-limit.ts";

test("a message at the server's limit may go, of whatever characters", () => {
  expect(refusal("a".repeat(maxInputChars))).toBeNull();
  expect(refusal("é".repeat(maxInputChars))).toBeNull();
});

test("a message above the limit is refused, with both numbers and the word that nothing is lost", () => {
  expect(refusal("a".repeat(maxInputChars + 1))).toBe(
    "This message has 1,048,577 characters; 1,048,576 is the limit. Nothing was sent and your text is still here: shorten it, or save it to a file and mention the path.",
  );
});
