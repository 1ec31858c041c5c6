import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv } from "ajv";

const shared = process.env.TURNWRIGHT_SHARED ?? resolve(import.meta.dirname, "../../../shared");
const file = resolve(shared, "reference/schema/codex_app_server_protocol.v2.schemas.json");

/**
 * What the published wire schema has against a value as `definition`, one line each; null, said on stderr, where the schema is not at hand.
 */
export function wireErrors(definition: string, value: unknown): readonly string[] | null {
  if (!existsSync(file)) {
    process.stderr.write(`left out: ${definition} is not checked, there is no ${file}\n`);
    return null;
  }
  const schema: unknown = JSON.parse(readFileSync(file, "utf8"));
  if (typeof schema !== "object" || schema === null) throw new Error(`${file} is no schema`);
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ ...schema, $id: "wire" });
  const validate = ajv.compile({ $ref: `wire#/definitions/${definition}` });
  // As it travels: members that are undefined are gone.
  validate(JSON.parse(JSON.stringify(value)));
  return (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message ?? ""}`);
}
