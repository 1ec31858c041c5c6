import type { Protocol, PublishedMethod, PublishedNotification } from "./definitions.ts";
import { type JsonSchema, reachable, refTo } from "./json-schema.ts";

const draft = "http://json-schema.org/draft-07/schema#";
const text: JsonSchema = { type: "string" };
const object = (properties: Record<string, JsonSchema>, required: string[], more: JsonSchema = {}): JsonSchema => ({
  ...more,
  type: "object",
  properties,
  required,
});

/** What JSON-RPC itself says. There is no `jsonrpc` member on this wire. */
const envelope: Readonly<Record<string, JsonSchema>> = {
  RequestId: { anyOf: [{ type: "string" }, { type: "integer" }] },
  JSONRPCRequest: object({ id: refTo("RequestId"), method: text, params: {} }, ["id", "method"]),
  JSONRPCNotification: object({ method: text, params: {} }, ["method"]),
  JSONRPCResponse: object({ id: refTo("RequestId"), result: {} }, ["id", "result"]),
  JSONRPCErrorError: object({ code: { type: "integer" }, message: text, data: {} }, ["code", "message"]),
  JSONRPCError: object({ id: refTo("RequestId"), error: refTo("JSONRPCErrorError") }, ["id", "error"]),
  JSONRPCMessage: {
    anyOf: ["JSONRPCRequest", "JSONRPCNotification", "JSONRPCResponse", "JSONRPCError"].map(refTo),
  },
};

const described = (title: string, { description }: PublishedNotification): JsonSchema =>
  description === undefined ? { title } : { title, description };
const params = (entry: PublishedNotification) => ({
  properties: { method: { type: "string", enum: [entry.method] }, params: refTo(entry.params) },
  required: ["method", ...(entry.needsParams ? ["params"] : [])],
});

const requests = (methods: readonly PublishedMethod[]): JsonSchema => ({
  oneOf: methods.map((entry) => {
    const { properties, required } = params(entry);
    const title = described(`${entry.stem}Request`, entry);
    return object({ id: refTo("RequestId"), ...properties }, ["id", ...required], title);
  }),
});
const notifications = (
  entries: readonly PublishedNotification[],
  stamp: Record<string, JsonSchema> = {},
): JsonSchema => ({
  oneOf: entries.map((entry) => {
    const { properties, required } = params(entry);
    return object({ ...properties, ...stamp }, required, described(`${entry.stem}Notification`, entry));
  }),
});

/**
 * The protocol as JSON Schema (draft 7): file name to content. One file for each kind of message, and one with everything, the results
 * of the methods among it (`ThreadStartResponse` for `thread/start`).
 */
export function schemaFiles(protocol: Protocol): ReadonlyMap<string, object> {
  const emittedAtMs = { type: "number", description: "Unix ms." };
  const messages: Readonly<Record<string, JsonSchema>> = {
    ...envelope,
    ClientRequest: requests(protocol.clientMethods),
    ServerRequest: requests(protocol.serverMethods),
    ClientNotification: notifications(protocol.clientNotifications),
    ServerNotification: notifications(protocol.serverNotifications, { emittedAtMs }),
  };
  const all = { ...protocol.definitions, ...messages };
  const files = Object.entries(messages).map(([title, schema]): [string, object] => {
    const { [title]: _, ...definitions } = reachable(all, [title]);
    return [`${title}.json`, { $schema: draft, title, ...schema, definitions }];
  });
  const title = "TurnwrightAppServerProtocol";
  return new Map([
    ...files,
    [
      "turnwright_app_server_protocol.schemas.json",
      { $schema: draft, title, definitions: reachable(all, Object.keys(all)) },
    ],
  ]);
}
