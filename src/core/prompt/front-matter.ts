import fs from "node:fs/promises";
import { withRegularFile } from "../regular-file.ts";

/** What a Markdown file says of itself between two lines of `---` at its beginning, and the text below. */
export interface FrontMatter {
  /** Any YAML value; null: there is no front matter. */
  readonly values: unknown;
  readonly body: string;
}

/** Reads the front matter of a text. The error completes "it is no …: ". Aliases are refused: a few lines could become gigabytes. */
export async function readFrontMatter(text: string): Promise<FrontMatter | { readonly error: string }> {
  const match = /^\uFEFF?---[ \t]*\r?\n(?:([\s\S]*?)\r?\n)?---[ \t]*(?:\r?\n|$)/.exec(text);
  if (match === null) return { values: null, body: text.replace(/^\uFEFF/, "") };
  const [head, yaml = ""] = match;
  const { parse } = await import("yaml");
  try {
    return { values: parse(yaml, { maxAliasCount: 0 }), body: text.slice(head.length) };
  } catch (error) {
    const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
    return { error: `its front matter is not YAML: ${line}` };
  }
}

/** A member of what a front matter says; undefined where it has none. */
export function memberOf(values: unknown, name: string): unknown {
  if (typeof values !== "object" || values === null || !Object.hasOwn(values, name)) return undefined;
  return Object.getOwnPropertyDescriptor(values, name)?.value;
}

/** What cannot be seen: control characters, and format characters (direction, tags) but the two joiners that scripts and emoji need. */
const unseen = /(?![\n\t\u200C\u200D])[\p{Cc}\p{Cf}]/gu;

/** The text without what a reader would not see and a model would. Lines end with a newline alone. */
export const visible = (text: string): string => text.replace(/\r\n?/g, "\n").replace(unseen, "");

/** The words as one line that shows all there is in it. */
export const oneLine = (words: string): string => visible(words).replace(/\s+/g, " ").trim();

/**
 * The beginning of a file, at most `maxBytes`; null: there is none, or it is no regular file. `mayRead` judges where it really stands, before it
 * is opened and after.
 */
export async function readBeginning(
  file: string,
  maxBytes: number,
  mayRead: (realPath: string) => boolean,
): Promise<string | { readonly error: string } | null> {
  const refused = { error: "it leads out of its project, or to a file that may not be read" };
  try {
    const target = await fs.realpath(file);
    if (!mayRead(target)) return refused;
    return await withRegularFile(target, async (opened) =>
      mayRead(await opened.realPath()) ? (await opened.read(0, maxBytes)).toString("utf8") : refused,
    );
  } catch {
    return null;
  }
}
