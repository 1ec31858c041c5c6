import type { CommandAction } from "../../protocol/items.ts";

const maxLength = 2000;
/** Anything that makes a line more than one program with plain words. */
const metacharacters = /[\n\r|&;<>()$`*?[\]{}~#!\\]/;

/**
 * A light reading of a script, for a readable line in the panel ("Read README.md") and nothing else: never a ground for a decision.
 * One plain command is understood; everything with pipes, variables, globs, redirections or escapes is one `unknown`. Pure.
 */
export function parseCommandActions(script: string): CommandAction[] {
  const command = script.trim();
  return [describe(command) ?? { type: "unknown", command: script }];
}

function describe(command: string): CommandAction | null {
  const words = plainWords(command);
  if (words === null) return null;
  const [program = "", ...rest] = words;
  const options = rest.filter((word) => word.startsWith("-") && word !== "-");
  const operands = rest.filter((word) => !word.startsWith("-"));
  switch (program) {
    case "cat":
    case "bat":
    case "nl":
      return read(command, operands);
    case "head":
    case "tail":
      return read(command, withoutValues(rest, ["-n", "-c", "--lines", "--bytes"]));
    case "sed":
      return options.length === 1 && options[0] === "-n" && /^[0-9,]+p$/.test(operands[0] ?? "")
        ? read(command, operands.slice(1))
        : null;
    case "ls":
    case "tree":
      return { type: "listFiles", command, path: operands[0] ?? null };
    case "find":
      return find(command, rest);
    case "rg":
      return options.includes("--files")
        ? { type: "listFiles", command, path: withoutValues(rest, ripgrepValues)[0] ?? null }
        : search(command, withoutValues(rest, ripgrepValues));
    case "grep":
    case "egrep":
    case "fgrep":
      return search(command, withoutValues(rest, grepValues));
    case "git":
      return operands[0] === "grep" ? search(command, operands.slice(1)) : null;
    default:
      return null;
  }
}

const ripgrepValues = [
  "-g",
  "--glob",
  "-t",
  "--type",
  "-T",
  "-A",
  "-B",
  "-C",
  "-m",
  "--max-count",
  "--max-depth",
  "-d",
];
const grepValues = ["-A", "-B", "-C", "-m", "--max-count"];

function read(command: string, operands: readonly string[]): CommandAction | null {
  const [path] = operands;
  if (path === undefined || operands.length > 1) return null;
  return { type: "read", command, name: path.split("/").findLast((part) => part !== "") ?? path, path };
}

function search(command: string, operands: readonly string[]): CommandAction | null {
  const [query, path] = operands;
  return query === undefined || operands.length > 2 ? null : { type: "search", command, query, path: path ?? null };
}

/** `find` with anything that acts on what it found is not a listing. */
function find(command: string, words: readonly string[]): CommandAction | null {
  if (words.some((word) => /^-(?:exec|execdir|ok|okdir|delete|fls|fprint)/.test(word))) return null;
  const [path] = words;
  return { type: "listFiles", command, path: path === undefined || path.startsWith("-") ? null : path };
}

/** The words that are neither an option nor the value of one of `valued`. */
function withoutValues(words: readonly string[], valued: readonly string[]): string[] {
  return words.filter((word, index) => !word.startsWith("-") && !valued.includes(words[index - 1] ?? ""));
}

/** Splits at blanks and takes quotes off; null for anything a shell would do more with. */
function plainWords(command: string): string[] | null {
  if (command === "" || command.length > maxLength) return null;
  const words: string[] = [];
  const token = /\s+|((?:'[^']*'|"[^"$`\\]*"|[^\s'"])+)/y;
  while (token.lastIndex < command.length) {
    const match = token.exec(command);
    if (match === null) return null;
    const word = match[1];
    if (word === undefined) continue;
    if (metacharacters.test(word.replace(/'[^']*'|"[^"]*"/g, ""))) return null;
    words.push(word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2"));
  }
  return words;
}
