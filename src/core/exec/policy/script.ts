import type { SyntaxNode } from "./grammar.ts";
import type { Finding } from "./verdict.ts";
import { readWord, type Variables, type Word, wordTypes } from "./words.ts";

/** One simple command of a script, wherever it stands in it. */
export interface ScriptCommand {
  readonly node: SyntaxNode;
  /** Where its input comes from, as far as the script says. */
  readonly input: Input | null;
}

export type Input =
  | { readonly kind: "text"; readonly text: string }
  /** Of a quoted here-string. */
  | { readonly kind: "word"; readonly node: SyntaxNode }
  /** The command before it in a pipeline. */
  | { readonly kind: "command"; readonly command: ScriptCommand }
  /** Something before it in a pipeline that is more than one command. */
  | { readonly kind: "unknown" };

/** A file that a redirection writes. */
export interface WrittenFile {
  readonly target: SyntaxNode;
}

/** What a script consists of. */
export interface Script {
  /** Every simple command, also those inside of functions, substitutions and branches. */
  readonly commands: readonly ScriptCommand[];
  /** Everything that makes it more than plain commands joined by `&&`, `||`, `;`, `|` and line ends. */
  readonly obstacles: readonly Finding[];
  readonly written: readonly WrittenFile[];
  /** Constants that the script gives its variables, in its order. */
  readonly assigned: readonly { readonly name: string; readonly value: SyntaxNode }[];
  /** The grammar took a word of the shell's own for a command: what follows is read wrongly. */
  readonly isMisread: boolean;
  /** Names of functions that start themselves in the background. */
  readonly forkBombs: readonly string[];
}

const reservedWords: ReadonlySet<string> = new Set(
  "! { } if then elif else fi for while until do done case esac in function select [[ ]]".split(" "),
);
const statementEnds: ReadonlySet<string> = new Set([";", "\n", "&&", "||", "|"]);

/** What needs a question, in the words of a user. What is not named here needs one too. */
const obstacleNames: Readonly<Record<string, [rule: string, what: string]>> = {
  subshell: ["ask.group", "a subshell"],
  compound_statement: ["ask.group", "a group"],
  negated_command: ["ask.negation", "a negation"],
  if_statement: ["ask.control-flow", "a condition"],
  while_statement: ["ask.control-flow", "a loop"],
  for_statement: ["ask.control-flow", "a loop"],
  c_style_for_statement: ["ask.control-flow", "a loop"],
  case_statement: ["ask.control-flow", "a choice"],
  function_definition: ["ask.function", "a function"],
  variable_assignment: ["ask.assignment", "an assignment"],
  variable_assignments: ["ask.assignment", "an assignment"],
  declaration_command: ["ask.shell-state", "a declaration"],
  unset_command: ["ask.shell-state", "a change of the shell's variables"],
  test_command: ["ask.test", "a test"],
  command_substitution: ["ask.substitution", "a command substitution"],
  process_substitution: ["ask.substitution", "a process substitution"],
  simple_expansion: ["ask.expansion", "a variable"],
  expansion: ["ask.expansion", "a variable"],
  arithmetic_expansion: ["ask.expansion", "arithmetic"],
  heredoc_redirect: ["ask.heredoc", "a here-document"],
  herestring_redirect: ["ask.heredoc", "a here-string"],
  file_redirect: ["ask.redirect", "a redirection to or from a file"],
  comment: ["ask.comment", "a comment"],
  "&": ["ask.background", "a command in the background"],
  "|&": ["ask.redirect", "a pipe of errors"],
};

const obstacleOf = (type: string): Finding => {
  const [rule, what] = obstacleNames[type] ?? ["ask.syntax", `shell syntax that is not judged (${type})`];
  return { rule, reason: `It contains ${what}.` };
};

/** Reads a tree. Pure; what is not known of is an obstacle and is searched for commands all the same. */
export function readScript(root: SyntaxNode): Script {
  const commands: ScriptCommand[] = [];
  const obstacles: Finding[] = [];
  const written: WrittenFile[] = [];
  const assigned: { name: string; value: SyntaxNode }[] = [];
  const forkBombs: string[] = [];
  let isMisread = false;

  const walk = (node: SyntaxNode, input: Input | null): void => {
    switch (node.type) {
      case "program":
      case "list":
        for (const child of node.children) {
          if (!child.isNamed && statementEnds.has(child.type)) continue;
          walk(child, input);
        }
        return;
      case "pipeline":
        return walkPipeline(node, input);
      case "command":
        return walkCommand(node, input);
      case "redirected_statement":
        return walkRedirected(node, input);
      case "file_redirect":
        return walkRedirect(node);
      case "variable_assignment": {
        obstacles.push(obstacleOf(node.type));
        const [name, value] = node.children.filter((child) => child.isNamed);
        if (name?.type === "variable_name" && value !== undefined) assigned.push({ name: name.text, value });
        return node.children.forEach((child) => walkInside(child));
      }
      case "for_statement": {
        obstacles.push(obstacleOf(node.type));
        const [name, ...rest] = node.children.filter((child) => child.isNamed);
        for (const value of rest) {
          if (name !== undefined && wordTypes.has(value.type)) assigned.push({ name: name.text, value });
        }
        return rest.forEach((child) => walk(child, input));
      }
      case "function_definition": {
        obstacles.push(obstacleOf(node.type));
        const name = node.children.find(({ type }) => type === "word")?.text;
        if (name !== undefined && callsInBackground(node, name)) forkBombs.push(name);
        return node.children.forEach((child) => walk(child, null));
      }
      default:
        if (wordTypes.has(node.type)) return walkInside(node);
        if (node.isNamed || !statementEnds.has(node.type)) obstacles.push(obstacleOf(node.type));
        return node.children.forEach((child) => walk(child, input));
    }
  };

  /** Inside of words: strings are nothing by themselves, what runs in them is. */
  const walkInside = (node: SyntaxNode): void => {
    if (node.type === "command_substitution" || node.type === "process_substitution") {
      obstacles.push(obstacleOf(node.type));
      return node.children.filter(({ isNamed }) => isNamed).forEach((child) => walk(child, null));
    }
    if (Object.hasOwn(obstacleNames, node.type) && node.isNamed) obstacles.push(obstacleOf(node.type));
    node.children.forEach((child) => walkInside(child));
  };

  const walkPipeline = (node: SyntaxNode, input: Input | null): void => {
    let before = input;
    for (const child of node.children) {
      if (!child.isNamed) {
        if (child.type !== "|") obstacles.push(obstacleOf(child.type));
        continue;
      }
      const first = commands.length;
      walk(child, before);
      const [only, ...more] = commands.slice(first);
      before = only !== undefined && more.length === 0 ? { kind: "command", command: only } : { kind: "unknown" };
    }
  };

  const walkCommand = (node: SyntaxNode, input: Input | null): void => {
    let own = input;
    let last: SyntaxNode | null = null;
    for (const child of node.children) {
      if (child.type === "herestring_redirect") {
        obstacles.push(obstacleOf(child.type));
        const word = child.children.find(({ isNamed }) => isNamed);
        if (word !== undefined) own = { kind: "word", node: word };
        walkInside(child);
      } else if (child.type === "file_redirect" || child.type === "variable_assignment") {
        walk(child, null);
      } else if (child.type === "command_name" || wordTypes.has(child.type)) {
        walkInside(child);
        if (child.type === "command_name" && reservedWords.has(child.text)) isMisread = true;
        // Two words without a blank between them are one word to the shell.
        if (last?.end === child.start)
          obstacles.push({ rule: "ask.syntax", reason: "Its words cannot be told apart." });
        last = child;
      } else {
        obstacles.push(obstacleOf(child.type));
        child.children.forEach((part) => walk(part, null));
      }
    }
    commands.push({ node, input: own });
  };

  const walkRedirected = (node: SyntaxNode, input: Input | null): void => {
    const heredocs = node.children.filter(({ type }) => type === "heredoc_redirect");
    const text = heredocs
      .flatMap(({ children }) => children)
      .filter(({ type }) => type === "heredoc_body")
      .map((body) => body.text)
      .join("");
    const own: Input | null = heredocs.length === 0 ? input : { kind: "text", text };
    for (const child of node.children) {
      if (child.type !== "heredoc_redirect") {
        walk(child, own);
        continue;
      }
      obstacles.push(obstacleOf(child.type));
      // The grammar puts what follows the opening word on its line inside of the redirection.
      for (const part of child.children) {
        if (part.type === "heredoc_body") walkInside(part);
        else if (part.isNamed && !part.type.startsWith("heredoc_") && part.type !== "file_descriptor") walk(part, own);
      }
    }
  };

  const walkRedirect = (node: SyntaxNode): void => {
    if (isHarmless(node)) return;
    obstacles.push(obstacleOf(node.type));
    const target = node.children.findLast(({ type }) => wordTypes.has(type));
    const operator = node.children.find(({ isNamed }) => !isNamed)?.type;
    if (target !== undefined && operator !== "<" && operator !== "<&") written.push({ target });
    node.children.forEach((child) => walkInside(child));
  };

  walk(root, null);
  if (!isCovered(root)) obstacles.push({ rule: "ask.syntax", reason: "A part of it is not understood." });
  return { commands, obstacles, written, assigned, isMisread, forkBombs };
}

/** `2>&1`, `>/dev/null` and the like. */
function isHarmless(node: SyntaxNode): boolean {
  const [first] = node.children;
  const hasDescriptor = first?.type === "file_descriptor";
  const [operator, target, ...more] = hasDescriptor ? node.children.slice(1) : node.children;
  if (more.length > 0 || operator === undefined || target === undefined) return false;
  if (hasDescriptor && first.text !== "1" && first.text !== "2") return false;
  if (operator.type === ">") return target.type === "word" && target.text === "/dev/null";
  return operator.type === ">&" && target.type === "number" && (target.text === "1" || target.text === "2");
}

/** Whether nothing but blanks and line ends lies between the smallest parts of the tree: what the grammar skipped nobody has judged. */
function isCovered(root: SyntaxNode): boolean {
  let at = 0;
  const check = (node: SyntaxNode): boolean => {
    // The inside of double quotes is read from the source.
    if (node.children.length > 0 && node.type !== "string") return node.children.every(check);
    const gap = root.text.slice(at - root.start, node.start - root.start);
    at = node.end;
    return /^[ \t\n]*$/.test(gap);
  };
  at = root.start;
  return check(root) && /^[ \t\n]*$/.test(root.text.slice(at - root.start));
}

/** A function that starts itself twice, or in the background, grows without end: `:(){ :|:& };:`. */
function callsInBackground(node: SyntaxNode, name: string): boolean {
  const calls = (at: SyntaxNode): number =>
    (at.type === "command_name" && at.text === name ? 1 : 0) +
    at.children.reduce((sum, child) => sum + calls(child), 0);
  const hasBackground = (at: SyntaxNode): boolean => at.type === "&" || at.children.some(hasBackground);
  return calls(node) > 0 && (hasBackground(node) || calls(node) > 1);
}

const maxValueChars = 4096;

/** The constants of a script as one reading of it: the n-th that each variable is given, else its last. */
export function variablesOf({ assigned }: Script, reading: number, known: Variables): Variables {
  const values = new Map<string, string[]>();
  const result = new Map(known);
  for (const { name, value } of assigned) {
    const words = readWord(value, result).map((word) => word.value);
    const text = words.join(" ");
    // Doubled often enough, a value would grow without end.
    if (words.includes(null) || text.length > maxValueChars) continue;
    const list = values.get(name) ?? [];
    list.push(text);
    values.set(name, list);
    result.set(name, list[Math.min(reading, list.length - 1)] ?? text);
  }
  return result;
}

/** How many readings {@link variablesOf} can tell apart; at most 8. */
export function readingsOf({ assigned }: Script): number {
  const counts = new Map<string, number>();
  for (const { name } of assigned) counts.set(name, (counts.get(name) ?? 0) + 1);
  return Math.min(8, Math.max(1, ...counts.values()));
}

/** Words with a value that holds for every run, or null. */
export const literalWords = (words: readonly Word[]): string[] | null => {
  const values: string[] = [];
  for (const { value, isLiteral } of words) {
    if (value === null || !isLiteral) return null;
    values.push(value);
  }
  return values;
};
