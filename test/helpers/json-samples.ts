import type { JsonSchema } from "./reference.ts";

type Definitions = Readonly<Record<string, JsonSchema>>;
const maxDepth = 12;

const resolved = (schema: JsonSchema | boolean, definitions: Definitions): JsonSchema => {
  if (typeof schema === "boolean") return {};
  const name = schema.$ref?.split("/").at(-1);
  const target = name === undefined ? undefined : definitions[name];
  return target === undefined ? schema : resolved(target, definitions);
};

/**
 * Values that a schema allows, at least one for each alternative at each place: each word of a choice, each form of a union, null where
 * it may be, each member of an object beside those it must have.
 */
export function samples(given: JsonSchema | boolean, definitions: Definitions, depth = 0): unknown[] {
  const schema = resolved(given, definitions);
  if (depth > maxDepth) return [];
  if (schema.const !== undefined) return [schema.const];
  if (schema.enum !== undefined) return [...schema.enum];
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice !== undefined) {
    const chosen = choice.flatMap((member) => samples(member, definitions, depth + 1));
    if (schema.properties === undefined) return chosen;
    // What stands beside the choice holds for each of its forms.
    const beside = objects(schema, definitions, depth);
    return chosen.flatMap((form) =>
      beside.map((members) => (typeof form === "object" && form !== null ? { ...members, ...form } : form)),
    );
  }
  if (schema.allOf !== undefined) return schema.allOf.flatMap((member) => samples(member, definitions, depth + 1));
  const types = schema.type === undefined ? ["any"] : [schema.type].flat();
  return types.flatMap((type): unknown[] => {
    switch (type) {
      case "null":
        return [null];
      case "boolean":
        return [true, false];
      case "integer":
      case "number":
        return [1];
      case "string":
        return ["/words"];
      case "array":
        return [[], ...samples(schema.items ?? {}, definitions, depth + 1).map((item) => [item])];
      case "object":
        return objects(schema, definitions, depth);
      default:
        return [{ any: 1 }];
    }
  });
}

function objects(schema: JsonSchema, definitions: Definitions, depth: number): object[] {
  const members = Object.entries(schema.properties ?? {}).map(
    ([name, member]) => [name, samples(member, definitions, depth + 1)] as const,
  );
  const required = members.filter(([name]) => schema.required?.includes(name));
  // Deeper than we look.
  if (required.some(([, values]) => values.length === 0)) return [];
  const base = Object.fromEntries(required.map(([name, values]) => [name, values[0]]));
  const further =
    typeof schema.additionalProperties === "object"
      ? samples(schema.additionalProperties, definitions, depth + 1).map((value) => ({ ...base, key: value }))
      : [];
  return [
    base,
    ...members.flatMap(([name, values]) => values.map((value) => ({ ...base, [name]: value }))),
    ...further,
  ];
}
