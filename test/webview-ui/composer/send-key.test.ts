import { expect, test } from "vitest";
import { isSendKey, type KeyStroke } from "../../../webview-ui/composer/send-key.ts";

const stroke = (change: Partial<KeyStroke> = {}): KeyStroke => ({
  key: "Enter",
  keyCode: 13,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...change,
});

test("Enter sends, Shift+Enter and Alt+Enter make a new line", () => {
  expect(isSendKey(stroke(), "enter")).toBe(true);
  expect(isSendKey(stroke({ shiftKey: true }), "enter")).toBe(false);
  expect(isSendKey(stroke({ altKey: true }), "enter")).toBe(false);
});

test("with ctrlEnter, only Enter with Ctrl or Cmd sends", () => {
  expect(isSendKey(stroke(), "ctrlEnter")).toBe(false);
  expect(isSendKey(stroke({ ctrlKey: true }), "ctrlEnter")).toBe(true);
  expect(isSendKey(stroke({ metaKey: true }), "ctrlEnter")).toBe(true);
});

test("an Enter of an input method never sends", () => {
  expect(isSendKey(stroke({ isComposing: true }), "enter")).toBe(false);
  expect(isSendKey(stroke({ keyCode: 229 }), "enter")).toBe(false);
  expect(isSendKey(stroke({ keyCode: 229, ctrlKey: true }), "ctrlEnter")).toBe(false);
});

test("other keys do not send", () => {
  expect(isSendKey(stroke({ key: "a", ctrlKey: true }), "enter")).toBe(false);
});
