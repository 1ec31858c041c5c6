import { expect, test } from "vitest";
import { patchFunctionDescription, patchToolDescription, patchToolLark } from "../../../src/core/patch/lark.ts";
import { verify } from "./memory-files.ts";

test.each([
  ["freeform", patchToolDescription],
  ["function", patchFunctionDescription],
])("the example in the %s tool's description is a patch that applies", async (_name, description) => {
  const example = /\*\*\* Begin Patch\n([^]*?)\n\*\*\* End Patch/.exec(description)?.[1] ?? "";
  const greet = 'export function greet(name: string) {\n  const trimmed = name.trim();\n  return "Hi " + trimmed;\n}\n';
  const result = await verify({ "src/greet.ts": greet, "src/old-greet.ts": "" }, ...example.split("\n"));
  expect(result).toMatchObject({
    ok: true,
    plan: {
      files: [
        { kind: "update", newText: greet.replace('"Hi " + trimmed', "`Hello, ${trimmed}!`") },
        { kind: "add", newText: "# Greeting\n\nSays hello.\n" },
        { kind: "delete" },
      ],
    },
  });
});

test("every rule and terminal of the grammar is defined once, and each one but the start is used", () => {
  const defined = [...patchToolLark.matchAll(/^(\w+):/gm)].map(([, name]) => name);
  const bodies = patchToolLark.replace(/"[^"]*"|\/[^\n]*\//g, "").replace(/^\w+:/gm, "");
  const used = new Set(bodies.match(/\b[A-Za-z_]\w*\b/g));
  expect(new Set(defined).size).toBe(defined.length);
  expect([...used].toSorted()).toEqual(defined.filter((name) => name !== "start").toSorted());
});
