import { readFile, stat } from "node:fs/promises";
import { parse, TomlError } from "smol-toml";
import { BadConfig, check, type Place } from "./bad-config.ts";
import { dotted, type ConfigLayer, type LayerSource, type Table } from "./layers.ts";
import { positionOf } from "./positions.ts";
import { unknownKeyWarnings } from "./unknown-keys.ts";

export const maxConfigBytes = 1024 * 1024;

/** A file of the configuration as it was read. */
export interface ConfigFile extends ConfigLayer {
  readonly path: string;
  readonly place: Place;
  /** Sentences for the user: what in it has no effect. */
  readonly warnings: readonly string[];
}

/** A file of the user's or the system's with its values looked at. @throws {BadConfig} */
export function configFile(path: string, source: LayerSource, values: Table, place: Place): ConfigFile {
  check(values, place);
  return { path, source, values, place, warnings: unknownKeyWarnings(values, path) };
}

/** The text of a file; empty if there is none. Rejects with {@link BadConfig}. */
export async function readConfigFile(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > maxConfigBytes) throw new BadConfig(`${path}:1:1: the file is larger than ${maxConfigBytes} bytes`);
    return decode(path, await readFile(path));
  } catch (error) {
    if (error instanceof BadConfig) throw error;
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw new BadConfig(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** @throws {BadConfig} */
export function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadConfig(`${path}:1:1: the file is not UTF-8 text`);
  }
}

/** @throws {BadConfig} */
export function parseFile(path: string, text: string): Table {
  try {
    return parse(text, { unsafeKeyBehaviour: "throw" });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The message goes on with the lines around the place, which may hold a secret.
    const [what = ""] = error.message.replace("Invalid TOML document: ", "").split("\n");
    throw new BadConfig(`${path}:${error.line}:${error.column}: ${what}`);
  }
}

/** `<file>:<line>:<column>: <key>` */
export const placeIn =
  (path: string, text: string): Place =>
  (keys) => {
    const { line, column } = positionOf(text, keys);
    return `${path}:${line}:${column}: ${dotted(keys)}`;
  };
