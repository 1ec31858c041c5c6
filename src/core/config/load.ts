import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { parse, TomlError } from "smol-toml";
import type * as z from "zod";
import { dotted, isTable, merge, type ConfigLayer, type Table } from "./layers.ts";
import { parseOverride, type ConfigOverride } from "./override.ts";
import { positionOf } from "./positions.ts";
import { Config, Profile } from "./schema.ts";
import { unknownKeyWarnings } from "./unknown-keys.ts";

/**
 * The lowest layer. `sandbox_mode` has no default here: unset is read-only, or workspace-write in a trusted project.
 */
const builtIn = {
  approval_policy: "on-request",
  thread_unload_delay_secs: 30 * 60,
  project_doc_max_bytes: 32 * 1024,
  project_doc_fallback_filenames: [],
  project_root_markers: [".git"],
  history: { persistence: "save-all" },
} as const satisfies Config;

const EffectiveConfig = Config.required({
  approval_policy: true,
  thread_unload_delay_secs: true,
  project_doc_max_bytes: true,
  project_doc_fallback_filenames: true,
  project_root_markers: true,
});
/** All layers merged, with the built-in defaults. */
export type EffectiveConfig = z.infer<typeof EffectiveConfig>;

export interface LoadedConfig {
  readonly kind: "loaded";
  readonly config: EffectiveConfig;
  /** Lowest first, without the built-in one: the file, the profile, the overrides. */
  readonly layers: readonly ConfigLayer[];
  /** Sentences for the user: unknown keys, overrides without effect. */
  readonly warnings: readonly string[];
}
export type ConfigResult =
  | LoadedConfig
  /**
   * `failed to load configuration: <file>:<line>:<column>: <what is wrong and what is allowed>`; nothing of it is to be
   * used.
   */
  | { readonly kind: "failed"; readonly message: string };

export const maxConfigBytes = 1024 * 1024;

/** Carries a message out of the layers; never leaves this file. */
class BadConfig extends Error {}

/**
 * Reads `config.toml` in the home and puts the layers together: built-in < file < profile < overrides, the first
 * override lowest. A file that does not exist is an empty one. All or nothing: with one bad value nothing is loaded.
 * @param options.home absolute path of the state directory
 */
export async function loadConfig(options: {
  readonly home: string;
  readonly overrides: readonly ConfigOverride[];
}): Promise<ConfigResult> {
  const path = configPath(options.home);
  const load = async (): Promise<LoadedConfig> => {
    const text = await readConfigFile(path);
    const place = (keys: readonly string[]): string => {
      const { line, column } = positionOf(text, keys);
      return `${path}:${line}:${column}: ${dotted(keys)}`;
    };
    return assemble({ path, file: parseFile(path, text), place, overrides: options.overrides });
  };
  return load().catch((error: unknown) => failed("failed to load configuration", error));
}

/** Where the configuration stands. */
export const configPath = (home: string): string => join(home, "config.toml");

/** The text of the file and what it says, without a look at the values; for who is about to change it. */
export async function readConfigText(
  path: string,
): Promise<
  | { readonly kind: "read"; readonly text: string; readonly values: Table }
  | { readonly kind: "failed"; readonly message: string }
> {
  const read = async () => {
    const text = await readConfigFile(path);
    return { kind: "read", text, values: parseFile(path, text) } as const;
  };
  return read().catch((error: unknown) => failed("failed to load configuration", error));
}

/** What would be loaded if the file said this; a bad value is named by its key. */
export function checkConfig(options: {
  readonly path: string;
  readonly file: Table;
  readonly overrides: readonly ConfigOverride[];
}): ConfigResult {
  try {
    return assemble({ ...options, place: dotted });
  } catch (error) {
    return failed("Invalid configuration", error);
  }
}

function failed(what: string, error: unknown): { readonly kind: "failed"; readonly message: string } {
  if (error instanceof BadConfig) return { kind: "failed", message: `${what}: ${error.message}` };
  throw error;
}

/** @throws {BadConfig} */
function assemble(options: {
  readonly path: string;
  readonly file: Table;
  readonly overrides: readonly ConfigOverride[];
  readonly place: (keys: readonly string[]) => string;
}): LoadedConfig {
  const { path, file, overrides, place } = options;
  check(file, place);
  const layers: ConfigLayer[] = [{ source: { type: "user", file: path, profile: null }, values: file }];
  const warnings: string[] = [...unknownKeyWarnings(file, path)];

  let flags: Table = {};
  for (const override of overrides) {
    const parsed = parseOverride(override);
    if (parsed.kind === "bad") throw new BadConfig(parsed.message);
    check(parsed.values, (keys) => `${parsed.from} ${dotted(keys)}`);
    warnings.push(...parsed.warnings, ...unknownKeyWarnings(parsed.values, parsed.from));
    flags = merge(flags, parsed.values);
  }

  const profile = flags.profile ?? file.profile;
  if (typeof profile === "string") {
    const profiles = merge(tableAt(file, "profiles"), tableAt(flags, "profiles"));
    const values = profiles[profile];
    if (!isTable(values)) {
      const defined = Object.keys(profiles).join(", ");
      const where = flags.profile === undefined ? place(["profile"]) : "profile";
      throw new BadConfig(
        `${where}: there is no [profiles.${dotted([profile])}]${defined === "" ? "" : `; defined: ${defined}`}`,
      );
    }
    layers.push({ source: { type: "user", file: path, profile }, values: withoutOuterKeys(values) });
  }
  if (Object.keys(flags).length > 0) layers.push({ source: { type: "sessionFlags" }, values: flags });

  const merged = layers.reduce((below, layer) => merge(below, layer.values), merge({}, builtIn));
  const result = EffectiveConfig.safeParse(merged);
  // Each layer passed alone; together they can only fail by a value that is a table in one layer and something else in
  // another.
  if (!result.success) throw new BadConfig(describe(result.error.issues, dotted));
  return { kind: "loaded", config: result.data, layers, warnings: [...new Set(warnings)] };
}

async function readConfigFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxConfigBytes) throw new BadConfig(`${path}:1:1: the file is larger than ${maxConfigBytes} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    if (error instanceof BadConfig) throw error;
    if (error instanceof TypeError) throw new BadConfig(`${path}:1:1: the file is not UTF-8 text`);
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw new BadConfig(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parseFile(path: string, text: string): Table {
  try {
    return parse(text, { unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with the lines around the place, which may hold a secret.
    const [what = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new BadConfig(`${path}:${error.line}:${error.column}: ${what}`);
  }
}

function check(layer: Table, place: (keys: readonly string[]) => string): void {
  const result = Config.safeParse(layer);
  if (!result.success) throw new BadConfig(describe(result.error.issues, place));
}

/** The first issue: where, and what is allowed there. The value itself is not repeated; it may be a secret. */
function describe(issues: readonly z.core.$ZodIssue[], place: (keys: readonly string[]) => string): string {
  const [issue] = issues;
  if (issue === undefined) return "invalid";
  return `${place(issue.path.map(String))}: ${allowed(issue)}`;
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_key") return issue.issues.map(allowed).join(", ");
  if (issue.code !== "invalid_union" || issue.errors.length === 0) return issue.message;
  // Of several forms, the one that was meant: got right on the outside, or at least of the right type.
  const nested = issue.errors.filter((branch) => branch.some((inner) => inner.path.length > 0));
  const sameType = issue.errors.filter((branch) => branch.some((inner) => inner.code !== "invalid_type"));
  const meant = [nested, sameType, issue.errors].find((branches) => branches.length > 0) ?? [];
  return meant.map((branch) => branch.map(within).join(", ")).join("; or ");
}

function within(issue: z.core.$ZodIssue): string {
  return issue.path.length === 0 ? allowed(issue) : `${dotted(issue.path)}: ${allowed(issue)}`;
}

/** A profile cannot hold what only stands outside of profiles, trust above all: a client may define one. */
function withoutOuterKeys(profile: Table): Table {
  return Object.fromEntries(
    Object.entries(profile).filter(([key]) => Object.hasOwn(Profile.shape, key) || !Object.hasOwn(Config.shape, key)),
  );
}

function tableAt(table: Table, key: string): Table {
  const value = table[key];
  return isTable(value) ? value : {};
}
