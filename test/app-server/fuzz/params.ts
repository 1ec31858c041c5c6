import fc from "fast-check";
import * as z from "zod";

/** Params for a method, right and wrong, made from its schema. */

/** Stands for arrays in arrays, which `JSON.stringify` could not write; see {@link lineOf}. */
const deep = "@deep@";
const depth = 20_000;

/** The line of a message; what stands for too much is put in. */
export const lineOf = (message: object): string =>
  JSON.stringify(message).replaceAll(JSON.stringify(deep), `${"[".repeat(depth)}${"]".repeat(depth)}`);

const hostileNames = ["__proto__", "constructor", "toString", "hasOwnProperty", "then", "toJSON", ""];
const hostile = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 0.5, 2 ** 53, -(2 ** 31), 1e308, "", [], {}, [[]], [null], deep),
  fc.constantFrom(...hostileNames),
  fc.constantFrom("\0", "\ud800", "\u2028", "💥", "x".repeat(50_000), "../victim", "%s%n", "\u001b[2J"),
  fc.dictionary(fc.constantFrom(...hostileNames, "type"), fc.constantFrom<unknown>(null, 1, "", deep), { maxKeys: 3 }),
);

type Json = Readonly<Record<string, unknown>>;
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * Values that fit a JSON schema, more or less.
 * @param strings what strings may be. Only these: what is called is the real thing, so no string may name a file or a program of the machine
 */
function fitting(schema: unknown, defs: Json, strings: readonly string[], level = 0): fc.Arbitrary<unknown> {
  const inner = (value: unknown) => fitting(value, defs, strings, level + 1);
  if (!isJson(schema) || level > 8) return fc.constant(null);
  const { $ref, anyOf, oneOf, allOf, type, properties, required, items, additionalProperties } = schema;
  if (typeof $ref === "string") return inner(defs[$ref.slice($ref.lastIndexOf("/") + 1)]);
  const options = anyOf ?? oneOf ?? allOf;
  if (Array.isArray(options)) return fc.oneof(...options.map(inner));
  if ("const" in schema) return fc.constant(schema["const"]);
  if (Array.isArray(schema["enum"])) return fc.constantFrom(...(schema["enum"] as unknown[]));
  switch (type) {
    case "string":
      return fc.constantFrom(...strings);
    case "number":
    case "integer":
      return fc.constantFrom(0, 1, 2, 50, -1, 2 ** 31, Number.MAX_SAFE_INTEGER);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return fc.array(inner(items), { maxLength: 3 });
    case "object": {
      const named = Object.entries(isJson(properties) ? properties : {}).map(
        ([name, of]) => [name, inner(of)] as const,
      );
      if (named.length > 0) {
        const keys = Array.isArray(required) ? required.map(String) : [];
        return fc.record(Object.fromEntries(named), { requiredKeys: keys });
      }
      return fc.dictionary(fc.constantFrom("a", "b"), inner(additionalProperties), { maxKeys: 2 });
    }
    default:
      return fc.constantFrom<unknown>(null, "a", 1, {});
  }
}

/** Puts something else at one place of a value, chosen by `pick`, or takes the place away. */
function mutated(value: unknown, pick: number, other: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && pick % 4 !== 0) {
    const at = pick % value.length;
    return value.map((item, index) => (index === at ? mutated(item, pick >> 2, other) : (item as unknown)));
  }
  if (isJson(value)) {
    const names = Object.keys(value);
    const name = names[(pick >> 1) % (names.length + 1)];
    if (name === undefined) return { ...value, [hostileNames[pick % hostileNames.length] ?? ""]: other };
    if (pick % 5 === 0) return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));
    return { ...value, [name]: pick % 3 === 0 ? other : mutated(value[name], pick >> 3, other) };
  }
  return other;
}

/** Params that fit the schema, and such with one or two things wrong. */
export function paramsFor(schema: z.ZodType, strings: readonly string[]): fc.Arbitrary<unknown> {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as Json;
  const good = fitting(json, isJson(json["$defs"]) ? json["$defs"] : {}, strings);
  const wrong = fc
    .tuple(good, fc.nat(), hostile, fc.nat(), hostile, fc.boolean())
    .map(([value, first, one, second, two, isOnce]) => {
      const once = mutated(value, first, one);
      return isOnce ? once : mutated(once, second, two);
    });
  return fc.oneof({ weight: 2, arbitrary: good }, { weight: 3, arbitrary: wrong }, { weight: 1, arbitrary: hostile });
}
