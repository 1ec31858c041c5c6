import { parse } from "smol-toml";
import { isTable, merge, nest, type Table } from "./layers.ts";

/**
 * What is set over the file for one process or one thread: a string is a `-c key=value` of the command line, an object
 * the `config` map of a client, with dotted keys.
 */
export type ConfigOverride = string | Readonly<Record<string, unknown>>;

export type ParsedOverride =
  | { readonly kind: "parsed"; readonly values: Table; readonly from: string; readonly warnings: readonly string[] }
  | { readonly kind: "bad"; readonly message: string };

/**
 * Reads an override. The value behind `-c key=` is TOML; what is no TOML value is taken as a string, so `-c
 * model=gpt-5.5` needs no quotes. A client cannot set `projects`: trust is given by an act of the user, never by a
 * message. A null in a client's map sets nothing.
 */
export function parseOverride(override: ConfigOverride): ParsedOverride {
  if (typeof override === "string") {
    const equals = override.indexOf("=");
    const path = equals === -1 ? null : parseKey(override.slice(0, equals));
    if (path === null) return { kind: "bad", message: "-c takes key=value, such as -c model=gpt-5.5" };
    return { kind: "parsed", values: nest(path, parseValue(override.slice(equals + 1))), from: "-c", warnings: [] };
  }
  let values: Table = {};
  const warnings: string[] = [];
  for (const [key, value] of Object.entries(override)) {
    if (value === null || value === undefined) continue;
    const path = parseKey(key);
    if (path === null) return { kind: "bad", message: `config override ${JSON.stringify(key)}: expected a dotted key` };
    if (path[0] === "projects") {
      warnings.push("config override projects has no effect: a client cannot trust a folder");
      continue;
    }
    values = merge(values, nest(path, value));
  }
  return { kind: "parsed", values, from: "config override", warnings };
}

/** The parts of a dotted key, or null. `a."b.c"` has two. */
export function parseKey(text: string): readonly string[] | null {
  if (text.includes("\n")) return null;
  let table: unknown;
  try {
    table = parse(`${text} = 0`, { unsafeKeyBehaviour: "throw" });
  } catch {
    return null;
  }
  const path: string[] = [];
  while (isTable(table)) {
    const [entry, ...others] = Object.entries(table);
    if (entry === undefined || others.length > 0) return null;
    path.push(entry[0]);
    table = entry[1];
  }
  return path;
}

function parseValue(text: string): unknown {
  try {
    const table = parse(`value = ${text}`, { unsafeKeyBehaviour: "throw" });
    // More than one key: the text went on after the value, so it was none.
    return Object.keys(table).length === 1 ? table.value : text;
  } catch {
    return text;
  }
}
