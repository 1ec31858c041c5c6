/**
 * The part of Starlark that rules files are written in: calls with named arguments whose values are strings and lists of them, and
 * comments. Whatever else the language has is an error. https://github.com/bazelbuild/starlark/blob/master/spec.md
 */
export interface Call extends Position {
  readonly name: string;
  readonly args: ReadonlyMap<string, Value>;
}
export type Value = { readonly at: Position } & (
  { readonly kind: "string"; readonly text: string } | { readonly kind: "list"; readonly items: readonly Value[] }
);
/** Both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What is wrong with a file of rules. The message says what to do. */
export class RulesError extends Error {
  readonly position: Position;
  constructor(message: string, position: Position) {
    super(message);
    this.name = "RulesError";
    this.position = position;
  }
}

interface Token {
  readonly kind: "name" | "string" | "mark" | "end";
  readonly text: string;
  readonly at: Position;
}

const maxNesting = 8;

/** The calls of a file, in its order. Throws {@link RulesError}. */
export function parseCalls(source: string): Call[] {
  const tokens = tokenize(source);
  let index = 0;
  const peek = (): Token => tokens[index] ?? { kind: "end", text: "", at: { line: 1, column: 1 } };
  const next = (): Token => {
    const token = peek();
    index += 1;
    return token;
  };
  const describe = ({ kind, text }: Token): string => (kind === "end" ? "the end of the file" : JSON.stringify(text));
  const expect = (mark: string): void => {
    const token = next();
    if (token.kind !== "mark" || token.text !== mark) {
      throw new RulesError(`expected "${mark}" instead of ${describe(token)}`, token.at);
    }
  };
  const isMark = (mark: string): boolean => peek().kind === "mark" && peek().text === mark;

  const value = (depth: number): Value => {
    const token = next();
    if (token.kind === "string") return { kind: "string", text: token.text, at: token.at };
    if (token.kind !== "mark" || token.text !== "[") {
      throw new RulesError(`expected a string or a list instead of ${describe(token)}`, token.at);
    }
    if (depth >= maxNesting) throw new RulesError("lists are nested too deeply", token.at);
    const items: Value[] = [];
    while (!isMark("]")) {
      items.push(value(depth + 1));
      if (!isMark("]")) expect(",");
    }
    expect("]");
    return { kind: "list", items, at: token.at };
  };

  const calls: Call[] = [];
  while (peek().kind !== "end") {
    const name = next();
    if (name.kind !== "name") {
      throw new RulesError(`expected a call such as prefix_rule(...) instead of ${describe(name)}`, name.at);
    }
    expect("(");
    const args = new Map<string, Value>();
    while (!isMark(")")) {
      const key = next();
      if (key.kind !== "name") {
        throw new RulesError(`every argument needs its name, such as pattern = [...]; found ${describe(key)}`, key.at);
      }
      if (args.has(key.text)) throw new RulesError(`${key.text} is given twice`, key.at);
      expect("=");
      args.set(key.text, value(0));
      if (!isMark(")")) expect(",");
    }
    expect(")");
    calls.push({ name: name.text, args, ...name.at });
  }
  return calls;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", "\\": "\\", "'": "'", '"': '"' };

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let index = 0;
  let line = 1;
  let lineStart = 0;
  const here = (): Position => ({ line, column: index - lineStart + 1 });
  const newline = (): void => {
    line += 1;
    lineStart = index + 1;
  };
  while (index < source.length) {
    const char = source.charAt(index);
    if (char === "\n") newline();
    if (/\s|;/.test(char)) {
      index += 1;
    } else if (char === "#") {
      while (index < source.length && source.charAt(index) !== "\n") index += 1;
    } else if ("()[],=".includes(char)) {
      tokens.push({ kind: "mark", text: char, at: here() });
      index += 1;
    } else if (/[A-Za-z_]/.test(char) && !/^r['"]/.test(source.slice(index, index + 2))) {
      const at = here();
      const name = /^\w+/.exec(source.slice(index, index + 100))?.[0] ?? char;
      tokens.push({ kind: "name", text: name, at });
      index += name.length;
    } else if (char === '"' || char === "'" || char === "r") {
      tokens.push(string());
    } else {
      throw new RulesError(`${JSON.stringify(char)} is not understood in a file of rules`, here());
    }
  }
  tokens.push({ kind: "end", text: "", at: here() });
  return tokens;

  function string(): Token {
    const at = here();
    const isRaw = source.charAt(index) === "r";
    if (isRaw) index += 1;
    const mark = source.charAt(index);
    const quote = source.startsWith(mark.repeat(3), index) ? mark.repeat(3) : mark;
    index += quote.length;
    let text = "";
    while (!source.startsWith(quote, index)) {
      const char = source.charAt(index);
      if (char === "" || (char === "\n" && quote.length === 1)) {
        throw new RulesError(`this string has no closing ${quote}`, at);
      }
      if (char === "\n") newline();
      if (char === "\\" && !isRaw) {
        const escaped = escapes[source.charAt(index + 1)];
        if (escaped === undefined) throw new RulesError("this escape is not known; write \\\\ for a backslash", here());
        text += escaped;
        index += 2;
      } else {
        text += char;
        index += 1;
      }
    }
    index += quote.length;
    return { kind: "string", text, at };
  }
}
