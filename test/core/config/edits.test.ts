import { expect, test } from "vitest";
import { applyEdits, editPath, guardEdits } from "../../../src/core/config/edits.ts";
import type { Table } from "../../../src/core/config/layers.ts";

const replace = (table: Table, keyPath: string, value: unknown) =>
  applyEdits(table, [{ keyPath, value, mergeStrategy: "replace" }]);
const upsert = (table: Table, keyPath: string, value: unknown) =>
  applyEdits(table, [{ keyPath, value, mergeStrategy: "upsert" }]);

test("a path has quotes as in TOML", () => {
  expect(editPath(`projects."/a/b.c".trust_level`)).toEqual(["projects", "/a/b.c", "trust_level"]);
  expect(editPath("a.'b.c'")).toEqual(["a", "b.c"]);
});

test.each([
  ["", "keyPath must not be empty"],
  ["a..b", "keyPath segments must not be empty"],
  [".a", "keyPath segments must not be empty"],
  ["projects./a/b", "no dotted key; quote a part that is not plain"],
  ["a\nb", "no dotted key"],
  ["__proto__.x", "no dotted key"],
  ["x".repeat(2000), "no dotted key"],
  [Array.from({ length: 40 }, () => "a").join("."), "no dotted key"],
])("the path %j is refused", (keyPath, words) => {
  expect(() => editPath(keyPath)).toThrow(words);
});

test("a value is set, replaced and removed; tables on the way are made", () => {
  expect(replace({}, "a.b", 1)).toEqual({ a: { b: 1 } });
  expect(replace({ a: { b: 1, c: 2 } }, "a.b", "x")).toEqual({ a: { b: "x", c: 2 } });
  expect(replace({ a: { b: 1, c: 2 } }, "a.b", null)).toEqual({ a: { c: 2 } });
  expect(replace({ a: 1 }, "b.c", null)).toEqual({ a: 1 });
});

test("a table is replaced as a whole or merged; in a merge null removes", () => {
  const table = { a: { b: 1, c: { d: 2 } } };
  expect(replace(table, "a", { c: { e: 3 } })).toEqual({ a: { c: { e: 3 } } });
  expect(upsert(table, "a", { c: { e: 3 } })).toEqual({ a: { b: 1, c: { d: 2, e: 3 } } });
  expect(upsert(table, "a", { b: null })).toEqual({ a: { c: { d: 2 } } });
  expect(replace(table, "a", { b: null, x: 1 })).toEqual({ a: { x: 1 } });
});

test("edits build on one another, and the table that was given stays as it was", () => {
  const table = Object.freeze({ a: 1 });
  const edits = [
    { keyPath: "b.c", value: 1, mergeStrategy: "replace" },
    { keyPath: "b", value: { d: 2 }, mergeStrategy: "upsert" },
  ] as const;
  expect(applyEdits(table, edits)).toEqual({ a: 1, b: { c: 1, d: 2 } });
});

test.each([
  ["below a value", { a: 1 }, "a.b", 1, "a is no table"],
  ["null in a list", {}, "a", [1, null], "a.1: TOML has no null"],
  ["half a character", {}, "a", "\ud800", "half a character"],
  ["a name that is none", {}, "a", JSON.parse('{"__proto__":1}'), "is no name for a key"],
  ["a mask without a secret behind it", {}, "a.token", "[redacted]", "stands for a secret"],
  ["bottomless nesting", {}, "a", JSON.parse(`${"[".repeat(5000)}${"]".repeat(5000)}`), "nested too deeply"],
])("%s is refused", (_, table, keyPath, value, words) => {
  expect(() => replace(table, keyPath, value)).toThrow(words);
});

test("what was masked when it was read keeps its secret when it is written back", () => {
  const table = { env: { KEY: "secret", OTHER: "x" } };
  expect(replace(table, "env", { KEY: "[redacted]", NEW: "y" })).toEqual({ env: { KEY: "secret", NEW: "y" } });
  const auth = { auth: { command: "a", args: ["-k", "secret"] } };
  expect(replace(auth, "auth", { command: "b", args: ["[redacted]", "[redacted]"] })).toEqual({
    auth: { command: "b", args: ["-k", "secret"] },
  });
  expect(() => replace(auth, "auth.args", ["-v", "[redacted]", "[redacted]"])).toThrow("stands for a secret");
});

const guard = (before: Table, after: Table) => () =>
  guardEdits(before, after, { builtInProviders: ["openai"], path: "/home/config.toml" });

test("no client trusts a folder; one that takes trust away may", () => {
  const project = (level: string) => ({ projects: { "/a": { trust_level: level } } });
  expect(guard({}, project("trusted"))).toThrow(
    'projects."/a".trust_level: a client cannot trust a folder, you can: add [projects."/a"] with trust_level = "trusted" to /home/config.toml yourself',
  );
  expect(guard(project("untrusted"), project("trusted"))).toThrow("cannot trust");
  expect(guard(project("trusted"), project("untrusted"))).not.toThrow();
  expect(guard(project("trusted"), project("trusted"))).not.toThrow();
});

test("a built-in provider keeps its place, and no key comes into the file", () => {
  const provider = (id: string, settings: Table) => ({ model_providers: { [id]: settings } });
  expect(guard({}, provider("openai", { base_url: "http://evil" }))).toThrow("openai is built in");
  expect(guard(provider("openai", { base_url: "http://mine" }), {})).not.toThrow();
  expect(guard({}, provider("mine", { base_url: "http://x", env_key: "K" }))).not.toThrow();
  expect(guard({}, provider("mine", { experimental_bearer_token: "sk" }))).toThrow("keys are not kept in config.toml");
});
