import { isTable, type Table } from "./layers.ts";

/**
 * Values and keys as TOML 1.0 text, on one line each, so that every other reader of a shared config.toml understands
 * them.
 */

/** A path as the left side of `=` or between brackets. */
export function keyText(path: readonly string[]): string {
  return path.map((key) => (/^[\w-]+$/.test(key) ? key : stringText(key))).join(".");
}

/** A value of JSON; tables are written inline. A date that came out of a parser writes itself. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return stringText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return `[${value.map(valueText).join(", ")}]`;
  if (isTable(value)) {
    const members = Object.entries(value).map(([key, member]) => `${keyText([key])} = ${valueText(member)}`);
    return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
  }
  throw new TypeError(`TOML has no ${value === null ? "null" : typeof value}.`);
}

/** A table as sections: its own values under its heading, its tables under theirs. No line is empty at either end. */
export function sectionsText(path: readonly string[], table: Table, newline: string): string {
  const own = Object.entries(table).filter(([, value]) => !isTable(value));
  const below = Object.entries(table).filter(([, value]) => isTable(value));
  const parts: string[] = [];
  if (own.length > 0 || below.length === 0) {
    parts.push(
      [`[${keyText(path)}]`, ...own.map(([key, value]) => `${keyText([key])} = ${valueText(value)}`)].join(newline),
    );
  }
  for (const [key, value] of below) if (isTable(value)) parts.push(sectionsText([...path, key], value, newline));
  return parts.join(newline + newline);
}

/** JSON's escapes are TOML's too; TOML wants DEL escaped as well. */
const stringText = (text: string): string => JSON.stringify(text).replaceAll("\x7f", "\\u007F");

function numberText(value: number): string {
  if (Number.isInteger(value)) {
    // Beyond 64 bits TOML has no integer; as a float it is what JSON means by it.
    if (Object.is(value, -0)) return "-0.0";
    return Number.isSafeInteger(value) ? String(value) : value.toExponential();
  }
  if (Number.isNaN(value)) return "nan";
  return value === Infinity ? "inf" : value === -Infinity ? "-inf" : String(value);
}
