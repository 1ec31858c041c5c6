import type { ScriptParser } from "../grammar.ts";
import { literalWords, readScript } from "../script.ts";
import { commandWords } from "../words.ts";
import { type Call, parseCalls, RulesError, type Value } from "./starlark.ts";

/** `prefix_rule(...)`: what holds for commands that begin with certain words. */
export interface PrefixRule {
  /** One set of alternatives a word. */
  readonly pattern: readonly (readonly string[])[];
  readonly decision: "allow" | "prompt" | "forbidden";
  readonly justification: string | null;
  /** `FILE:LINE`, for the user. */
  readonly origin: string;
}

/** What one file says. */
export interface RulesFile {
  readonly rules: readonly PrefixRule[];
  /** `host_executable(...)`: the places at which a program of a name may lie to count as that name. */
  readonly executables: readonly { readonly name: string; readonly paths: readonly string[] }[];
}

const decisions = ["allow", "prompt", "forbidden"] as const;
const maxRules = 2000;

/**
 * Reads a file of rules and checks its examples. Throws {@link RulesError}.
 * @param name how the file is called in what the user is told
 */
export function parseRules(source: string, name: string, parse: ScriptParser): RulesFile {
  const rules: { rule: PrefixRule; call: Call }[] = [];
  const executables: { name: string; paths: readonly string[] }[] = [];
  for (const call of parseCalls(source)) {
    if (rules.length >= maxRules) throw new RulesError(`more than ${maxRules} rules in one file`, call);
    if (call.name === "prefix_rule") rules.push({ rule: prefixRule(call, name), call });
    else if (call.name === "host_executable") executables.push(hostExecutable(call));
    else throw new RulesError(`there is no ${call.name}; rules are prefix_rule(...) and host_executable(...)`, call);
  }
  const file: RulesFile = { rules: rules.map(({ rule }) => rule), executables };
  for (const { rule, call } of rules) checkExamples(rule, call, file, parse);
  return file;
}

function only(call: Call, ...names: readonly string[]): void {
  for (const [name, { at }] of call.args) {
    if (!names.includes(name))
      throw new RulesError(`${call.name} has no argument ${name}; it has ${names.join(", ")}`, at);
  }
}

function prefixRule(call: Call, file: string): PrefixRule {
  only(call, "pattern", "decision", "justification", "match", "not_match");
  const pattern = call.args.get("pattern");
  if (pattern?.kind !== "list" || pattern.items.length === 0) {
    throw new RulesError(
      'prefix_rule needs a pattern, such as pattern = ["npm", ["test", "run"]]',
      pattern?.at ?? call,
    );
  }
  const decision = call.args.get("decision");
  const chosen = decision === undefined ? "allow" : decisions.find((known) => known === textOf(decision));
  if (chosen === undefined) throw new RulesError(`decision is one of ${decisions.join(", ")}`, decision?.at ?? call);
  const justification = call.args.get("justification");
  if (justification !== undefined && textOf(justification).trim() === "") {
    throw new RulesError("a justification must say something; leave it out otherwise", justification.at);
  }
  return {
    pattern: pattern.items.map((item) => {
      const words = item.kind === "string" ? [item.text] : item.items.map(textOf);
      if (words.length === 0 || words.includes("")) throw new RulesError("a word of a pattern is empty", item.at);
      return words;
    }),
    decision: chosen,
    justification: justification === undefined ? null : textOf(justification),
    origin: `${file}:${call.line}`,
  };
}

function hostExecutable(call: Call): { name: string; paths: readonly string[] } {
  only(call, "name", "paths");
  const name = call.args.get("name");
  const paths = call.args.get("paths");
  if (name === undefined || /^$|\//.test(textOf(name))) {
    throw new RulesError('host_executable needs a name without a path, such as name = "git"', name?.at ?? call);
  }
  if (paths?.kind !== "list")
    throw new RulesError('host_executable needs paths, such as ["/usr/bin/git"]', paths?.at ?? call);
  const places = paths.items.map((item) => {
    const path = textOf(item);
    if (!path.startsWith("/") || path.slice(path.lastIndexOf("/") + 1) !== textOf(name)) {
      throw new RulesError(`a path is absolute and ends in /${textOf(name)}`, item.at);
    }
    return path;
  });
  return { name: textOf(name), paths: places };
}

function textOf(value: Value): string {
  if (value.kind === "string") return value.text;
  throw new RulesError("expected a string here, not a list", value.at);
}

function checkExamples(rule: PrefixRule, call: Call, file: RulesFile, parse: ScriptParser): void {
  for (const [member, wanted] of [
    ["match", true],
    ["not_match", false],
  ] as const) {
    const examples = call.args.get(member);
    if (examples === undefined) continue;
    if (examples.kind !== "list") throw new RulesError(`${member} is a list of examples`, examples.at);
    for (const example of examples.items) {
      const words = example.kind === "list" ? example.items.map(textOf) : wordsOf(example.text, parse);
      if (words === null)
        throw new RulesError("this example is not one plain command; write it as a list of words", example.at);
      if ((matchLength(rule, nameOf(words, file)) !== null) === wanted) continue;
      const shown = JSON.stringify(words.join(" "));
      throw new RulesError(
        wanted ? `the rule does not match its example ${shown}` : `the rule matches ${shown}, which it should not`,
        example.at,
      );
    }
  }
}

function wordsOf(text: string, parse: ScriptParser): readonly string[] | null {
  const parsed = parse(text);
  if (parsed.kind === "failed") return null;
  const [command, ...more] = readScript(parsed.root).commands;
  return command === undefined || more.length > 0 ? null : literalWords(commandWords(command.node, new Map()));
}

/** The words with the path of a known executable replaced by its name. */
export function nameOf<T extends string | null>(
  words: readonly T[],
  { executables }: RulesFile,
): readonly (T | string)[] {
  const [first, ...rest] = words;
  const known = executables.find(({ paths }) => typeof first === "string" && paths.includes(first));
  return known === undefined ? words : [known.name, ...rest];
}

/** How many words of a command a rule covers; null: it is about others. */
export function matchLength({ pattern }: PrefixRule, words: readonly (string | null)[]): number | null {
  const matches = pattern.every((alternatives, index) => {
    const word = words[index];
    return typeof word === "string" && alternatives.includes(word);
  });
  return matches ? pattern.length : null;
}
