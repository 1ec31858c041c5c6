import { createHash } from "node:crypto";
import { dotted, isTable, leaves, type ConfigLayer, type LayerSource, type Table } from "./layers.ts";
import type { LoadedConfig } from "./load.ts";
import { Config } from "./schema.ts";

export interface LayerMetadata {
  readonly name: LayerSource;
  /** Changes with the layer's content. */
  readonly version: string;
}
/** The result of `config/read`. */
export interface ConfigReadResult {
  readonly config: Table;
  readonly origins: Readonly<Record<string, LayerMetadata>>;
  readonly layers?: readonly (LayerMetadata & { readonly config: Table; readonly disabledReason?: string })[];
}

/**
 * The answer to `config/read`: effective values (known keys that are unset are null), the layer that set each of them,
 * and with `includeLayers` the layers, strongest first. Values that are or may be secrets are masked, since the answer
 * goes to views.
 */
export function readConfig(loaded: LoadedConfig, options: { readonly includeLayers: boolean }): ConfigReadResult {
  const unset = Object.fromEntries(Object.keys(Config.shape).map((key) => [key, null]));
  const origins = new Map<string, LayerMetadata>();
  for (const layer of loaded.layers) {
    for (const path of leaves(layer.values)) {
      // A profile is a layer of its own; what it says there is not in effect by itself.
      if (path[0] !== "profiles") origins.set(dotted(path), metadata(layer));
    }
  }
  const config = { ...unset, ...maskSecrets(loaded.config, []), tools: publishedTools(loaded.config.tools) };
  return {
    config,
    origins: Object.fromEntries(origins),
    ...(options.includeLayers
      ? {
          layers: loaded.layers.toReversed().map((layer) => ({
            ...metadata(layer),
            config: maskSecrets(layer.values, []),
            ...(layer.disabledReason === undefined ? {} : { disabledReason: layer.disabledReason }),
          })),
        }
      : {}),
  };
}

/** On the wire `web_search` is its settings or null; in the file it may be a plain yes or no. */
function publishedTools(tools: Config["tools"]): Table | null {
  if (tools === undefined) return null;
  const { web_search: webSearch, ...rest } = tools;
  return { ...rest, web_search: webSearch === true ? {} : webSearch === false ? null : (webSearch ?? null) };
}

/** A layer as the wire names it. */
export function metadata(layer: ConfigLayer): LayerMetadata {
  const digest = createHash("sha256")
    .update(JSON.stringify(sorted(layer.values)))
    .digest("hex");
  return { name: layer.source, version: `sha256:${digest}` };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isTable(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, sorted(member)]),
  );
}

/** Tables whose every value may be a secret, and names that say so of one value anywhere below. */
const secretTables = new Set(["env", "set", "http_headers", "query_params"]);
const secretName = /token$|secret|password|cookie|signature|authorization|api[-_]?key|^key$/i;

/** What a secret is replaced by. */
export const mask = "[redacted]";

export function maskSecrets(table: Table, path: readonly string[]): Table {
  return Object.fromEntries(
    Object.entries(table).map(([key, value]) => {
      const table = path.at(-1) ?? "";
      // What a program is called with to get a key may lead to the key.
      const isSecret = secretTables.has(table) || secretName.test(key) || (table === "auth" && key === "args");
      return [key, masked(value, [...path, key], isSecret)];
    }),
  );
}

function masked(value: unknown, path: readonly string[], isSecret: boolean): unknown {
  if (isTable(value)) return maskSecrets(value, path);
  if (Array.isArray(value)) return value.map((element: unknown) => masked(element, path, isSecret));
  return isSecret && typeof value === "string" ? mask : value;
}
