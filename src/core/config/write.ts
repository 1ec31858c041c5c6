import { lstat, readFile, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { parse } from "smol-toml";
import { replaceFile } from "../replace-file.ts";
import { changesBetween, valueAt } from "./changes.ts";
import { editToml } from "./edit-toml.ts";
import { applyEdits, editPath, EditRefused, guardEdits, type ConfigEdit } from "./edits.ts";
import { maxConfigBytes } from "./config-file.ts";
import { isTable, layersOverFile, nest, type ConfigLayer, type Table } from "./layers.ts";
import { checkConfig, configPath, readConfigText, type ConfigPlaces, type LoadedConfig } from "./load.ts";
import { maskSecrets, metadata, type LayerMetadata } from "./read.ts";

export interface ConfigWriteRequest {
  /** All are made or none. */
  readonly edits: readonly ConfigEdit[];
  /** Absolute; null: config.toml in the home, which is also the only one that is written. */
  readonly filePath: string | null;
  /** Of the file's layer, as `config/read` gave it; null: whatever it is now. */
  readonly expectedVersion: string | null;
}
export type ConfigWriteResult =
  | {
      readonly kind: "written";
      readonly version: string;
      readonly filePath: string;
      /** What was written and has no effect, because a stronger layer says otherwise. */
      readonly overridden: Overridden | null;
      /** Sentences for the user, about what was written: keys that nobody knows. */
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "refused";
      readonly code: "configLayerReadonly" | "configVersionConflict" | "configValidationError";
      readonly message: string;
    };
export interface Overridden {
  readonly message: string;
  readonly overridingLayer: LayerMetadata;
  readonly effectiveValue: unknown;
}

export interface ConfigWriterOptions extends ConfigPlaces {
  /** `-c` of this process. */
  readonly overrides: readonly string[];
  readonly builtInProviders: readonly string[];
  /** Keeps other processes out; resolves with the release, or with null when another one does not let go. */
  readonly lock: (path: string) => Promise<(() => void) | null>;
}

/** Characters looked through in one write: each change reads the text anew. */
const maxWork = 16 * 1024 * 1024;

/**
 * Writes values into config.toml and keeps its comments and layout. A file with a bad value is not written. One write
 * after the other, in this process and among all; a file that somebody else changes meanwhile is left as they made it.
 */
export function createConfigWriter(
  options: ConfigWriterOptions,
): (request: ConfigWriteRequest) => Promise<ConfigWriteResult> {
  let last: Promise<unknown> = Promise.resolve();
  return (request) => {
    const mine = last.then(() => writeInTurn(options, request).catch(refusalOf));
    last = mine.catch(() => undefined); // its own caller hears of it
    return mine;
  };
}

const refuse = (code: Extract<ConfigWriteResult, { kind: "refused" }>["code"], message: string): ConfigWriteResult => ({
  kind: "refused",
  code,
  message,
});

function refusalOf(error: unknown): ConfigWriteResult {
  if (error instanceof EditRefused) return refuse("configValidationError", error.message);
  if (error instanceof Error && "syscall" in error) {
    return refuse("configLayerReadonly", `the configuration cannot be written: ${error.message}`);
  }
  throw error;
}

async function writeInTurn(options: ConfigWriterOptions, request: ConfigWriteRequest): Promise<ConfigWriteResult> {
  const path = configPath(options.home);
  const target = await targetOf(path);
  const standing = await stat(target).catch(() => null); // not made yet
  if (standing?.isFile() === false) return refuse("configLayerReadonly", `${path} is no regular file`);
  const asked = request.filePath === null ? path : resolve(request.filePath);
  if (asked !== path && asked !== target) {
    return refuse("configLayerReadonly", `Only writes to the user config are allowed, which is ${path}`);
  }
  const release = await options.lock(target);
  if (release === null) {
    return refuse("configVersionConflict", `${path} is being written by another process. Try again.`);
  }
  try {
    // A file keeps its permissions; a new one is for its owner alone.
    return await write(options, request, { path, target, mode: (standing?.mode ?? 0o600) & 0o777 });
  } finally {
    release();
  }
}

/** Where the file really stands: a link to it is kept. */
async function targetOf(path: string): Promise<string> {
  return realpath(path).catch(async (error: unknown) => {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    const isLink = await lstat(path).then(
      (info) => info.isSymbolicLink(),
      () => false,
    );
    if (isLink) throw new EditRefused(`${path} is a link to a file that does not exist`);
    return path;
  });
}

async function write(
  { home, systemFile, overrides, builtInProviders }: ConfigWriterOptions,
  { edits, expectedVersion }: ConfigWriteRequest,
  { path, target, mode }: { readonly path: string; readonly target: string; readonly mode: number },
): Promise<ConfigWriteResult> {
  const read = await readConfigText(path);
  if (read.kind === "failed") return refuse("configValidationError", read.message);
  const { text, values: before } = read;
  const versionOf = (values: Table): string => metadata(fileLayer(path, values)).version;
  if (expectedVersion !== null && expectedVersion !== versionOf(before)) {
    return refuse(
      "configVersionConflict",
      "Configuration was modified since last read. Fetch latest version and retry.",
    );
  }

  const wanted = applyEdits(before, edits);
  guardEdits(before, wanted, { builtInProviders, path });
  const changes = changesBetween(before, wanted);
  if (changes.length * text.length > maxWork) {
    throw new EditRefused("these are too many changes at once for a file of this size; write them in smaller parts");
  }
  const edited = await editToml(text, changes).catch((error: unknown): never => {
    // Half-way through a change a document may be none, such as one of `[[a]]`, `[a.b]`, `[[a]]` without its first line.
    if (!(error instanceof SyntaxError)) throw error;
    throw new EditRefused(
      `${path} has a form that cannot be edited in place (${error.message}); make the change by hand`,
    );
  });
  if (Buffer.byteLength(edited) > maxConfigBytes) {
    throw new EditRefused(`the file would be larger than ${maxConfigBytes} bytes`);
  }
  const after: Table = parse(edited, { unsafeKeyBehaviour: "throw" });
  if (!isDeepStrictEqual(withoutEmpty(after), withoutEmpty(wanted))) {
    throw new EditRefused(`this change of ${path} cannot be made without disturbing the rest; make it by hand`);
  }
  const checked = await checkConfig({ home, systemFile, file: after, overrides });
  if (checked.kind === "failed") return refuse("configValidationError", checked.message);

  if (edited !== text) {
    const now = await readConfigText(path);
    if (now.kind === "failed" || now.text !== text) {
      return refuse("configVersionConflict", "Configuration was modified meanwhile. Fetch latest version and retry.");
    }
    await replaceFile(target, (await hasByteOrderMark(target)) ? `\ufeff${edited}` : edited, mode);
  }
  const known = await checkConfig({ home, systemFile, file: before, overrides });
  const old = known.kind === "loaded" ? known.warnings : [];
  return {
    kind: "written",
    version: versionOf(after),
    filePath: path,
    overridden: overriddenBy(checked, after, edits),
    warnings: checked.warnings.filter((warning) => !old.includes(warning)),
  };
}

const fileLayer = (path: string, values: Table): ConfigLayer => ({
  source: { type: "user", file: path, profile: null },
  values,
});

/** Whether a table that lost its last member is still there says nothing about the configuration. */
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (!isTable(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => [key, withoutEmpty(member)]);
  return Object.fromEntries(members.filter(([, member]) => !isTable(member) || Object.keys(member).length > 0));
}

/** The first edit whose value is not the effective one. */
function overriddenBy(loaded: LoadedConfig, file: Table, edits: readonly ConfigEdit[]): Overridden | null {
  const stronger = layersOverFile(loaded.layers);
  for (const { keyPath } of edits) {
    const path = editPath(keyPath);
    const effective = valueAt(loaded.config, path);
    const layer = stronger.find(({ values }) => valueAt(values, path) !== undefined);
    if (layer === undefined || isDeepStrictEqual(effective, valueAt(file, path))) continue;
    const { source } = layer;
    return {
      message:
        source.type === "user" ? `Overridden by the profile ${source.profile ?? ""}` : "Overridden by session flags",
      overridingLayer: metadata(layer),
      effectiveValue: valueAt(maskSecrets(nest(path, effective), []), path) ?? null,
    };
  }
  return null;
}

async function hasByteOrderMark(path: string): Promise<boolean> {
  const bytes = await readFile(path).catch(() => Buffer.alloc(0)); // a file that is about to be made
  return bytes.subarray(0, 3).equals(Buffer.from("\ufeff"));
}
