import { mayNameSecret, refusePath } from "./paths.ts";
import { findExpressions, type SafeCommand, safeCommands } from "./safe-commands.ts";
import { ask, type Judgement, type Read, safe } from "./verdict.ts";

const unknownFlag = (name: string, flag: string): Judgement =>
  ask({ rule: "ask.unknown-flag", reason: `${name} is not known to only look with ${flag}.` });

/**
 * Judges the words of one command by the table of those that only look. Never danger. The words are what the program gets.
 * @param roots absolute folders that may be read without a question; relative paths count as inside of them
 */
export function judgeSafe([name = "", ...args]: readonly string[], roots: readonly string[]): Judgement {
  if (name.includes("/"))
    return ask({ rule: "ask.path", reason: `${name} is a program at a path, whatever its name.` });
  const found = judgeKnown(name, args, roots);
  if (found !== null) return found;
  return ask(
    name === "git"
      ? { rule: "ask.git", reason: "git runs programs that a repository's configuration names." }
      : {
          rule: "ask.unknown-command",
          reason: `${name === "" ? "It" : name} is not on the list of commands that only look.`,
        },
  );
}

function judgeKnown(name: string, args: readonly string[], roots: readonly string[]): Judgement | null {
  switch (name) {
    case "echo":
      return safe({ rule: "safe.echo", reason: "echo only prints its words." });
    case "cd":
      return judgeCd(args, roots);
    case "date":
      return args.every((arg) => arg === "-u" || arg.startsWith("+"))
        ? safe({ rule: "safe.date", reason: "date only prints the time." })
        : unknownFlag(name, args.join(" "));
    case "find":
      return judgeFind(args, roots);
    case "sed":
      return judgeSed(args, roots);
    default:
      return Object.hasOwn(safeCommands, name) && safeCommands[name] !== undefined
        ? judgeTable(name, safeCommands[name], args, roots)
        : null;
  }
}

const outside = (path: string, why: string): Judgement => ask({ rule: "ask.path-outside", reason: `${path} ${why}.` });

function judgePaths(
  name: string,
  paths: readonly string[],
  roots: readonly string[],
  kind: Read["kind"] = "any",
): Judgement {
  for (const path of paths) {
    const why = refusePath(path, roots);
    if (why !== null) return outside(path, why);
  }
  const reads = paths.filter((path) => path !== "-").map((path) => ({ path, kind }));
  return safe({ rule: `safe.${name}`, reason: sentence(name) }, reads);
}

const sentence = (name: string): string =>
  name === "cd" ? "cd stays in the workspace." : `${name} only looks, with these flags.`;

/** Only into the workspace: a bare `cd` goes home, where relative names are no longer harmless. */
function judgeCd(args: readonly string[], roots: readonly string[]): Judgement {
  const [path, ...more] = args;
  if (path === undefined || more.length > 0 || path === "" || path.startsWith("-")) {
    return ask({ rule: "ask.cd", reason: "cd may lead out of the workspace." });
  }
  return judgePaths("cd", [path], roots, "cd");
}

/** `sed -n 1,5p FILE`: a script of sed can write and run. */
function judgeSed([flag, script = "", ...files]: readonly string[], roots: readonly string[]): Judgement {
  if (flag !== "-n" || !/^(?:\d+|\$)(?:,(?:\d+|\$))?p$/.test(script) || files.some((file) => file.startsWith("-"))) {
    return ask({ rule: "ask.sed", reason: "sed is known to only look as `sed -n 1,5p FILE`." });
  }
  return judgePaths("sed", files, roots);
}

function judgeFind(args: readonly string[], roots: readonly string[]): Judgement {
  const firstExpression = args.findIndex((arg) => /^[-!(,)]/.test(arg));
  const split = firstExpression === -1 ? args.length : firstExpression;
  for (let index = split; index < args.length; index += 1) {
    const word = args[index] ?? "";
    const values = Object.hasOwn(findExpressions, word) ? findExpressions[word] : undefined;
    if (values === undefined) return unknownFlag("find", word);
    index += values;
  }
  return judgePaths("find", args.slice(0, split), roots);
}

interface Arguments {
  /** As the table has them: `-n`, `--lines`. */
  readonly flags: readonly string[];
  readonly values: readonly { readonly flag: string; readonly value: string }[];
  readonly operands: readonly string[];
}

/** Reads arguments as getopt does; a string is the flag that is not known. */
function readArguments(table: SafeCommand, args: readonly string[]): Arguments | string {
  const { flags: bare = "", valued = "", attached = [] } = table;
  const long = table.long?.split(" ") ?? [];
  const flags: string[] = [];
  const values: { flag: string; value: string }[] = [];
  const operands: string[] = [];
  for (let index = 0; index < args.length; index += 1) {
    const arg = args[index] ?? "";
    if (arg === "--") {
      operands.push(...args.slice(index + 1));
      break;
    }
    if (arg === "-" || !arg.startsWith("-")) {
      operands.push(arg);
    } else if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const name = equals === -1 ? arg : arg.slice(0, equals);
      if (equals === -1 && long.includes(name)) flags.push(name);
      else if (!long.includes(`${name}=`)) return arg;
      else {
        if (equals === -1 && attached.includes(name)) return arg;
        flags.push(name);
        const value = equals === -1 ? args[(index += 1)] : arg.slice(equals + 1);
        if (value === undefined) return arg;
        values.push({ flag: name, value });
      }
    } else if (table.takesNumber === true && /^-\d+$/.test(arg)) {
      continue;
    } else {
      for (let at = 1; at < arg.length; at += 1) {
        const letter = arg.charAt(at);
        if (bare.includes(letter)) flags.push(`-${letter}`);
        else if (!valued.includes(letter)) return arg;
        else {
          if (at + 1 === arg.length && attached.includes(`-${letter}`)) return arg;
          flags.push(`-${letter}`);
          const value = at + 1 < arg.length ? arg.slice(at + 1) : args[(index += 1)];
          if (value === undefined) return arg;
          values.push({ flag: `-${letter}`, value });
          break;
        }
      }
    }
  }
  return { flags, values, operands };
}

function judgeTable(name: string, table: SafeCommand, args: readonly string[], roots: readonly string[]): Judgement {
  const read = readArguments(table, args);
  if (typeof read === "string") return unknownFlag(name, read);
  const { flags, values, operands } = read;
  if (operands.length > (table.operands === "none" ? 0 : (table.maxOperands ?? Infinity))) {
    return ask({ rule: "ask.operands", reason: `${name} is not known to only look with that many names.` });
  }
  if (values.some(({ flag, value }) => table.globs?.includes(flag) === true && mayNameSecret(value))) {
    return ask({ rule: "ask.path-outside", reason: "It may look into hidden files, where secrets are." });
  }
  if (table.operands === "text" || table.operands === "none") return judgePaths(name, [], roots);
  const hasPattern = table.operands === "pattern" && !flags.some((flag) => table.withoutPattern?.includes(flag));
  const paths = hasPattern ? operands.slice(1) : operands;
  const isDeep = flags.some((flag) => table.needsPathWith?.includes(flag));
  if (isDeep && (paths.length === 0 || paths.some((path) => isWhole(path, roots)))) {
    return ask({
      rule: "ask.hidden-files",
      reason: `${name} would also read hidden files such as .env; a folder must be named.`,
    });
  }
  return judgePaths(name, paths, roots, table.filesOnly === true ? "file" : "any");
}

/** The folder of the command, or a root by its name. */
function isWhole(path: string, roots: readonly string[]): boolean {
  const plain = (name: string): string =>
    name
      .split("/")
      .filter((part) => part !== "" && part !== ".")
      .join("/");
  const name = plain(path);
  return path.startsWith("/") ? roots.some((root) => plain(root) === name) : name === "";
}
