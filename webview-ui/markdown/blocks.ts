import { Lexer, type MarkedToken, type Token, type TokensList } from "marked";

/**
 * Markdown as a list of top-level blocks, read again only where it can still change: while a message streams, everything before
 * its last block keeps its identity, so that only the last block is rendered again.
 */
export type Block = { readonly start: number; readonly raw: string; readonly token: MarkedToken };
export type Parsed = {
  readonly source: string;
  readonly blocks: readonly Block[];
  /** False when the positions of the blocks are not those in the text, so that nothing can be kept of it. */
  readonly isExact: boolean;
};

/** Longer text is shown as it is. */
export const maxMarkdown = 100_000;

/**
 * @param text the message so far; line ends may be of either kind
 * @param previous the result for a beginning of `text`, or null
 */
export function parseBlocks(text: string, previous: Parsed | null): Parsed {
  const source = text.replace(/\r\n?/g, "\n");
  if (previous !== null && previous.source === source) return previous;
  const kept = previous?.isExact === true && source.startsWith(previous.source) ? settled(previous.blocks) : [];
  const last = kept.at(-1);
  const from = last === undefined ? 0 : last.start + last.raw.length;
  const blocks = [...kept];
  let at = from;
  for (const token of tokensOf(source.slice(from))) {
    if (isMarkedToken(token)) blocks.push({ start: at, raw: token.raw, token });
    at += token.raw.length;
  }
  // The lexer swallows a repeated link definition, so the sum can fall short.
  return { source, blocks, isExact: at === source.length };
}

/** The blocks that later text cannot change: all before the last one that is not blank. */
function settled(blocks: readonly Block[]): readonly Block[] {
  const open = blocks.findLastIndex((block) => block.token.type !== "space");
  return blocks.slice(0, Math.max(open, 0));
}

function tokensOf(source: string): Token[] {
  if (source.length > maxMarkdown) return [plainText(source)];
  try {
    return new BoundedLexer({ gfm: true }).lex(source);
  } catch {
    return [plainText(source)]; // a fault of the lexer must not end the panel
  }
}

/**
 * Reading inline markup takes time in the square of the paragraph's length at worst (`_a_a_a`), and nesting costs a copy of the text
 * per level. Both are bounded well above what people and models write.
 */
class BoundedLexer extends Lexer {
  static readonly #maxInline = 4000;
  static readonly #maxNesting = 16;
  #nesting = 0;

  override inlineTokens(text: string, tokens: Token[] = []): Token[] {
    if (text.length <= BoundedLexer.#maxInline) return super.inlineTokens(text, tokens);
    tokens.push(plainText(text));
    return tokens;
  }

  override blockTokens(text: string, tokens: Token[] = [], lastParagraphClipped = false): TokensList {
    if (this.#nesting >= BoundedLexer.#maxNesting) tokens.push(plainText(text));
    else {
      this.#nesting++;
      super.blockTokens(text, tokens, lastParagraphClipped);
      this.#nesting--;
    }
    return Object.assign(tokens, { links: this.tokens.links });
  }
}

function plainText(source: string): MarkedToken {
  return { type: "text", raw: source, text: source, escaped: false };
}

const tokenTypes: ReadonlySet<string> = new Set<MarkedToken["type"]>([
  "blockquote",
  "br",
  "checkbox",
  "code",
  "codespan",
  "def",
  "del",
  "em",
  "escape",
  "heading",
  "hr",
  "html",
  "image",
  "link",
  "list",
  "list_item",
  "paragraph",
  "space",
  "strong",
  "table",
  "text",
]);

/** Narrows to the lexer's own tokens; we register no extensions, so there are no others. */
export const isMarkedToken = (token: Token): token is MarkedToken => tokenTypes.has(token.type);
