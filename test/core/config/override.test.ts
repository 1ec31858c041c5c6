import { expect, test } from "vitest";
import { parseOverride } from "../../../src/core/config/override.ts";

test.each([
  ["model=gpt-5.5", { model: "gpt-5.5" }],
  ['model="o 1"', { model: "o 1" }],
  ["a.b=1", { a: { b: 1 } }],
  ["a.b=true", { a: { b: true } }],
  ["a=[1, 2]", { a: [1, 2] }],
  ["a={ b = 'x' }", { a: { b: "x" } }],
  ['projects."/repo/x.y".trust_level=trusted', { projects: { "/repo/x.y": { trust_level: "trusted" } } }],
  ["a=", { a: "" }],
  ["a=b=c", { a: "b=c" }],
  ["a=1\nmodel=2", { a: "1\nmodel=2" }],
])("-c %s", (argument, values) => {
  expect(parseOverride(argument)).toEqual({ kind: "parsed", values, from: "-c", warnings: [] });
});

test.each(["model", "=1", "a..b=1", "[a]\nb=1", "__proto__.x=1"])("-c %s is refused", (argument) => {
  expect(parseOverride(argument).kind).toBe("bad");
});

test("a client's map has dotted keys; null sets nothing", () => {
  expect(parseOverride({ "a.b": 1, a: { c: [2] }, model: null })).toEqual({
    kind: "parsed",
    values: { a: { b: 1, c: [2] } },
    from: "config override",
    warnings: [],
  });
  expect(parseOverride({ "a b": 1 }).kind).toBe("bad");
});

test("a client cannot trust a folder", () => {
  const parsed = parseOverride({
    'projects."/repo".trust_level': "trusted",
    projects: { "/x": { trust_level: "trusted" } },
  });
  expect(parsed).toMatchObject({ kind: "parsed", values: {} });
  expect(parsed.kind === "parsed" && parsed.warnings[0]).toContain("a client cannot trust a folder");
});

test("a prototype cannot be reached", () => {
  const parsed = parseOverride({ "b.__proto__.polluted": 1 });
  expect(parsed.kind).toBe("bad");
  const inner: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
  expect(parseOverride({ a: inner, "a.b": 1 }).kind).toBe("parsed");
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect({}).not.toHaveProperty("polluted");
});
