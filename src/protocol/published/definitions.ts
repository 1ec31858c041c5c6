import * as z from "zod";
import { AnyItem, KnownItem } from "../items.ts";
import {
  clientMethods,
  clientNotifications,
  type MethodTable,
  type NotificationTable,
  serverMethods,
  serverNotifications,
} from "../methods.ts";
import { experimentalNotifications } from "../notifications.ts";
import { docComments } from "./doc-comments.ts";
import { type JsonSchema, partsOf, reachable, refTo, simplified } from "./json-schema.ts";
import { modules } from "./modules.ts";

/** A notification, with the name of the definition of its params. */
export interface PublishedNotification {
  readonly method: string;
  /** Begins the names of what belongs to it: `ThreadStart` for `thread/start`. */
  readonly stem: string;
  readonly params: string;
  /** False: the message may come without the member. */
  readonly needsParams: boolean;
  readonly isExperimental: boolean;
  readonly description: string | undefined;
}

/** A method; `result` is the name of the definition of its answer. */
export interface PublishedMethod extends PublishedNotification {
  readonly result: string;
  /** Params of it that are experimental. */
  readonly experimentalParams: readonly string[];
}

/** The protocol as it is published: data, by name. */
export interface Protocol {
  /** What the tables lead to, in alphabetical order. A reference is `#/definitions/NAME`. */
  readonly definitions: Readonly<Record<string, JsonSchema>>;
  readonly clientMethods: readonly PublishedMethod[];
  readonly serverMethods: readonly PublishedMethod[];
  readonly clientNotifications: readonly PublishedNotification[];
  readonly serverNotifications: readonly PublishedNotification[];
}

const stemOf = (method: string): string =>
  method
    .split(/[/_]/u)
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join("");

/**
 * The protocol of the tables in `methods.ts`, with or without what is experimental. Definitions have the names with which the files of the
 * protocol export them; what has none of its own is named after its method. They describe what travels: what a receiver fills in is
 * optional. Takes some 20 ms.
 */
export function publishedProtocol({ experimental }: { readonly experimental: boolean }): Protocol {
  const { names, aliases, nameOf } = naming();
  const entry = (method: string, params: z.ZodType, kind: string, isExperimental: boolean): PublishedNotification => ({
    method,
    stem: stemOf(method),
    params: nameOf(params, `${stemOf(method)}${kind}`),
    // A notification without params is one with empty params.
    needsParams: !params.safeParse(kind === "Notification" ? {} : undefined).success,
    isExperimental,
    description: docComments[method],
  });
  const notificationsOf = (table: NotificationTable): PublishedNotification[] =>
    Object.entries(table)
      .filter(([method]) => experimental || !experimentalNotifications.has(method))
      .map(([method, params]) => entry(method, params, "Notification", experimentalNotifications.has(method)));
  const methodsOf = (table: MethodTable): PublishedMethod[] =>
    Object.entries(table)
      .filter(([, { experimental: mark }]) => experimental || mark !== true)
      .map(([method, { params, result, experimental: mark }]) => ({
        ...entry(method, params, "Params", mark === true),
        result: nameOf(result, `${stemOf(method)}Response`),
        experimentalParams: typeof mark === "object" ? mark : [],
      }));
  const tables = {
    clientMethods: methodsOf(clientMethods),
    serverMethods: methodsOf(serverMethods),
    clientNotifications: notificationsOf(clientNotifications),
    serverNotifications: notificationsOf(serverNotifications),
  };
  const methods = [...tables.clientMethods, ...tables.serverMethods];
  const notifications = [...tables.clientNotifications, ...tables.serverNotifications];
  const definitions = { ...definitionsOf(names), ...Object.fromEntries(aliases) };
  for (const { params, experimentalParams } of experimental ? [] : methods) {
    const schema = definitions[params];
    if (schema?.properties === undefined) continue;
    const members = Object.entries(schema.properties);
    schema.properties = Object.fromEntries(members.filter(([name]) => !experimentalParams.includes(name)));
  }
  const roots = [
    ...aliases.keys(),
    ...methods.flatMap(({ params, result }) => [params, result]),
    ...notifications.map(({ params }) => params),
  ];
  return { ...tables, definitions: reachable(definitions, roots) };
}

type Names = z.core.$ZodRegistry<{ id: string }>;

/** Names for schemas. One that is asked for under a second name gets an alias. */
function naming() {
  const names: Names = z.registry<{ id: string }>();
  const aliases = new Map<string, JsonSchema>();
  for (const [name, value] of modules.flatMap((module) => Object.entries(module))) {
    // What begins small is a piece of schemas. `AnyItem` is how an item of whatever type is read; what is sent is one of those we know.
    if (value instanceof z.ZodType && value !== AnyItem && /^[A-Z]/u.test(name))
      names.add(value, { id: value === KnownItem ? "ThreadItem" : name });
  }
  const nameOf = (schema: z.ZodType, name: string): string => {
    const known = names.get(schema)?.id;
    if (known === undefined) names.add(schema, { id: name });
    else if (known !== name) aliases.set(name, refTo(known));
    return known ?? name;
  };
  return { names, aliases, nameOf };
}

function definitionsOf(names: Names): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(names, {
    io: "input",
    target: "draft-07",
    uri: (name) => refTo(name).$ref ?? name,
    override({ zodSchema, jsonSchema }) {
      if (zodSchema === AnyItem) Object.assign(jsonSchema, refTo("ThreadItem"));
    },
  });
  const definitions = Object.entries(schemas).map(([name, schema]): [string, JsonSchema] => [name, simplified(schema)]);
  for (const [name, schema] of definitions) {
    describeMembers(schema, name);
    describe(schema, name);
  }
  return Object.fromEntries(definitions);
}

/** Adds what the comment in the source says. */
function describe(schema: JsonSchema, path: string): void {
  const comment = docComments[path];
  if (comment !== undefined) schema.description = comment;
}

/** The same for what is in a schema; a part is found by the names that lead to it. */
function describeMembers(schema: JsonSchema, path: string): void {
  for (const [member, part] of partsOf(schema)) {
    const at = member === null ? path : `${path}.${member}`;
    describeMembers(part, at);
    if (member !== null) describe(part, at);
  }
}
