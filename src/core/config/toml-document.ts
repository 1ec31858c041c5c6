import type { AST } from "toml-eslint-parser";

/** A number in a path is the place in an array of tables; no change names one. */
type Path = readonly (string | number)[];

/** `key = value`, at the top or in an inline table. */
export interface Pair {
  /** From the root of the document. */
  readonly path: Path;
  readonly start: number;
  readonly end: number;
  readonly value: Value;
}
interface Value {
  readonly start: number;
  readonly end: number;
  /** The members of an inline table; null for every other value. */
  readonly members: readonly Pair[] | null;
}
/** What stands under one heading; the first section has none and is the root. */
export interface Section {
  readonly path: Path;
  readonly hasHeading: boolean;
  readonly start: number;
  readonly end: number;
  readonly pairs: readonly Pair[];
}

/** A TOML text with the places of what is in it, as offsets in UTF-16 units. */
export interface TomlDocument {
  readonly text: string;
  /** The root first, then in order. */
  readonly sections: readonly Section[];
  /** As the text has it. */
  readonly newline: "\n" | "\r\n";
}

/** @throws when the text is no TOML */
export type ParseDocument = (text: string) => TomlDocument;

/** The parser is loaded when the first configuration is written. */
export async function loadTomlParser(): Promise<ParseDocument> {
  const { parseTOML } = await import("toml-eslint-parser");
  return (text) => {
    const [top] = parseTOML(text, { tomlVersion: "1.1" }).body;
    const root = top.body.filter((node) => node.type === "TOMLKeyValue");
    const headed = top.body.filter((node) => node.type === "TOMLTable");
    const sections = headed.map((table): Section => {
      const path = table.resolvedKey;
      return { path, hasHeading: true, ...placeOf(table), pairs: table.body.map((node) => pairOf(node, path)) };
    });
    const pairs = root.map((node) => pairOf(node, []));
    return {
      text,
      sections: [{ path: [], hasHeading: false, start: 0, end: pairs.at(-1)?.end ?? 0, pairs }, ...sections],
      newline: /\r\n/.test(text) ? "\r\n" : "\n",
    };
  };
}

function pairOf(node: AST.TOMLKeyValue, above: Path): Pair {
  const path = [...above, ...node.key.keys.map((key) => (key.type === "TOMLBare" ? key.name : key.value))];
  const { value } = node;
  const members = value.type === "TOMLInlineTable" ? value.body.map((member) => pairOf(member, path)) : null;
  return { path, ...placeOf(node), value: { ...placeOf(value), members } };
}

const placeOf = ({ range: [start, end] }: AST.TOMLNode): { readonly start: number; readonly end: number } => ({
  start,
  end,
});

/** `path` is `start` or lies below it. */
export const beginsWith = (path: Path, start: Path): boolean =>
  path.length >= start.length && start.every((key, index) => path[index] === key);

export const startOfLine = (text: string, at: number): number => text.lastIndexOf("\n", at - 1) + 1;

/** Behind the line break of the line that `at` is in, or the end of the text. */
export function endOfLine(text: string, at: number): number {
  const next = text.indexOf("\n", at);
  return next === -1 ? text.length : next + 1;
}
