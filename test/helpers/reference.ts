import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as z from "zod";

const shared = process.env["TURNWRIGHT_SHARED"] ?? resolve(import.meta.dirname, "../../../shared");
const folder = resolve(shared, "reference/schema");

/** As much of a JSON Schema as the tests look at. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema | boolean>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly definitions?: Readonly<Record<string, JsonSchema>>;
}

/** Messages of one kind: their params by method, and what those refer to. */
export interface MessageTable {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  /** Null: the method takes no params. */
  readonly params: ReadonlyMap<string, JsonSchema | null>;
}

const Table = z.object({
  definitions: z.record(z.string(), z.custom<JsonSchema>()).default({}),
  oneOf: z.array(
    z.object({
      properties: z.object({
        method: z.object({ enum: z.tuple([z.string()]) }),
        params: z.custom<JsonSchema>().optional(),
      }),
    }),
  ),
});

/** A table of the published wire schema, such as `ClientRequest`; null, said on stderr, where the schema is not at hand. */
export function referenceTable(name: string): MessageTable | null {
  const file = resolve(folder, `${name}.json`);
  if (!existsSync(file)) {
    process.stderr.write(`left out: nothing is compared with ${name}, there is no ${file}\n`);
    return null;
  }
  const { definitions, oneOf } = Table.parse(JSON.parse(readFileSync(file, "utf8")));
  const params = oneOf.map(({ properties }) => [properties.method.enum[0], properties.params ?? null] as const);
  return { definitions, params: new Map(params) };
}
