import type { SyntaxNode } from "./grammar.ts";

/** One argument as a program would get it. */
export interface Word {
  /** Null: only a run could tell. */
  readonly value: string | null;
  /** Nothing but quotes and backslashes stands between what is written and `value`: no expansion, no pattern, no brace, no tilde. */
  readonly isLiteral: boolean;
  /** As written. */
  readonly raw: string;
}

/** What is known of variables: the constants that the script itself gives them. */
export type Variables = ReadonlyMap<string, string>;

/** Node types that are (parts of) words. */
export const wordTypes: ReadonlySet<string> = new Set([
  "word",
  "number",
  "string",
  "raw_string",
  "ansi_c_string",
  "translated_string",
  "concatenation",
  "simple_expansion",
  "expansion",
  "command_substitution",
  "process_substitution",
  "arithmetic_expansion",
  "brace_expression",
  "extglob_pattern",
  "regex",
  "test_operator",
  "special_variable_name",
]);

/** The words that one written word becomes: usually one; more when a variable is split at blanks or braces are expanded. */
export function readWord(node: SyntaxNode, variables: Variables): readonly Word[] {
  const raw = node.text;
  const piece = readPiece(node, variables);
  if (piece.value === null) return [{ value: null, isLiteral: false, raw }];
  if (piece.isSplit) {
    const parts = piece.value.split(/[ \t\n]+/).filter((part) => part !== "");
    return parts.map((value) => ({ value, isLiteral: false, raw }));
  }
  if (!piece.isLiteral && node.type !== "string" && piece.hasBraces === true) {
    return expandBraces(piece.value).map((value) => ({ value, isLiteral: false, raw }));
  }
  return [{ value: piece.value, isLiteral: piece.isLiteral, raw }];
}

interface Piece {
  readonly value: string | null;
  readonly isLiteral: boolean;
  /** An unquoted expansion: the shell splits it. */
  readonly isSplit?: boolean;
  readonly hasBraces?: boolean;
}
const unknown: Piece = { value: null, isLiteral: false };

function readPiece(node: SyntaxNode, variables: Variables): Piece {
  switch (node.type) {
    case "word":
    case "number":
      return readBare(node.text);
    case "raw_string":
      return { value: node.text.slice(1, -1), isLiteral: true };
    case "string":
      return readQuoted(node, variables);
    case "ansi_c_string":
      return { value: decodeAnsi(node.text.slice(2, -1)), isLiteral: false };
    case "translated_string":
    case "concatenation":
      return join(node, variables);
    case "simple_expansion":
    case "expansion":
      return { value: variableOf(node, variables), isLiteral: false, isSplit: true };
    case "command_substitution":
      return { value: printedBy(node, variables), isLiteral: false, isSplit: true };
    default:
      return unknown;
  }
}

function join(node: SyntaxNode, variables: Variables): Piece {
  const parts = node.children.filter((child) => child.isNamed);
  if (node.type === "concatenation" && node.text === "{}") return { value: "{}", isLiteral: true };
  const pieces = parts.map((child) => readPiece(child, variables));
  let value = "";
  for (const piece of pieces) {
    if (piece.value === null) return unknown;
    value += piece.value;
  }
  return {
    value,
    isLiteral: node.type === "concatenation" && pieces.every(({ isLiteral }) => isLiteral),
    isSplit: pieces.some(({ isSplit }) => isSplit === true),
    hasBraces: parts.some(({ type, text }) => type === "word" && /[{}]/.test(text)),
  };
}

/** Escaped characters that mean themselves and nothing else to any shell. A letter behind a backslash has no reason to be there. */
const mayBeEscaped = /[\s()[\]{}*?.!|&;<>$'"\\#~,:=@%^+-]/;

/** An unquoted token of the grammar. What the shell would expand in it is not literal. */
function readBare(text: string): Piece {
  let value = "";
  let isLiteral = true;
  let hasBraces = false;
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === "\\") {
      index += 1;
      const next = text.charAt(index);
      if (next === "\n" || next === "" || !mayBeEscaped.test(next)) isLiteral = false;
      if (next !== "\n") value += next;
      continue;
    }
    if ("*?[]{}`$'\"<>|&;()^".includes(char)) isLiteral = false;
    if (char === "{") hasBraces = true;
    // zsh replaces `=name` by the path of a program.
    if (char === "~" && (value === "" || /[=:]$/.test(value))) isLiteral = false;
    if (char === "=" && value === "" && text.length > 1) isLiteral = false;
    value += char;
  }
  return { value, isLiteral, hasBraces };
}

/** Double quotes: what is not an expansion is taken from the source, since the grammar leaves blanks out of its nodes. */
function readQuoted(node: SyntaxNode, variables: Variables): Piece {
  let value = "";
  let isLiteral = true;
  let at = node.start + 1;
  const end = node.end - 1;
  const take = (until: number): void => {
    const text = node.text.slice(at - node.start, until - node.start);
    for (let index = 0; index < text.length; index += 1) {
      const char = text.charAt(index);
      const next = text.charAt(index + 1);
      if (char === "\\" && '$`"\\\n'.includes(next) && next !== "") {
        if (next === "\n") isLiteral = false;
        else value += next;
        index += 1;
        continue;
      }
      // A last dollar sign stands for itself.
      if (char === "`" || (char === "$" && !(until === end && next === ""))) isLiteral = false;
      value += char;
    }
  };
  for (const child of node.children) {
    if (!child.isNamed || child.type === "string_content") continue;
    take(child.start);
    at = child.end;
    const piece = readPiece(child, variables);
    if (piece.value === null) return unknown;
    isLiteral = false;
    value += piece.value;
  }
  take(end);
  return { value, isLiteral };
}

/** `$name` and `${name}`; everything else that stands in braces is left to a run. */
function variableOf(node: SyntaxNode, variables: Variables): string | null {
  const named = node.children.filter((child) => child.isNamed);
  const tokens = node.children.filter((child) => !child.isNamed).map(({ type }) => type);
  const [name] = named;
  if (named.length !== 1 || name?.type !== "variable_name") return null;
  if (!["$", "${ }"].includes(tokens.join(" "))) return null;
  return variables.get(name.text) ?? null;
}

/** What `$(echo x)`, `$(which rm)` and `$(command -v rm)` print; null for all else. */
function printedBy(node: SyntaxNode, variables: Variables): string | null {
  const [command, ...more] = node.children.filter((child) => child.isNamed);
  if (command?.type !== "command" || more.length > 0) return null;
  return printed(commandWords(command, variables).map(({ value }) => value));
}

/** The words of a `command` node, its name first; without assignments and redirections. */
export const commandWords = (command: SyntaxNode, variables: Variables): Word[] =>
  command.children.flatMap((child) => {
    if (child.type === "command_name") return child.children.flatMap((part) => readWord(part, variables));
    return wordTypes.has(child.type) ? readWord(child, variables) : [];
  });

/** The output of a program that only repeats its arguments, or names a program; null: unknown. */
export function printed([name, ...args]: readonly (string | null)[]): string | null {
  const texts: string[] = [];
  for (const arg of args) {
    if (arg === null) return null;
    texts.push(arg);
  }
  switch (name) {
    case "echo":
      return texts.filter((text, index) => !(index === 0 && /^-[neE]+$/.test(text))).join(" ");
    case "printf":
      return texts.length > 1 && /^%s(?:\\n)?$/.test(texts[0] ?? "")
        ? texts.slice(1).join(" ")
        : texts.join(" ").replaceAll("\\n", "\n");
    case "which":
    case "command":
    case "type":
      return texts.findLast((text) => !text.startsWith("-")) ?? null;
    default:
      return null;
  }
}

const simpleEscapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };
const ansiEscape = /\\(?:x([0-9a-fA-F]{1,2})|u([0-9a-fA-F]{1,4})|([0-7]{1,3})|([ntr\\'"]))/g;

/** The inside of `$'...'`; null with an escape that is not known here. */
function decodeAnsi(text: string): string | null {
  if (text.replace(ansiEscape, "").includes("\\")) return null;
  return text.replace(ansiEscape, (_, hex?: string, unicode?: string, octal?: string, simple = "") => {
    const code = hex ?? unicode;
    if (code !== undefined) return String.fromCharCode(parseInt(code, 16));
    return octal === undefined ? (simpleEscapes[String(simple)] ?? "") : String.fromCharCode(parseInt(octal, 8));
  });
}

const maxExpansions = 64;
const maxBraceChars = 1000;

/** `a{b,c}d` as bash reads it; a text without a list in braces, or a very long one, stays as it is. */
function expandBraces(text: string): string[] {
  const done: string[] = [];
  const open = [text];
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const parts = next.length > maxBraceChars ? null : firstList(next);
    if (parts === null || done.length + open.length + parts.length > maxExpansions) done.push(next);
    else open.unshift(...parts);
  }
  return done;
}

/** The text with its first list in braces replaced by each of its members; null: it has none. */
function firstList(text: string): string[] | null {
  for (let open = text.indexOf("{"); open !== -1; open = text.indexOf("{", open + 1)) {
    const parts: string[] = [];
    let depth = 0;
    let from = open + 1;
    for (let index = open; index < text.length; index += 1) {
      const char = text.charAt(index);
      if (char === "{") depth += 1;
      if (char === "}") depth -= 1;
      if ((char === "," && depth === 1) || depth === 0) {
        parts.push(text.slice(from, index));
        from = index + 1;
      }
      if (depth > 0) continue;
      if (parts.length < 2) break;
      return parts.map((part) => text.slice(0, open) + part + text.slice(index + 1));
    }
  }
  return null;
}
