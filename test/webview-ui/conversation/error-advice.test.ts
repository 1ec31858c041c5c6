import { expect, test } from "vitest";
import type { CodexErrorInfo } from "../../../src/protocol/turns.ts";
import { adviceFor } from "../../../webview-ui/conversation/error-advice.ts";

const waysFor = (codexErrorInfo: CodexErrorInfo | null): string[] =>
  adviceFor({ message: "m", codexErrorInfo }).ways.map(({ label }) => label);

test("a rejected key leads to signing in, and from there on", () => {
  expect(waysFor("unauthorized")).toEqual(["Sign in", "Retry", "Open settings"]);
});

test("causes with a status are known by their name", () => {
  expect(waysFor({ httpConnectionFailed: { httpStatusCode: null } })).toEqual(["Retry", "Open settings", "Show log"]);
});

test("a cause that is not known still has ways out", () => {
  expect(waysFor("someNewCause")).toEqual(["Retry", "Show log", "Open settings"]);
  expect(waysFor({})).toEqual(["Retry", "Show log", "Open settings"]);
  expect(waysFor(null)).toEqual(["Retry", "Show log", "Open settings"]);
  expect(waysFor("constructor")).toEqual(["Retry", "Show log", "Open settings"]);
});
