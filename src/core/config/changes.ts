import { isDeepStrictEqual } from "node:util";
import { isTable, type Table } from "./layers.ts";

/** One step from a table to another. `set` stands for whatever was at the path before, a table too. */
export type Change =
  | { readonly kind: "set"; readonly path: readonly string[]; readonly value: unknown }
  | { readonly kind: "remove"; readonly path: readonly string[] };

/** The fewest steps that turn `before` into `after`: what is equal in both is not touched, inside of tables either. */
export function changesBetween(before: Table, after: Table): readonly Change[] {
  const changes: Change[] = [];
  collect(before, after, [], changes);
  // What goes leaves the names that what comes may take.
  return [...changes.filter(({ kind }) => kind === "remove"), ...changes.filter(({ kind }) => kind === "set")];
}

function collect(before: Table, after: Table, above: readonly string[], changes: Change[]): void {
  for (const key of Object.keys(before)) {
    if (!Object.hasOwn(after, key)) changes.push({ kind: "remove", path: [...above, key] });
  }
  for (const [key, value] of Object.entries(after)) {
    const path = [...above, key];
    const old = Object.hasOwn(before, key) ? before[key] : undefined;
    if (isTable(old) && isTable(value)) collect(old, value, path, changes);
    else if (!isDeepStrictEqual(old, value)) changes.push({ kind: "set", path, value });
  }
}

/** The value at a path, or undefined. */
export function valueAt(table: Table, path: readonly string[]): unknown {
  let value: unknown = table;
  for (const key of path) {
    if (!isTable(value) || !Object.hasOwn(value, key)) return undefined;
    value = value[key];
  }
  return value;
}
