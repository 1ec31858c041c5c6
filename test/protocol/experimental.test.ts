import { expect, test } from "vitest";
import * as z from "zod";
import { clientMethods, type MethodTable } from "../../src/protocol/methods.ts";
import { referenceTable, type JsonSchema, type SchemaTable } from "../helpers/reference.ts";

const table: MethodTable = clientMethods;
const membersOf = (schema: z.ZodType): readonly string[] =>
  Object.keys(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }).properties ?? {});

const referenceMembers = ({ definitions, schemas }: SchemaTable, method: string): ReadonlySet<string> => {
  const schema: JsonSchema = schemas.get(method) ?? {};
  const resolved = schema.$ref === undefined ? schema : definitions[schema.$ref.split("/").at(-1) ?? ""];
  return new Set(Object.keys(resolved?.properties ?? {}));
};

test("every member that is marked as experimental is one of its method's params", () => {
  const unknown = Object.entries(table).flatMap(([method, { params, experimental }]) =>
    experimental === undefined || experimental === true
      ? []
      : experimental.filter((name) => !membersOf(params).includes(name)).map((name) => `${method}.${name}`),
  );
  expect(unknown).toEqual([]);
});

test("exactly the methods and members that the published schema calls experimental are marked so", () => {
  const stable = referenceTable("ClientRequest");
  const all = referenceTable("experimental.ClientRequest");
  if (stable === null || all === null) return;
  const expected = Object.entries(table).flatMap(([method, { params }]) => {
    if (!all.schemas.has(method)) return [];
    if (!stable.schemas.has(method)) return [method];
    const known = referenceMembers(stable, method);
    const experimental = [...referenceMembers(all, method)].filter((name) => !known.has(name));
    return membersOf(params)
      .filter((name) => experimental.includes(name))
      .map((name) => `${method}.${name}`);
  });
  const marked = Object.entries(table).flatMap(([method, { experimental }]) => {
    if (experimental === undefined || !all.schemas.has(method)) return [];
    return experimental === true ? [method] : experimental.map((name) => `${method}.${name}`);
  });
  expect(marked.toSorted()).toEqual(expected.toSorted());
});
