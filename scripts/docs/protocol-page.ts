import type { Protocol, PublishedMethod, PublishedNotification } from "../../src/protocol/published/definitions.ts";
import { type JsonSchema, nameIn } from "../../src/protocol/published/json-schema.ts";
import { typeOf } from "../../src/protocol/published/typescript.ts";
import type { EntryComment } from "./doc-comments.ts";

export interface PageParts {
  /** With everything experimental. */
  readonly protocol: Protocol;
  readonly entries: ReadonlyMap<string, EntryComment>;
  /** Markdown that comes first. */
  readonly intro: string;
}

/** docs/protocol.md: the introduction, then every method, request, notification and type of the tables. */
export function protocolPage({ protocol, entries, intro }: PageParts): string {
  const { clientMethods, serverMethods, serverNotifications, clientNotifications, definitions } = protocol;
  const methods = [...clientMethods, ...serverMethods];
  const notifications = [...serverNotifications, ...clientNotifications];
  const shownInPlace = new Set([
    ...methods.flatMap(({ stem, params, result }) => [params, result, `${stem}Params`, `${stem}Response`]),
    ...notifications.flatMap(({ stem, params }) => [params, `${stem}Notification`]),
  ]);
  const types = Object.entries(definitions).filter(([name]) => !shownInPlace.has(name));
  const page: Page = { definitions, entries, linked: new Set(types.map(([name]) => name)) };
  const groups = Map.groupBy(clientMethods, ({ method }) => resourceOf(method));
  return `${[
    intro.trim(),
    "## Index",
    ...[...groups].map(([resource, found]) => `${resource}: ${found.map(({ method }) => link(method)).join(" · ")}`),
    `Requests of the server: ${serverMethods.map(({ method }) => link(method)).join(" · ")}`,
    ...[...groups].flatMap(([resource, found]) => [
      `## Methods: ${resource}`,
      ...found.flatMap((entry) => methodSection(entry, page)),
    ]),
    "## Requests of the server",
    "The server asks, the client answers. A request that the client cannot serve is answered with an error; the server then does without.",
    ...serverMethods.flatMap((entry) => methodSection(entry, page)),
    "## Notifications of the server",
    ...serverNotifications.flatMap((entry) => notificationSection(entry, page)),
    "## Notifications of the client",
    ...clientNotifications.flatMap((entry) => notificationSection(entry, page)),
    "## Types",
    ...types.flatMap(([name, schema]) => [`### ${name}`, ...definitionBody(schema, page)]),
  ].join("\n\n")}\n`;
}

interface Page {
  readonly definitions: Protocol["definitions"];
  readonly entries: ReadonlyMap<string, EntryComment>;
  /** Types that have a section of their own. */
  readonly linked: ReadonlySet<string>;
}

const resourceOf = (method: string): string => method.split("/")[0] ?? method;
/** The anchor that Markdown renderers give to a heading. */
export const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\s-]/gu, "")
    .replaceAll(" ", "-");
const link = (heading: string): string => `[\`${heading}\`](#${anchorOf(heading)})`;

function methodSection(entry: PublishedMethod, page: Page): string[] {
  const { notifies = [], errors = [] } = page.entries.get(entry.method) ?? {};
  return [
    ...heading(entry, page),
    ...labelled("Params", entry.params, page, entry.experimentalParams),
    ...labelled("Result", entry.result, page),
    ...(notifies.length === 0 ? [] : [`**Notifications**: ${notifies.map(link).join(", ")}`]),
    ...(errors.length === 0 ? [] : [`**Errors**\n\n${errors.map((error) => `- ${error}`).join("\n")}`]),
  ];
}

const notificationSection = (entry: PublishedNotification, page: Page): string[] => [
  ...heading(entry, page),
  ...labelled("Params", entry.params, page),
];

function heading({ method, isExperimental }: PublishedNotification, { entries }: Page): string[] {
  const says = entries.get(method)?.text ?? "";
  return [`### \`${method}\``, ...(isExperimental ? ["*Experimental.*"] : []), ...(says === "" ? [] : [says])];
}

function labelled(label: string, name: string, page: Page, experimental: readonly string[] = []): string[] {
  const schema = resolved({ $ref: `#/definitions/${name}` }, page);
  const rows = rowsOf(schema, "", page, experimental);
  const says = schema.description === undefined ? "" : ` ${schema.description}`;
  if (schema.type === "object" && rows.length === 0) return [`**${label}**: none.${says}`];
  if (schema.type === "object") return [`**${label}**${says === "" ? "" : `:${says}`}`, table(rows)];
  return [`**${label}**: ${shownType(schema, page)}.${says}`];
}

function definitionBody(schema: JsonSchema, page: Page): string[] {
  const says = schema.description === undefined ? [] : [schema.description];
  const choice = schema.anyOf ?? schema.oneOf;
  if (choice !== undefined) {
    return [...says, `One of\n\n${choice.map((member) => `- ${shownType(member, page)}`).join("\n")}`];
  }
  if (schema.type !== "object") return [...says, shownType(schema, page)];
  const rows = rowsOf(schema, "", page, []);
  return [...says, rows.length === 0 ? "An object." : table(rows)];
}

/** The definition itself, past aliases. */
function resolved(schema: JsonSchema, page: Page): JsonSchema {
  const target = schema.$ref === undefined ? undefined : page.definitions[nameIn(schema.$ref)];
  return target === undefined ? schema : resolved(target, page);
}

interface Row {
  readonly name: string;
  readonly isRequired: boolean;
  readonly type: string;
  readonly says: string;
}

/** A row per member; members of an object that has no name follow it, with its name before theirs. */
function rowsOf(schema: JsonSchema, prefix: string, page: Page, experimental: readonly string[]): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const nested = objectIn(member);
    const marks = experimental.includes(name) ? "*Experimental.* " : "";
    const preset = member.default === undefined ? "" : ` Default \`${JSON.stringify(member.default)}\`.`;
    const row: Row = {
      name: `${prefix}${name}`,
      isRequired: schema.required?.includes(name) ?? false,
      type: nested === null ? shownType(member, page) : nested.words,
      says: `${marks}${member.description ?? ""}${preset}`.trim(),
    };
    return [row, ...(nested === null ? [] : rowsOf(nested.schema, `${prefix}${name}${nested.suffix}.`, page, []))];
  });
}

/** The object with members of its own that a member holds, in a list or not, null or not. */
function objectIn(schema: JsonSchema): { schema: JsonSchema; words: string; suffix: string } | null {
  const choice = schema.anyOf?.filter(({ type }) => type !== "null");
  const [only] = choice ?? [schema];
  if (only === undefined || (choice?.length ?? 1) > 1) return null;
  const orNull = choice === undefined ? "" : " | null";
  if (only.type === "array" && only.items?.properties !== undefined) {
    return { schema: only.items, words: code(`object[]${orNull}`), suffix: "[]" };
  }
  if (only.type !== "object" || only.properties === undefined || Object.keys(only.properties).length === 0) return null;
  return { schema: only, words: code(`object${orNull}`), suffix: "" };
}

const code = (text: string): string => `\`${text}\``;

/** A type in words; what has a section of its own is a link to it. */
function shownType(schema: JsonSchema, { linked }: Page): string {
  const type = typeOf(schema)
    .replaceAll(/\s+/gu, " ")
    .replace(/^ ?\| /u, "")
    .trim();
  if (/[{&]/u.test(type)) return code(type);
  const parts = type.split(" | ").map((part) => {
    const name = part.replace(/\[\]$/u, "");
    return linked.has(name) ? `${link(name)}${part.slice(name.length)}` : code(part);
  });
  return parts.some((part) => part.startsWith("[")) ? parts.join(" | ") : code(type);
}

const table = (rows: readonly Row[]): string =>
  [
    "| member | type | |",
    "|---|---|---|",
    ...rows.map(({ name, isRequired, type, says }) => {
      const cells = [`\`${name}\`${isRequired ? "" : "?"}`, type, says];
      return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", "<br>")).join(" | ")} |`;
    }),
  ].join("\n");
