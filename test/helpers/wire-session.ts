import { Ajv, type ValidateFunction } from "ajv";
import type { Travelled } from "./cli.ts";
import { referenceResults, referenceTable, type SchemaTable } from "./reference.ts";

interface Checks {
  readonly requests: Readonly<Record<Travelled["direction"], Lookup>>;
  readonly notifications: Readonly<Record<Travelled["direction"], Lookup>>;
  readonly results: Lookup;
}
/** Null for a method that the schema does not have. */
type Lookup = (method: string) => ValidateFunction | null;

/** Compiled once per test process; what is compiled is shared by all that refer to it. */
let checks: Checks | null | undefined;

function createChecks(): Checks | null {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const lookup = (id: string, table: SchemaTable | null): Lookup | null => {
    if (table === null) return null;
    const { schemas, definitions } = table;
    ajv.addSchema({ $id: id, definitions });
    const others = new Map<string, ValidateFunction>();
    return (method) => {
      const schema = schemas.get(method);
      if (schema === undefined) return null;
      const validate =
        (schema.$ref === undefined ? others.get(method) : ajv.getSchema(`${id}${schema.$ref}`)) ??
        ajv.compile({ ...schema, definitions });
      others.set(method, validate);
      return validate;
    };
  };
  const [sent, asked, told, heard] = [
    "experimental.ClientRequest",
    "experimental.ServerRequest",
    "ClientNotification",
    "experimental.ServerNotification",
  ].map((name) => lookup(name, referenceTable(name)));
  const results = lookup("results", referenceResults());
  if (!sent || !asked || !told || !heard || !results) return null;
  return { requests: { in: sent, out: asked }, notifications: { in: told, out: heard }, results };
}

/**
 * What the published wire schema has against the messages of a session, one line each; null, said on stderr, where the schema is not
 * at hand. Requests and notifications that the schema does not know at all are listed too; results are looked up by the method that was
 * asked for.
 */
export function sessionErrors(session: readonly Travelled[]): readonly string[] | null {
  if (checks === undefined) checks = createChecks();
  if (checks === null) return null;
  const { requests, notifications, results } = checks;

  const errors: string[] = [];
  const check = (what: string, validate: ValidateFunction, value: unknown): void => {
    if (validate(value)) return;
    for (const error of validate.errors ?? []) errors.push(`${what}: ${error.instancePath} ${error.message ?? ""}`);
  };
  const asked = { in: new Map<unknown, string>(), out: new Map<unknown, string>() };
  for (const { direction, message } of session) {
    const { method, id, params = null } = message;
    if (typeof method === "string") {
      if (id !== undefined) asked[direction].set(id, method);
      const validate = (id === undefined ? notifications : requests)[direction](method);
      if (validate === null) errors.push(`${direction} ${method}: not in the schema`);
      else check(`${direction} ${method}`, validate, params);
    } else if ("result" in message) {
      const name = asked[direction === "in" ? "out" : "in"].get(id) ?? "";
      const validate = results(name);
      if (validate !== null) check(`${direction} result of ${name}`, validate, message["result"]);
    }
  }
  return errors;
}
