import ignore, { type Ignore } from "ignore";
import { withRegularFile } from "../regular-file.ts";

/** The rules of the `.gitignore` files from the root down to one folder. */
export interface IgnoreRules {
  /** @param path relative to the root; of a folder without a slash at the end. */
  ignores(path: string, isFolder: boolean): boolean;
  /** With those of a folder below, if it has any. */
  enter(folder: { readonly absolute: string; readonly path: string }): Promise<IgnoreRules>;
}

interface Layer {
  /** With a slash at the end; empty for the root. */
  readonly prefix: string;
  readonly rules: Ignore;
}

const maxBytes = 256 * 1024;
const maxRules = 2000;
const maxRuleChars = 500;
/** Of `*` and of `**` each: every one is a loop within the loop of the one before, and a long name could take minutes. */
const maxStars = 2;

export const noRules: IgnoreRules = rulesOf([]);

function rulesOf(layers: readonly Layer[]): IgnoreRules {
  return {
    ignores(path, isFolder) {
      // The nearest file that speaks of a path decides.
      for (const { prefix, rules } of layers) {
        const verdict = rules.test(path.slice(prefix.length) + (isFolder ? "/" : ""));
        if (verdict.ignored || verdict.unignored) return verdict.ignored;
      }
      return false;
    },
    async enter({ absolute, path }) {
      const text = await readRules(`${absolute}/.gitignore`);
      if (text === null) return this;
      const lines = text.split(/\r?\n/u).filter(isUsable).slice(0, maxRules);
      return rulesOf([{ prefix: path === "" ? "" : `${path}/`, rules: ignore().add(lines) }, ...layers]);
    },
  };
}

function isUsable(line: string): boolean {
  if (line === "" || line.startsWith("#") || line.length > maxRuleChars) return false;
  const stars = line.match(/\*+/gu) ?? [];
  const singles = stars.filter((run) => run === "*").length;
  return singles <= maxStars && stars.length - singles <= maxStars;
}

/** Null where there is none, or nothing that can be read. */
async function readRules(file: string): Promise<string | null> {
  try {
    return await withRegularFile(file, async ({ read }) => (await read(0, maxBytes)).toString("utf8"));
  } catch {
    return null;
  }
}
