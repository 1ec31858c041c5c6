import type { Protocol, PublishedMethod, PublishedNotification } from "./definitions.ts";
import { type JsonSchema, nameIn } from "./json-schema.ts";

const maxWidth = 120;
const isName = /^[A-Za-z_$][\w$]*$/u;
const key = (name: string): string => (isName.test(name) ? name : JSON.stringify(name));

/** Types of JSON Schema that are written alike in TypeScript, and those that are not. */
const anyObject = "{ [key: string]: unknown }";
const simple: Readonly<Record<string, string>> = { integer: "number", array: "unknown[]" };

/** A comment block; empty without a text. */
function comment(text: string | undefined, indent: string): string {
  if (text === undefined) return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines.join("")} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

const fits = (line: string, indent: string): boolean => !line.includes("\n") && indent.length + line.length <= maxWidth;

/** An object on one line where it fits and says no more than its members; `isTop`: never. */
function objectType(schema: JsonSchema, indent: string, isTop: boolean): string {
  const { properties = {}, required = [], additionalProperties } = schema;
  const inner = `${indent}  `;
  const members = Object.entries(properties).map(([name, member]) => ({
    says: comment(member.description, inner),
    line: `${key(name)}${required.includes(name) ? "" : "?"}: ${typeOf(member, inner)}`,
  }));
  if (members.length === 0) {
    if (typeof additionalProperties === "object") return `{ [key: string]: ${typeOf(additionalProperties, indent)} }`;
    return additionalProperties === false ? "Record<string, never>" : anyObject;
  }
  const line = `{ ${members.map((member) => member.line).join("; ")} }`;
  if (!isTop && members.every(({ says }) => says === "") && fits(line, inner)) return line;
  return `{\n${members.map((member) => `${member.says}${inner}${member.line};\n`).join("")}${indent}}`;
}

/** What a value may be, one type each. */
function alternatives(schema: JsonSchema, indent: string, isTop: boolean): string[] {
  const { $ref, anyOf, oneOf, allOf, enum: words, type, items } = schema;
  if ($ref !== undefined) return [nameIn($ref)];
  const choice = anyOf ?? oneOf;
  if (choice !== undefined) return choice.flatMap((member) => alternatives(member, indent, false));
  if (allOf !== undefined) return [allOf.map((member) => typeOf(member, indent)).join(" & ")];
  if ("const" in schema) return [JSON.stringify(schema.const)];
  if (words !== undefined) return words.map((word) => JSON.stringify(word));
  if (type === undefined) return ["unknown"];
  return [type].flat().map((each) => {
    if (each === "array" && items !== undefined) return arrayOf(typeOf(items, indent));
    return each === "object" ? objectType(schema, indent, isTop) : (simple[each] ?? each);
  });
}

/** The TypeScript type of a schema. `indent` is that of the line it begins on; `isTop`: it is the whole of a definition. */
export function typeOf(schema: JsonSchema, indent = "", isTop = false): string {
  const members = [...new Set(alternatives(schema, indent, isTop))];
  const line = members.join(" | ");
  const isBlock =
    members.filter((member) => member.includes("\n")).length > 1 || !fits(line.replace(/\{\n[^]*\}/u, ""), indent);
  if (members.length === 1 || !isBlock) return line;
  const inner = [...new Set(alternatives(schema, `${indent}    `, false))];
  return inner.map((member) => `\n${indent}  | ${member}`).join("");
}

const arrayOf = (element: string): string => (/^\w+$/u.test(element) ? `${element}[]` : `Array<${element}>`);

const methodTable = (name: string, says: string, methods: readonly PublishedMethod[]): string => {
  const entries = methods.map(({ method, params, needsParams, result, description }) => {
    const type = `{ params${needsParams ? "" : "?"}: ${params}; result: ${result} }`;
    return `${comment(description, "  ")}  ${key(method)}: ${type};\n`;
  });
  return `${comment(says, "")}export interface ${name} {\n${entries.join("")}}\n`;
};
const noticeTable = (name: string, says: string, entries: readonly PublishedNotification[]): string =>
  `${comment(says, "")}export interface ${name} {\n${entries
    .map(({ method, params, description }) => `${comment(description, "  ")}  ${key(method)}: ${params};\n`)
    .join("")}}\n`;

const messages = `export type RequestId = string | number;
/** A request of the client; the answer is \`ClientMethods[M]["result"]\`. */
export type ClientRequest<M extends keyof ClientMethods = keyof ClientMethods> = {
  [K in M]: { method: K; id: RequestId } & Pick<ClientMethods[K], "params">;
}[M];
/** A request of the server; the answer is \`ServerMethods[M]["result"]\`. */
export type ServerRequest<M extends keyof ServerMethods = keyof ServerMethods> = {
  [K in M]: { method: K; id: RequestId } & Pick<ServerMethods[K], "params">;
}[M];
export type ClientNotification = {
  [K in keyof ClientNotifications]: { method: K; params?: ClientNotifications[K] };
}[keyof ClientNotifications];
/** \`emittedAtMs\`: Unix ms. */
export type ServerNotification = {
  [K in keyof ServerNotifications]: { method: K; params: ServerNotifications[K]; emittedAtMs?: number };
}[keyof ServerNotifications];
export type Response = { id: RequestId; result: unknown } | { error: ResponseError; id: RequestId };
export interface ResponseError {
  code: number;
  message: string;
  data?: unknown;
}
`;

const assigned = (type: string): string => (type.startsWith("\n") ? type : ` ${type}`);

/**
 * The protocol as one TypeScript file without imports: the tables of methods and notifications, the messages, and a type for each
 * definition, in alphabetical order.
 *
 * @param origin what made it, for the first line.
 */
export function typescriptFile(protocol: Protocol, origin: string): string {
  const types = Object.entries(protocol.definitions).map(
    ([name, schema]) =>
      `${comment(schema.description, "")}export type ${name} =${assigned(typeOf(schema, "", true))};\n`,
  );
  return [
    `// ${origin}\n`,
    methodTable("ClientMethods", "Requests that the client may send.", protocol.clientMethods),
    methodTable("ServerMethods", "Requests that the server may send; each is to be answered.", protocol.serverMethods),
    noticeTable("ClientNotifications", "Notifications that the client may send.", protocol.clientNotifications),
    noticeTable("ServerNotifications", "Notifications that the server sends.", protocol.serverNotifications),
    messages,
    ...types,
  ].join("\n");
}
