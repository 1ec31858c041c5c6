import { lstat } from "node:fs/promises";
import { join, sep } from "node:path";
import { realFolder } from "../project-folders.ts";
import { NotRegular, withRegularFile } from "../regular-file.ts";
import { BadConfig, check } from "./bad-config.ts";
import { decode, maxConfigBytes, parseFile, placeIn, type ConfigFile } from "./config-file.ts";
import { dotted, type LayerSource, type Table } from "./layers.ts";
import type { Config } from "./schema.ts";
import type { Project } from "./trust.ts";

/**
 * What a project may say: which model suits it and how it is used. All that could widen what the agent may do, start a program, reach
 * another server or put text where only the user's belongs is left out, and so is whatever comes to be known later.
 */
const allowedKeys: ReadonlySet<string> = new Set<Extract<keyof Config, string>>([
  "model",
  "model_reasoning_effort",
  "model_reasoning_summary",
  "model_verbosity",
  "model_context_window",
  "model_auto_compact_token_limit",
  "project_doc_fallback_filenames",
]);

const maxNamed = 10;
const maxKeyChars = 80;

/**
 * `.turnwright/config.toml` of a project, from its root down to the folder; a file nearer to the folder is later in the list. They are
 * content of the repository: regular files that really lie in the project, no more than {@link maxConfigBytes} in all. Those of a project
 * that is not trusted are named and not read. Rejects with {@link BadConfig} for what cannot be used.
 * @param home the state directory, which is no project's even where it lies in one
 */
export async function readProjectFiles({ folders, isTrusted }: Project, home: string): Promise<readonly ConfigFile[]> {
  const [root = ""] = folders;
  const realHome = await realFolder(home);
  const files: ConfigFile[] = [];
  let left = maxConfigBytes;
  for (const folder of folders) {
    const place = join(folder, ".turnwright");
    if ((await realFolder(place)) === realHome) continue;
    const path = join(place, "config.toml");
    const source = { type: "project", dotCodexFolder: place } as const;
    if (!isTrusted) {
      if (await isThere(path)) files.push(unused(path, source));
      continue;
    }
    const bytes = await read(path, root, left);
    if (bytes === null) continue;
    left -= bytes.length;
    files.push(projectFile(path, source, decode(path, bytes)));
  }
  return files;
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

function unused(path: string, source: LayerSource): ConfigFile {
  const disabledReason = "The project is not trusted.";
  return {
    path,
    source,
    values: {},
    disabledReason,
    place: dotted,
    warnings: [`${path} has no effect: the project is not trusted.`],
  };
}

/** Null: there is no such file. */
async function read(path: string, root: string, maxBytes: number): Promise<Buffer | null> {
  try {
    return await withRegularFile(path, async (file) => {
      const real = await file.realPath();
      if (!real.startsWith(root.endsWith(sep) ? root : root + sep)) {
        throw new BadConfig(`${path}: it lies outside of the project; put the file itself there, no link`);
      }
      const bytes = await file.read(0, maxBytes + 1);
      if (bytes.length <= maxBytes) return bytes;
      throw new BadConfig(`${path}:1:1: the project's configuration is larger than ${maxConfigBytes} bytes`);
    });
  } catch (error) {
    if (error instanceof BadConfig) throw error;
    if (error instanceof NotRegular) throw new BadConfig(`${path}: ${error.message}; remove it or make it a file`);
    const code = error instanceof Error && "code" in error ? error.code : null;
    // A `.turnwright` that is a file of another kind holds no configuration.
    if (code === "ENOENT" || code === "ENOTDIR") return null;
    if (code === "ELOOP") throw new BadConfig(`${path}: it is a link; put the file itself there`);
    throw new BadConfig(`${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function projectFile(path: string, source: LayerSource, text: string): ConfigFile {
  const said = parseFile(path, text);
  const values: Table = Object.fromEntries(Object.entries(said).filter(([key]) => allowedKeys.has(key)));
  const place = placeIn(path, text);
  check(values, place);
  return { path, source, values, place, warnings: ignored(path, Object.keys(said)) };
}

function ignored(path: string, keys: readonly string[]): readonly string[] {
  const others = keys.filter((key) => !allowedKeys.has(key));
  if (others.length === 0) return [];
  const named = others.slice(0, maxNamed).map((key) => dotted([key.slice(0, maxKeyChars)]));
  const more = others.length > maxNamed ? ` and ${others.length - maxNamed} more` : "";
  const what = others.length === 1 ? "has" : "have";
  return [
    `${path}: ${named.join(", ")}${more} ${what} no effect in a project's file. A project may set ${[...allowedKeys].join(", ")}; the rest belongs into your own config.toml.`,
  ];
}
