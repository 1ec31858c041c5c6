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

/** Schemas by method, and what they refer to. */
export interface SchemaTable {
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly schemas: ReadonlyMap<string, JsonSchema>;
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

/**
 * The params of messages of one kind, such as `ClientRequest`; null, said on stderr, where the schema is not at hand. Where it
 * says nothing of params, anything goes.
 */
export function referenceTable(name: string): SchemaTable | null {
  const file = resolve(folder, `${name}.json`);
  if (!existsSync(file)) {
    process.stderr.write(`left out: nothing is compared with ${name}, there is no ${file}\n`);
    return null;
  }
  const { definitions, oneOf } = Table.parse(JSON.parse(readFileSync(file, "utf8")));
  const schemas = oneOf.map(({ properties }) => [properties.method.enum[0], properties.params ?? {}] as const);
  return { definitions, schemas: new Map(schemas) };
}

/** Results whose definition is not named after that of the params. */
const otherResults: Readonly<Record<string, string>> = {
  "account/gatewayOAuth/cancel": "GatewayOAuthCancelResponse",
  "account/gatewayOAuth/login": "GatewayOAuthLoginResponse",
  "account/gatewayOAuth/read": "GatewayOAuthReadResponse",
  "account/logout": "LogoutAccountResponse",
  "account/rateLimits/read": "GetAccountRateLimitsResponse",
  "config/value/write": "ConfigWriteResponse",
  "config/batchWrite": "ConfigWriteResponse",
  "configRequirements/read": "ConfigRequirementsReadResponse",
};

/** The results of all methods; null, said on stderr, where the schema is not at hand. */
export function referenceResults(): SchemaTable | null {
  const tables = ["experimental.ClientRequest", "experimental.ServerRequest"].map(referenceTable);
  const file = resolve(folder, "experimental.codex_app_server_protocol.v2.schemas.json");
  if (!existsSync(file)) return null;
  const { definitions } = z
    .object({ definitions: z.record(z.string(), z.custom<JsonSchema>()) })
    .parse(JSON.parse(readFileSync(file, "utf8")));
  const schemas = tables.flatMap((table) =>
    [...(table?.schemas ?? [])].flatMap(([method, params]): [string, JsonSchema][] => {
      const stem = /(\w+)Params$/u.exec(params.$ref ?? "")?.[1];
      const name = otherResults[method] ?? `${stem ?? ""}Response`;
      return Object.hasOwn(definitions, name) ? [[method, { $ref: `#/definitions/${name}` }]] : [];
    }),
  );
  return { definitions, schemas: new Map(schemas) };
}
