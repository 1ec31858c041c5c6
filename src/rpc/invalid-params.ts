import type { z } from "zod";
import { invalidRequest, type RpcError } from "../protocol/errors.ts";

/** What one issue of zod looks like here; unions carry their members' issues. */
type Issue = z.core.$ZodIssue;

const quoted = (words: readonly unknown[]): string => words.map((word) => `\`${String(word)}\``).join(", ");
const variants = (words: readonly unknown[]): string =>
  words.length === 1 ? quoted(words) : `one of ${quoted(words)}`;

/** The message for a name that is none of those known, a method or the value of a choice. */
export const unknownVariant = (found: string, known: readonly unknown[]): RpcError =>
  invalidRequest(`Invalid request: unknown variant \`${shorten(found)}\`, expected ${variants(known)}`);

export const missingField = (name: string): RpcError => invalidRequest(`Invalid request: missing field \`${name}\``);

/** What clients sent is repeated to them, but never at length. */
const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `string ${JSON.stringify(shorten(value))}`;
    case "number":
      return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
    case "boolean":
      return `boolean \`${value}\``;
    default:
      return value === null ? "null" : Array.isArray(value) ? "sequence" : "map";
  }
}

const expectations: Readonly<Record<string, string>> = {
  string: "a string",
  number: "u32",
  int: "u32",
  boolean: "a boolean",
  array: "a sequence",
  object: "a map",
  record: "a map",
};

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = Object.getOwnPropertyDescriptor(value, key)?.value;
  }
  return value;
}

function explain(issue: Issue, params: unknown): RpcError {
  const found = valueAt(params, issue.path);
  const name = issue.path.at(-1);
  if (found === undefined && typeof name === "string") return missingField(name);
  if (issue.code === "invalid_value" && typeof found === "string") return unknownVariant(found, issue.values);
  if (issue.code === "invalid_union") {
    const { errors } = issue;
    if ("options" in issue && Array.isArray(issue.options) && typeof found === "string") {
      return unknownVariant(found, issue.options);
    }
    // The member of the union that got furthest says best what is wrong; for a word it is the list of words.
    const words = errors.flat().find((inner) => inner.code === "invalid_value");
    const furthest = errors
      .flat()
      .reduce<Issue | undefined>(
        (best, inner) => (inner.path.length > (best?.path.length ?? 0) ? inner : best),
        typeof found === "string" ? words : undefined,
      );
    const inner = furthest ?? errors[0]?.[0];
    if (inner !== undefined) return explain({ ...inner, path: [...issue.path, ...inner.path] }, params);
  }
  const where = typeof name === "string" ? ` for \`${name}\`` : "";
  if (issue.code === "invalid_type" || issue.code === "invalid_value") {
    const expected =
      issue.code === "invalid_type" ? (expectations[issue.expected] ?? issue.expected) : quoted(issue.values);
    return invalidRequest(`Invalid request: invalid type: ${describe(found)}, expected ${expected}`);
  }
  return invalidRequest(`Invalid request: invalid value: ${describe(found)}${where}: ${issue.message}`);
}

/**
 * The error for params that did not parse. Clients match on the beginnings (`missing field`, `invalid type`, `unknown variant`), so the
 * words are those of the app-server protocol, not zod's.
 */
export function invalidParams(error: z.core.$ZodError, params: unknown): RpcError {
  const first = error.issues[0];
  return first === undefined
    ? invalidRequest("Invalid request: the params are not understood")
    : explain(first, params);
}
