import { expect, test } from "vitest";
import { familyInstructions, familyOf } from "../../../src/core/prompt/base-instructions.ts";

test("a model that was not trained on such tools is told how to use them, behind what all are told", () => {
  const [trained, other] = [familyOf({ patchTool: "freeform" }), familyOf({ patchTool: "function" })];
  expect(trained).toBe("agentic");
  expect(other).toBe("general");
  const text = familyInstructions(trained);
  expect(text).toMatch(/^You are Turnwright, /);
  expect(familyInstructions(other)).toMatch(/\n\n# Tools\n[^]+\n$/);
  expect(familyInstructions(other).startsWith(text)).toBe(true);
});
