import * as z from "zod";
import type { MethodTable } from "./methods.ts";

export const ConfigReadParams = z.object({
  includeLayers: z.boolean().nullish(),
  /** Absolute: with the configuration of the project that this folder lies in. */
  cwd: z.string().nullish(),
});
export const ConfigReadResponse = z.lazy(() =>
  z.looseObject({
    /** snake_case keys as in config.toml; what is unset is null or absent. */
    config: z.looseObject({}),
    /** Dotted key to the layer that set it. */
    origins: z.record(z.string(), z.looseObject({ version: z.string() })),
    /** Strongest first. `disabledReason`: why the layer, of a project that is not trusted, has no effect. */
    layers: z.array(z.looseObject({ version: z.string() })).nullish(),
  }),
);

/** One value for config.toml. `keyPath` is dotted with quotes as in TOML; a null `value` removes the key. */
export const ConfigEdit = z.lazy(() =>
  z.object({
    keyPath: z.string(),
    // Required, null included; what JSON cannot leave out is told apart from it.
    value: z.unknown().refine((value) => value !== undefined),
    /** `upsert` merges a table into the one that is there. */
    mergeStrategy: z.enum(["replace", "upsert"]),
  }),
);

const target = {
  /** Absolute; only the home's config.toml is written, which is the default. */
  filePath: z.string().nullish(),
  /** Version of the file's layer by `config/read`; another one is refused. */
  expectedVersion: z.string().nullish(),
};

const ConfigWriteResponse = z.lazy(() =>
  z.looseObject({
    /** `okOverridden`: written, but a stronger layer says otherwise. */
    status: z.enum(["ok", "okOverridden"]),
    version: z.string(),
    filePath: z.string(),
    overriddenMetadata: z
      .looseObject({
        message: z.string(),
        overridingLayer: z.looseObject({ version: z.string() }),
        effectiveValue: z.unknown(),
      })
      .nullish(),
  }),
);

/** Edits of one request: all are made or none. */
const maxEdits = 1000;

export const configMethods = {
  /**
   * The configuration in force, and which layer set what.
   * @error `failed to load configuration: <path>:<line>:<column>: …`: `config.toml` cannot be read.
   */
  "config/read": { params: ConfigReadParams, result: ConfigReadResponse },
  /**
   * Writes one value into `config.toml`; comments and layout stay. The whole file must be valid afterwards.
   * @notifies configWarning
   * @error With `data.config_write_error_code`: the version is another one, the file cannot be read or written, or
   *   the value does not fit.
   */
  "config/value/write": {
    params: z.lazy(() => ConfigEdit.unwrap().extend(target)),
    result: ConfigWriteResponse,
  },
  /**
   * Writes several values into `config.toml`, all or none.
   * @notifies configWarning
   * @error As for `config/value/write`.
   */
  "config/batchWrite": {
    params: z.lazy(() =>
      z.object({
        edits: z.array(ConfigEdit).max(maxEdits),
        ...target,
        /** Loaded threads keep what they were started with either way. */
        reloadUserConfig: z.boolean().nullish(),
      }),
    ),
    result: ConfigWriteResponse,
  },
  /** What an administrator demands; there is nothing of the kind. */
  "configRequirements/read": {
    params: z.object({}).nullish(),
    result: z.looseObject({ requirements: z.looseObject({}).nullish() }),
  },
} as const satisfies MethodTable;
