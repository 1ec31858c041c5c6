import { join } from "node:path";
import type * as z from "zod";
import { BadConfig, check, describe } from "./bad-config.ts";
import { configFile, parseFile, placeIn, readConfigFile, type ConfigFile } from "./config-file.ts";
import { dotted, isTable, merge, type ConfigLayer, type Table } from "./layers.ts";
import { parseOverride, type ConfigOverride } from "./override.ts";
import { readProjectFiles } from "./project-files.ts";
import { Config, Profile } from "./schema.ts";
import { projectOf } from "./trust.ts";
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
  /** Lowest first, without the built-in one: the system's file, the user's, those of the project, the profile, the overrides. */
  readonly layers: readonly ConfigLayer[];
  /** Sentences for the user: unknown keys, overrides without effect. */
  readonly warnings: readonly string[];
  /** The same of the project's files. */
  readonly projectWarnings: readonly string[];
  /** Whether the user trusts the folder that it was loaded for; false for none. */
  readonly isTrusted: boolean;
}
export type ConfigResult =
  | LoadedConfig
  /**
   * `failed to load configuration: <file>:<line>:<column>: <what is wrong and what is allowed>`; nothing of it is to be
   * used.
   */
  | { readonly kind: "failed"; readonly message: string };

/** Where configuration may stand. */
export interface ConfigPlaces {
  /** Absolute path of the state directory. */
  readonly home: string;
  /** Absolute path of the machine's own config.toml, below the user's; null: there is none. It need not exist. */
  readonly systemFile: string | null;
}

/**
 * Puts the layers together: built-in < the system's file < config.toml of the home < those of the project < profile < overrides, the
 * first override lowest. A file that does not exist is an empty one. All or nothing: with one bad value nothing is loaded.
 * @param options.cwd absolute; null: for no folder, so without a project
 */
export async function loadConfig(
  options: ConfigPlaces & { readonly cwd: string | null; readonly overrides: readonly ConfigOverride[] },
): Promise<ConfigResult> {
  const { cwd, home, systemFile, overrides } = options;
  const load = async (): Promise<LoadedConfig> => {
    const user = configPath(home);
    const read = await Promise.all([
      systemFile === null ? null : ownFile(systemFile, { type: "system", file: systemFile }),
      ownFile(user, { type: "user", file: user, profile: null }),
    ]);
    const files = read.filter((file) => file !== null);
    const loaded = assemble({ files, project: [], overrides });
    if (cwd === null) return loaded;
    const project = await projectOf(cwd, loaded.config);
    const own = await readProjectFiles(project, home);
    const { isTrusted } = project;
    return { ...(own.length === 0 ? loaded : assemble({ files, project: own, overrides })), isTrusted };
  };
  return load().catch((error: unknown) => failed("failed to load configuration", error));
}

/** A file of the user's or the system's. */
async function ownFile(path: string, source: ConfigLayer["source"]): Promise<ConfigFile | null> {
  const text = await readConfigFile(path);
  // Most machines have no file of their own; then it is no layer.
  if (source.type === "system" && text === "") return null;
  return configFile(path, source, parseFile(path, text), placeIn(path, text));
}

/** Where the user's configuration stands. */
export const configPath = (home: string): string => join(home, "config.toml");

/** The text of a file and what it says, without a look at the values; for who is about to change it. */
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

/** What would be loaded for no folder if the user's file said this; a bad value is named by its key. */
export async function checkConfig(
  options: ConfigPlaces & { readonly file: Table; readonly overrides: readonly ConfigOverride[] },
): Promise<ConfigResult> {
  const { home, systemFile, file, overrides } = options;
  const path = configPath(home);
  const check = async (): Promise<LoadedConfig> => {
    const system = systemFile === null ? null : await ownFile(systemFile, { type: "system", file: systemFile });
    const user = configFile(path, { type: "user", file: path, profile: null }, file, dotted);
    return assemble({ files: [system, user].filter((known) => known !== null), project: [], overrides });
  };
  return check().catch((error: unknown) => failed("Invalid configuration", error));
}

function failed(what: string, error: unknown): { readonly kind: "failed"; readonly message: string } {
  if (error instanceof BadConfig) return { kind: "failed", message: `${what}: ${error.message}` };
  throw error;
}

/** @throws {BadConfig} */
function assemble(options: {
  /** The system's and the user's. */
  readonly files: readonly ConfigFile[];
  readonly project: readonly ConfigFile[];
  readonly overrides: readonly ConfigOverride[];
}): LoadedConfig {
  const { files, project, overrides } = options;
  const warnings: string[] = files.flatMap((file) => file.warnings);

  let flags: Table = {};
  for (const override of overrides) {
    const parsed = parseOverride(override);
    if (parsed.kind === "bad") throw new BadConfig(parsed.message);
    check(parsed.values, (keys) => `${parsed.from} ${dotted(keys)}`);
    warnings.push(...parsed.warnings, ...unknownKeyWarnings(parsed.values, parsed.from));
    flags = merge(flags, parsed.values);
  }

  const layers = [
    ...[...files, ...project].map(({ source, values, disabledReason }) => ({
      source,
      values,
      ...(disabledReason === undefined ? {} : { disabledReason }),
    })),
    ...profileLayers(files, flags),
    ...(Object.keys(flags).length > 0 ? [{ source: { type: "sessionFlags" }, values: flags } as const] : []),
  ];
  const merged = layers.reduce((below, layer) => merge(below, layer.values), merge({}, builtIn));
  const result = EffectiveConfig.safeParse(merged);
  // Each layer passed alone; together they can only fail by a value that is a table in one layer and something else in
  // another.
  if (!result.success) throw new BadConfig(describe(result.error.issues, dotted));
  return {
    kind: "loaded",
    config: result.data,
    layers,
    warnings: [...new Set(warnings)],
    projectWarnings: project.flatMap((file) => file.warnings),
    isTrusted: false,
  };
}

/** What the chosen profile says in each place that defines it; a project neither defines nor chooses one. @throws {BadConfig} */
function profileLayers(files: readonly ConfigFile[], flags: Table): readonly ConfigLayer[] {
  const chooser = files.findLast(({ values }) => values.profile !== undefined);
  const profile = flags.profile ?? chooser?.values.profile;
  if (typeof profile !== "string") return [];
  const defining = [...files.map((file) => ({ path: file.path, values: file.values })), { path: null, values: flags }];
  const layers: ConfigLayer[] = [];
  let userFile = "";
  for (const { path, values } of defining) {
    const said = tableAt(values, "profiles")[profile];
    userFile = path ?? userFile;
    if (!isTable(said)) continue;
    layers.push({ source: { type: "user", file: userFile, profile }, values: withoutOuterKeys(said) });
  }
  if (layers.length > 0) return layers;
  const defined = [...new Set(defining.flatMap(({ values }) => Object.keys(tableAt(values, "profiles"))))].join(", ");
  const where = flags.profile === undefined && chooser !== undefined ? chooser.place(["profile"]) : "profile";
  throw new BadConfig(
    `${where}: there is no [profiles.${dotted([profile])}]${defined === "" ? "" : `; defined: ${defined}`}`,
  );
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
