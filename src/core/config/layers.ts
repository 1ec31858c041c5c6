/** A TOML table or what a client sent in its place. */
export type Table = Readonly<Record<string, unknown>>;

/** Who set a value; the shape is the wire's `ConfigLayerSource`. */
export type LayerSource =
  | { readonly type: "system"; readonly file: string }
  | { readonly type: "user"; readonly file: string; readonly profile: string | null }
  /** The folder that holds the file; the wire's name for it. */
  | { readonly type: "project"; readonly dotCodexFolder: string }
  | { readonly type: "sessionFlags" };

/** One source of settings. Later layers win, key by key. */
export interface ConfigLayer {
  readonly source: LayerSource;
  /** What of it is used; nothing if it is disabled. */
  readonly values: Table;
  /** Why it is not used; absent: it is. */
  readonly disabledReason?: string;
}

/** A table: neither an array nor a date nor any other object with a prototype of its own. */
export function isTable(value: unknown): value is Table {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** `upper` over `lower`: tables are merged, everything else is replaced. Neither is changed. */
export function merge(lower: Table, upper: Table): Table {
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const below = merged.get(key);
    merged.set(key, isTable(below) && isTable(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** A table that holds `value` at `path`. */
export function nest(path: readonly string[], value: unknown): Table {
  const [first = "", ...rest] = path;
  return Object.fromEntries([[first, rest.length === 0 ? value : nest(rest, value)]]);
}

/** The path of every value that is no table; empty tables have none. */
export function leaves(table: Table): readonly (readonly string[])[] {
  return Object.entries(table).flatMap(([key, value]) =>
    isTable(value) ? leaves(value).map((path) => [key, ...path]) : [[key]],
  );
}

/** A path as one would write it in TOML. */
export function dotted(path: readonly PropertyKey[]): string {
  return path
    .map(String)
    .map((key) => (/^[\w-]+$/.test(key) ? key : JSON.stringify(key)))
    .join(".");
}

/** Those that win over what is written into the user's file, the strongest first. */
export const layersOverFile = (layers: readonly ConfigLayer[]): readonly ConfigLayer[] =>
  layers.slice(layers.findIndex(({ source }) => source.type === "user" && source.profile === null) + 1).toReversed();
