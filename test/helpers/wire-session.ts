import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import type { Travelled } from "./cli.ts";

const shared = process.env["TURNWRIGHT_SHARED"] ?? resolve(import.meta.dirname, "../../../shared");
const folder = resolve(shared, "reference/schema");
const results = resolve(folder, "experimental.codex_app_server_protocol.v2.schemas.json");

/** Method to the definition of its result. */
const resultOf: Readonly<Record<string, string>> = {
  "thread/start": "ThreadStartResponse",
  "thread/resume": "ThreadResumeResponse",
  "thread/read": "ThreadReadResponse",
  "thread/list": "ThreadListResponse",
  "thread/loaded/list": "ThreadLoadedListResponse",
  "thread/turns/list": "ThreadTurnsListResponse",
  "thread/items/list": "ThreadItemsListResponse",
  "thread/name/set": "ThreadSetNameResponse",
  "thread/unsubscribe": "ThreadUnsubscribeResponse",
  "thread/archive": "ThreadArchiveResponse",
  "thread/unarchive": "ThreadUnarchiveResponse",
  "thread/delete": "ThreadDeleteResponse",
  "thread/fork": "ThreadForkResponse",
  "thread/revert": "ThreadRevertResponse",
  "thread/inject_items": "ThreadInjectItemsResponse",
  "turn/start": "TurnStartResponse",
  "turn/steer": "TurnSteerResponse",
  "turn/interrupt": "TurnInterruptResponse",
  "model/list": "ModelListResponse",
  "config/read": "ConfigReadResponse",
  "command/exec": "CommandExecResponse",
  "command/exec/write": "CommandExecWriteResponse",
  "command/exec/resize": "CommandExecResizeResponse",
  "command/exec/terminate": "CommandExecTerminateResponse",
  "fs/readFile": "FsReadFileResponse",
  "fs/writeFile": "FsWriteFileResponse",
  "fs/createDirectory": "FsCreateDirectoryResponse",
  "fs/getMetadata": "FsGetMetadataResponse",
  "fs/readDirectory": "FsReadDirectoryResponse",
  "fs/remove": "FsRemoveResponse",
  "fs/copy": "FsCopyResponse",
  "fs/watch": "FsWatchResponse",
  "fs/unwatch": "FsUnwatchResponse",
  "account/read": "GetAccountResponse",
  "account/login/start": "LoginAccountResponse",
  "account/logout": "LogoutAccountResponse",
  "account/login/cancel": "CancelLoginAccountResponse",
  "account/rateLimits/read": "GetAccountRateLimitsResponse",
  "config/value/write": "ConfigWriteResponse",
  "config/batchWrite": "ConfigWriteResponse",
  "configRequirements/read": "ConfigRequirementsReadResponse",
  "modelProvider/list": "ModelProviderListResponse",
  "modelProvider/capabilities/read": "ModelProviderCapabilitiesReadResponse",
  "permissionProfile/list": "PermissionProfileListResponse",
  "experimentalFeature/list": "ExperimentalFeatureListResponse",
  "collaborationMode/list": "CollaborationModeListResponse",
};

interface MessageSchema {
  readonly definitions: object;
  readonly oneOf: readonly { readonly properties: { readonly method: { readonly enum: readonly string[] } } }[];
}

const read = (file: string): object => JSON.parse(readFileSync(file, "utf8")) as object;

/**
 * What the published wire schema has against the messages of a session, one line each; null, said on stderr, where the schema is not
 * at hand. Messages that the schema does not know at all are listed too.
 */
export function sessionErrors(session: readonly Travelled[]): readonly string[] | null {
  if (!existsSync(results)) {
    process.stderr.write(`left out: the session is not checked, there is no ${results}\n`);
    return null;
  }
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false });
  const tables = new Map<
    string,
    { readonly schema: MessageSchema; readonly compiled: Map<string, ValidateFunction> }
  >();
  const byMethod = (table: string, method: string): ValidateFunction | null => {
    const entry = tables.get(table) ?? {
      schema: read(resolve(folder, `${table}.json`)) as MessageSchema,
      compiled: new Map<string, ValidateFunction>(),
    };
    tables.set(table, entry);
    const { definitions, oneOf } = entry.schema;
    const variant = oneOf.find(({ properties }) => properties.method.enum.includes(method));
    if (variant === undefined) return null;
    const validate = entry.compiled.get(method) ?? ajv.compile({ ...variant, definitions });
    entry.compiled.set(method, validate);
    return validate;
  };
  ajv.addSchema({ ...read(results), $id: "results" });

  const errors: string[] = [];
  const check = (what: string, validate: ValidateFunction | null, value: unknown): void => {
    if (validate === null) errors.push(`${what}: not in the schema`);
    else if (!validate(value)) {
      for (const error of validate.errors ?? []) errors.push(`${what}: ${error.instancePath} ${error.message ?? ""}`);
    }
  };
  const asked = new Map<unknown, string>();
  for (const { direction, message } of session) {
    const { method, id } = message;
    if (typeof method === "string" && id !== undefined) {
      if (direction === "in") asked.set(id, method);
      check(
        `${direction} ${method}`,
        byMethod(direction === "in" ? "experimental.ClientRequest" : "experimental.ServerRequest", method),
        message,
      );
    } else if (typeof method === "string") {
      const table = direction === "in" ? "ClientNotification" : "experimental.ServerNotification";
      check(`${direction} ${method}`, byMethod(table, method), message);
    } else if (direction === "out" && "result" in message) {
      const name = resultOf[asked.get(id) ?? ""];
      if (name !== undefined)
        check(`${direction} ${name}`, ajv.compile({ $ref: `results#/definitions/${name}` }), message["result"]);
    }
  }
  return errors;
}
