import fs from "node:fs/promises";
import path from "node:path";
import { liesIn } from "../patch/paths.ts";
import { foldersFromRoot, realFolder } from "../project-folders.ts";
import { memberOf, oneLine, readBeginning, readFrontMatter, visible } from "./front-matter.ts";
import { projectRule } from "./project.ts";

/** A message that is written down: a Markdown file that the user calls by `/name`, with arguments. */
export interface CustomPrompt {
  /** The name of the file without `.md`. */
  readonly name: string;
  /** One line; null: the file says nothing of itself. */
  readonly description: string | null;
  /** What to write behind the name, for people: `FILE [FOCUS]`; one line. */
  readonly argumentHint: string | null;
  /** Absolute path of the file. */
  readonly path: string;
  readonly scope: "user" | "repo";
  /** The text with its placeholders. */
  readonly body: string;
}

export interface CustomPrompts {
  /** The user's own first, then from the cwd up to the project's root: of two with one name, the first is the one that is called. */
  readonly prompts: readonly CustomPrompt[];
  /** Files that are no prompt, with what to mend. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

export interface PromptPlaces {
  /** Absolute. */
  readonly cwd: string;
  /** The state directory; `prompts` in it are the user's own. */
  readonly home: string;
  readonly rootMarkers: readonly string[];
  /** Absolute paths whose content the model must not see. */
  readonly denyRead: readonly string[];
  /** False: prompts of the project are left out. A prompt speaks in the user's name, so the user has to trust who wrote it. */
  readonly isTrusted: boolean;
}

/** Bytes and characters. */
const limits = { prompts: 200, entries: 2000, errors: 100, file: 64 * 1024, name: 64, line: 1024 } as const;

/**
 * Finds the prompts for a folder: `prompts/<name>.md` in the home, and in a trusted project `.turnwright/prompts/<name>.md` in each folder from the
 * project's root down to the cwd. Only regular files that really lie in the home or the project are read. Never rejects.
 */
export async function findPrompts(places: PromptPlaces): Promise<CustomPrompts> {
  const prompts: CustomPrompt[] = [];
  const errors: { path: string; message: string }[] = [];
  let looked = 0;
  const realHome = await realFolder(places.home);
  const folders = places.isTrusted ? await foldersFromRoot(places.cwd, places.rootMarkers) : [];
  const inProject = await projectRule([folders[0] ?? places.cwd, places.cwd], places.denyRead);
  const roots = [
    {
      at: path.join(places.home, "prompts"),
      scope: "user",
      mayRead: (file: string) => liesIn(realHome, file),
    } as const,
    ...folders
      .toReversed()
      .map((at) => ({ at: path.join(at, ".turnwright", "prompts"), scope: "repo", mayRead: inProject }) as const),
  ];
  for (const { at, scope, mayRead } of roots) {
    for (const entry of await markdownFiles(at)) {
      const file = path.join(at, entry);
      if (looked++ >= limits.entries || errors.length >= limits.errors) {
        errors.push({ path: at, message: "too many files, or too many that are no prompt; the rest is left out" });
        return { prompts, errors };
      }
      const text = await readBeginning(file, limits.file + 1, mayRead);
      if (text === null) continue;
      if (prompts.length >= limits.prompts) {
        errors.push({ path: file, message: `more than ${limits.prompts} prompts; this one is left out` });
        return { prompts, errors };
      }
      const parsed = typeof text === "string" ? await parsePrompt(entry.slice(0, -".md".length), text) : text;
      if ("error" in parsed) errors.push({ path: file, message: parsed.error });
      else prompts.push({ ...parsed, path: file, scope });
    }
  }
  return { prompts, errors };
}

async function markdownFiles(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".md") && !name.startsWith(".")).sort();
}

async function parsePrompt(
  name: string,
  text: string,
): Promise<Omit<CustomPrompt, "path" | "scope"> | { readonly error: string }> {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}\p{M}_.-]*$/u.test(name) || name.length > limits.name) {
    return { error: `its name must be of letters, digits, hyphens, dots and _, at most ${limits.name} characters` };
  }
  if (Buffer.byteLength(text) > limits.file) return { error: `it is larger than ${limits.file} bytes` };
  const read = await readFrontMatter(text);
  if ("error" in read) return read;
  const body = visible(read.body).trim();
  if (body === "") return { error: "it is empty below its front matter" };
  const line = (key: string): string | null => {
    const value = memberOf(read.values, key);
    // `argument-hint: [FILE]` is a list for YAML, and meant as it is written.
    const words = Array.isArray(value) ? `[${value.join(", ")}]` : typeof value === "string" ? value : "";
    return oneLine(words.slice(0, limits.line)) || null;
  };
  return { name, description: line("description"), argumentHint: line("argument-hint"), body };
}
