/** An exported name of a TypeScript file. */
export interface Declaration {
  readonly name: string;
  readonly kind: "function" | "interface" | "type" | "class" | "constant";
  /** From 1. */
  readonly line: number;
  /** The one-line doc comment above it. */
  readonly comment: string | null;
  /** The declaration up to its end, at most 30 lines. */
  readonly source: string;
}

const kinds: ReadonlyMap<string, Declaration["kind"]> = new Map([
  ["function", "function"],
  ["interface", "interface"],
  ["type", "type"],
  ["class", "class"],
  ["const", "constant"],
]);
const maxLines = 30;
const maxDeclarations = 40;

/** Exports of a TypeScript text, by looking at lines that begin with `export`. A reader's glance, not a parser. */
export function outlineOf(text: string): readonly Declaration[] {
  const lines = text.split(/\r?\n/);
  return lines
    .flatMap((line, index): Declaration[] => {
      const [, word = "", name = ""] =
        /^export (?:default )?(?:abstract )?(?:async )?(function|interface|type|class|const)\*? (\w+)/.exec(line) ?? [];
      const kind = kinds.get(word);
      if (kind === undefined) return [];
      const comment = /^\/\*\* (.+) \*\/$/.exec(lines[index - 1] ?? "")?.[1] ?? null;
      const rest = lines.slice(index, index + maxLines);
      const end = /[;]$/.test(line) ? 0 : rest.findIndex((each) => /^[}\])]/.test(each));
      return [
        { name, kind, line: index + 1, comment, source: rest.slice(0, end === -1 ? undefined : end + 1).join("\n") },
      ];
    })
    .slice(0, maxDeclarations);
}
