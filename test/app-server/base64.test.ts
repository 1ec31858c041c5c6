import { expect, test } from "vitest";
import { base64Fault } from "../../src/app-server/base64.ts";

test.each([
  ["", null],
  ["YQ==", null],
  ["YWI=", null],
  ["YWJj", null],
  ["+/+/", null],
  ["%%", "Invalid symbol 37, offset 0."],
  ["YW-j", "Invalid symbol 45, offset 2."],
  ["YQ==YQ==", "Invalid symbol 61, offset 2."],
  ["YQ===", "Invalid symbol 61, offset 2."],
  ["YQ", "Invalid padding"],
  ["YWI", "Invalid padding"],
])("base64 %j: %j", (text, fault) => {
  expect(base64Fault(text)).toBe(fault);
});
