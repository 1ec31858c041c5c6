import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { replaceFile } from "../../../replace-file.ts";
import type { ScriptParser } from "../grammar.ts";
import { brokenRules, createRules, type Rules } from "./rules.ts";
import { parseRules, type RulesFile } from "./rules-file.ts";
import { RulesError } from "./starlark.ts";

export interface RuleStoreOptions {
  /** The state directory; rules are in `rules/*.rules` below it. */
  readonly home: string;
  readonly parser: () => Promise<ScriptParser>;
  /** Keeps other processes out of a file; resolves with the release, or with null when another one does not let go. */
  readonly lock: (file: string) => Promise<(() => void) | null>;
}

export interface RuleStore {
  /** The rules as the files are now; read again only when one has changed. Never rejects. */
  current(): Promise<Rules>;
  /** Whether there may be any; for callers that can do without the parser. */
  isEmpty(): Promise<boolean>;
  /** Adds a rule that allows what begins with these words to `default.rules` (0600). Rejects with the reason. */
  allow(prefix: readonly string[]): Promise<void>;
}

const maxFiles = 64;
const maxFileBytes = 256 * 1024;

export function createRuleStore({ home, parser, lock }: RuleStoreOptions): RuleStore {
  const folder = path.join(home, "rules");
  let known: { readonly state: string; readonly rules: Rules } | null = null;

  const load = async (files: readonly string[]): Promise<Rules> => {
    const read: RulesFile[] = [];
    for (const file of files) read.push(await readRulesFile(path.join(folder, file), parser));
    return createRules(read);
  };

  return {
    async isEmpty() {
      return (await listFiles(folder)).length === 0;
    },
    async current() {
      try {
        const files = await listFiles(folder);
        const state = await stateOf(folder, files);
        if (known?.state === state) return known.rules;
        const rules = await load(files).catch((error: unknown) => brokenRules(messageOf(error)));
        known = { state, rules };
        return rules;
      } catch (error) {
        return brokenRules(messageOf(error));
      }
    },
    async allow(prefix) {
      const file = path.join(folder, "default.rules");
      const release = await lock(file);
      if (release === null) throw new Error(`${file} is being written by another process`);
      try {
        const before = await readFile(file, "utf8").catch((error: unknown) => {
          if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
          throw error;
        });
        const line = `prefix_rule(pattern=[${prefix.map(quote).join(", ")}], decision="allow")`;
        if (before.split("\n").includes(line)) return;
        const text = `${before}${before === "" || before.endsWith("\n") ? "" : "\n"}${line}\n`;
        if (Buffer.byteLength(text) > maxFileBytes)
          throw new Error(`${file} would be larger than ${maxFileBytes} bytes`);
        // Neither a line that cannot be read nor one behind a mistake of the user's would hold.
        check(text, file, await parser());
        await replaceFile(file, text, 0o600);
      } finally {
        release();
      }
    },
  };
}

/** Names of the files, in the order of their names. Throws when there are too many. */
async function listFiles(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  });
  const files = names.filter((name) => name.endsWith(".rules")).sort();
  if (files.length > maxFiles) throw new Error(`${folder} has more than ${maxFiles} files; join them`);
  return files;
}

async function stateOf(folder: string, files: readonly string[]): Promise<string> {
  const states = await Promise.all(
    files.map(async (file) => {
      const { mtimeNs, size, ino } = await stat(path.join(folder, file), { bigint: true });
      return [file, String(mtimeNs), String(size), String(ino)];
    }),
  );
  return JSON.stringify(states);
}

async function readRulesFile(file: string, parser: () => Promise<ScriptParser>): Promise<RulesFile> {
  const { size } = await stat(file);
  if (size > maxFileBytes) throw new Error(`${file} is larger than ${maxFileBytes} bytes`);
  return check(await readFile(file, "utf8"), file, await parser());
}

function check(source: string, file: string, parse: ScriptParser): RulesFile {
  try {
    return parseRules(source, file, parse);
  } catch (error) {
    if (!(error instanceof RulesError)) throw error;
    const { line, column } = error.position;
    throw new Error(`${file}:${line}:${column}: ${error.message}`, { cause: error });
  }
}

/** A string of Starlark. */
const quote = (word: string): string =>
  `"${word.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r")}"`;

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
