import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

/** A node of the syntax tree, detached from the parser. Names are tree-sitter-bash's. */
export interface SyntaxNode {
  readonly type: string;
  readonly isNamed: boolean;
  /** In UTF-16 units of the script. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly children: readonly SyntaxNode[];
}

export type ParsedScript =
  | { readonly kind: "parsed"; readonly root: SyntaxNode }
  /** `why` completes "it ..."; `root`: what could be read all the same, or null. */
  | { readonly kind: "failed"; readonly rule: string; readonly why: string; readonly root: SyntaxNode | null };

/** Parses one script. Synchronous; never throws for any input. */
export type ScriptParser = (script: string) => ParsedScript;

/** What Linux takes as one argument of a program, and so as a script. */
export const maxScriptChars = 128 * 1024;
const maxNodes = 20_000;
const maxDepth = 150;
const maxParseMs = 500;

const modules = {
  "web-tree-sitter.wasm": "web-tree-sitter/web-tree-sitter.wasm",
  "tree-sitter-bash.wasm": "tree-sitter-bash/tree-sitter-bash.wasm",
} as const;

/** Beside the bundle, where the build copies it; in a checkout, in its package. */
async function readModule(name: keyof typeof modules): Promise<Uint8Array> {
  const beside = fileURLToPath(new URL(`./${name}`, import.meta.url));
  return readFile(existsSync(beside) ? beside : createRequire(import.meta.url).resolve(modules[name]));
}

/** Loads the grammar (30 ms, 1.5 MB); once is enough for a process. Rejects when its files are missing. */
export async function loadScriptParser(): Promise<ScriptParser> {
  const [{ Language, Parser }, runtime, bash] = await Promise.all([
    import("web-tree-sitter"),
    readModule("web-tree-sitter.wasm"),
    readModule("tree-sitter-bash.wasm"),
  ]);
  await Parser.init({ wasmBinary: runtime });
  const parser = new Parser();
  parser.setLanguage(await Language.load(bash));
  return (script) => {
    if (script.length > maxScriptChars) return failed("ask.too-long", `is longer than ${maxScriptChars} characters`);
    const end = performance.now() + maxParseMs;
    // The parser's own types forget that the callback's answer stops it.
    const tree = parser.parse(script, null, { progressCallback: () => performance.now() > end });
    if (tree === null) {
      parser.reset();
      return failed("ask.too-complex", "takes too long to be read");
    }
    try {
      const node = detach(tree.walk(), script);
      if (node === null) return failed("ask.too-complex", "has too many parts");
      const root = { ...node, start: 0, end: script.length, text: script };
      return tree.rootNode.hasError
        ? { ...failed("ask.syntax-error", "cannot be read as shell"), root }
        : { kind: "parsed", root };
    } finally {
      tree.delete();
    }
  };
}

const failed = (rule: string, why: string) => ({ kind: "failed", rule, why, root: null }) as const;

interface Cursor {
  readonly nodeType: string;
  readonly nodeIsNamed: boolean;
  readonly startIndex: number;
  readonly endIndex: number;
  gotoFirstChild(): boolean;
  gotoNextSibling(): boolean;
  gotoParent(): boolean;
  delete(): void;
}

/** Null beyond the bounds. */
function detach(cursor: Cursor, script: string): SyntaxNode | null {
  let count = 0;
  const read = (depth: number): SyntaxNode | null => {
    count += 1;
    if (count > maxNodes || depth > maxDepth) return null;
    const { nodeType: type, nodeIsNamed: isNamed, startIndex: start, endIndex: end } = cursor;
    const children: SyntaxNode[] = [];
    if (cursor.gotoFirstChild()) {
      do {
        const child = read(depth + 1);
        if (child === null) return null;
        children.push(child);
      } while (cursor.gotoNextSibling());
      cursor.gotoParent();
    }
    return { type, isNamed, start, end, text: script.slice(start, end), children };
  };
  try {
    return read(0);
  } finally {
    cursor.delete();
  }
}
