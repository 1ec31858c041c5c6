import { isDeepStrictEqual } from "node:util";
import { valueAt } from "./changes.ts";
import { dotted, isTable, type Table } from "./layers.ts";
import { parseKey } from "./override.ts";
import { mask } from "./read.ts";

/** One edit of a client. */
export interface ConfigEdit {
  /** Dotted, with quotes as in TOML: `projects."/a/b".trust_level`. */
  readonly keyPath: string;
  /** JSON; null removes the key. */
  readonly value: unknown;
  /** `upsert` merges a table into the one that is there; everything else is replaced. */
  readonly mergeStrategy: "replace" | "upsert";
}

/** An edit that is not made. The message says what is wrong and what to do; it never repeats a value. */
export class EditRefused extends Error {}

const maxKeyPathChars = 1024;
const maxDepth = 32;

/** The keys of a path. @throws {EditRefused} */
export function editPath(keyPath: string): readonly string[] {
  if (keyPath === "") throw new EditRefused("keyPath must not be empty");
  if (/^\.|\.\.|\.$/.test(keyPath.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "q"))) {
    throw new EditRefused("keyPath segments must not be empty");
  }
  const path = keyPath.length > maxKeyPathChars ? null : parseKey(keyPath);
  if (path === null || path.length > maxDepth) {
    throw new EditRefused(
      `keyPath ${JSON.stringify(keyPath.slice(0, 100))} is no dotted key; quote a part that is not plain, as in projects."/a/b".trust_level`,
    );
  }
  return path;
}

/**
 * The table with the edits made, one after the other.
 * @throws {EditRefused} for a path that leads through a value, and for a value that TOML does not have
 */
export function applyEdits(table: Table, edits: readonly ConfigEdit[]): Table {
  return edits.reduce((below, { keyPath, value, mergeStrategy }) => {
    const path = editPath(keyPath);
    return put(below, path, { value, above: [], isUpsert: mergeStrategy === "upsert" });
  }, table);
}

interface Written {
  readonly value: unknown;
  readonly above: readonly string[];
  readonly isUpsert: boolean;
}

function put(table: Table, [key = "", ...rest]: readonly string[], written: Written): Table {
  const path = [...written.above, key];
  const old = Object.hasOwn(table, key) ? table[key] : undefined;
  const next = { ...written, above: path };
  const others = Object.entries(table).filter(([name]) => name !== key);
  if (rest.length === 0) {
    const value = written.value === null ? undefined : clean(old, next);
    if (value === undefined) return Object.fromEntries(others);
    return Object.fromEntries(old === undefined ? [...others, [key, value]] : inPlace(table, key, value));
  }
  if (old === undefined) return written.value === null ? table : { ...table, [key]: put({}, rest, next) };
  if (!isTable(old)) {
    throw new EditRefused(`${dotted(path)} is no table, so it has no ${dotted(rest)}; remove or replace it first`);
  }
  return Object.fromEntries(inPlace(table, key, put(old, rest, next)));
}

const inPlace = (table: Table, key: string, value: unknown): [string, unknown][] =>
  Object.entries(table).map(([name, member]) => [name, name === key ? value : member]);

/** The value as it is written over the old one. */
function clean(old: unknown, { value, above: path, isUpsert }: Written): unknown {
  if (path.length > maxDepth) throw new EditRefused(`${dotted(path.slice(0, 3))} is nested too deeply`);
  if (path.at(-1) === "__proto__") throw new EditRefused(`${dotted(path)} is no name for a key`);
  if (isTable(value)) {
    const below = isTable(old) ? old : {};
    const start: Table = isUpsert ? below : {};
    return Object.entries(value).reduce<Table>((table, [key, member]) => {
      const before = Object.hasOwn(below, key) ? below[key] : undefined;
      const others = Object.entries(table).filter(([name]) => name !== key);
      if (member === null) return Object.fromEntries(others);
      return Object.fromEntries([...others, [key, clean(before, { value: member, above: [...path, key], isUpsert })]]);
    }, start);
  }
  if (Array.isArray(value)) {
    // In a list of another length nobody knows which secret a mask stands for.
    const before: readonly unknown[] = Array.isArray(old) && old.length === value.length ? old : [];
    return value.map((element: unknown, index) =>
      clean(before[index], { value: element, above: [...path, String(index)], isUpsert: false }),
    );
  }
  if (value === null) throw new EditRefused(`${dotted(path)}: TOML has no null`);
  if (typeof value !== "string") return value;
  if (!value.isWellFormed()) throw new EditRefused(`${dotted(path)}: the text holds half a character`);
  if (value !== mask) return value;
  // What a client has read and writes back: the secret behind it stays.
  if (typeof old === "string") return old;
  throw new EditRefused(`${dotted(path)}: ${mask} stands for a secret that is not shown; it is no value`);
}

/**
 * What no client may write, whoever it is: a connection proves nothing about the person behind it.
 * @param options.builtInProviders ids that the program defines itself
 * @throws {EditRefused}
 */
export function guardEdits(
  before: Table,
  after: Table,
  options: { readonly builtInProviders: readonly string[]; readonly path: string },
): void {
  for (const folder of tableKeys(after, ["projects"])) {
    const at = ["projects", folder, "trust_level"];
    if (valueAt(after, at) === "trusted" && valueAt(before, at) !== "trusted") {
      throw new EditRefused(
        `${dotted(at)}: a client cannot trust a folder, you can: add [${dotted(at.slice(0, 2))}] with trust_level = "trusted" to ${options.path} yourself`,
      );
    }
  }
  for (const id of tableKeys(after, ["model_providers"])) {
    const at = ["model_providers", id];
    // Where a key of the user's goes must not change under a name that the user knows.
    if (options.builtInProviders.includes(id) && !isDeepStrictEqual(valueAt(before, at), valueAt(after, at))) {
      throw new EditRefused(
        `${dotted(at)} is built in, so a client cannot change it; write a provider with a name of its own and set model_provider to it`,
      );
    }
    const token = [...at, "experimental_bearer_token"];
    if (valueAt(after, token) !== undefined && valueAt(after, token) !== valueAt(before, token)) {
      throw new EditRefused(
        `${dotted(token)}: keys are not kept in config.toml; set env_key, and give the key by account/login/start or in the environment`,
      );
    }
  }
}

function tableKeys(table: Table, path: readonly string[]): readonly string[] {
  const value = valueAt(table, path);
  return isTable(value) ? Object.keys(value) : [];
}
