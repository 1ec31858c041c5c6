import type * as z from "zod";

/** The part of JSON Schema (draft 7) that the published schemas use. */
export interface JsonSchema {
  $ref?: string;
  title?: string;
  description?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

const kept = [
  "title",
  "description",
  "type",
  "enum",
  "const",
  "default",
  "required",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "pattern",
] as const satisfies readonly (keyof JsonSchema)[];

const isSchema = (value: unknown): value is z.core.JSONSchema.JSONSchema =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A choice inside a choice is one choice. */
const flatten = (members: readonly JsonSchema[]): JsonSchema[] =>
  members.flatMap((member) =>
    member.anyOf !== undefined && Object.keys(member).length === 1 ? member.anyOf : [member],
  );

/**
 * What zod makes of a schema, without what says nothing on the wire: bounds that are only those of a safe integer, and "further members
 * may be anything", which holds without being said. Beside a reference nothing counts.
 */
export function simplified(schema: z.core.JSONSchema.JSONSchema): JsonSchema {
  const { $ref, properties, items, additionalProperties, minimum, maximum } = schema;
  if ($ref !== undefined) return { $ref };
  const list = (members: z.core.JSONSchema.JSONSchema[] | undefined): JsonSchema[] | undefined =>
    members?.map(simplified);
  const anyOf = list(schema.anyOf);
  const oneOf = list(schema.oneOf);
  const allOf = list(schema.allOf);
  const further =
    isSchema(additionalProperties) && Object.keys(additionalProperties).length > 0
      ? simplified(additionalProperties)
      : additionalProperties === false
        ? false
        : undefined;
  return {
    ...Object.fromEntries(kept.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]])),
    ...(properties && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, member]) => [name, isSchema(member) ? simplified(member) : {}]),
      ),
    }),
    ...(further === undefined ? {} : { additionalProperties: further }),
    ...(isSchema(items) ? { items: simplified(items) } : {}),
    ...(anyOf && { anyOf: flatten(anyOf) }),
    ...(oneOf && { oneOf }),
    ...(allOf && { allOf }),
    ...(minimum !== undefined && minimum > Number.MIN_SAFE_INTEGER ? { minimum } : {}),
    ...(maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER ? { maximum } : {}),
  };
}

/** The parts of a schema, each with the name of the member it belongs to (null: the same place in another form). */
export function partsOf(schema: JsonSchema): readonly (readonly [string | null, JsonSchema])[] {
  const { properties, items, additionalProperties, anyOf, oneOf, allOf } = schema;
  const nameless = [...(anyOf ?? []), ...(oneOf ?? []), ...(allOf ?? [])];
  if (items !== undefined) nameless.push(items);
  if (typeof additionalProperties === "object") nameless.push(additionalProperties);
  return [...Object.entries(properties ?? {}), ...nameless.map((part) => [null, part] as const)];
}

const prefix = "#/definitions/";
export const refTo = (name: string): JsonSchema => ({ $ref: `${prefix}${name}` });
/** The name that a `$ref` of ours points to. */
export const nameIn = (ref: string): string => ref.slice(prefix.length);

/** The definitions that these lead to, in alphabetical order. */
export function reachable(
  definitions: Readonly<Record<string, JsonSchema>>,
  roots: readonly string[],
): Record<string, JsonSchema> {
  const found = new Map<string, JsonSchema>();
  const visit = (name: string): void => {
    const schema = definitions[name];
    if (schema === undefined) throw new Error(`There is no definition ${name}.`);
    if (found.has(name)) return;
    found.set(name, schema);
    visitParts(schema);
  };
  const visitParts = (schema: JsonSchema): void => {
    if (schema.$ref !== undefined) visit(nameIn(schema.$ref));
    for (const [, part] of partsOf(schema)) visitParts(part);
  };
  roots.forEach(visit);
  return Object.fromEntries([...found].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
