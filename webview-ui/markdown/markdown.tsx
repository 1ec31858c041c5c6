import { Fragment, h, type ComponentChildren } from "preact";
import type { MarkedToken, Token, Tokens } from "marked";
import { memo } from "../memo.ts";
import { type Block, isMarkedToken } from "./blocks.ts";
import { CodeBlock } from "./code-block.tsx";
import { inline } from "./inline.tsx";
import { useMarkdown } from "./use-markdown.ts";

const maxDepth = 12;
/** Headings of a message stand below the turn's own, which is an h2. */
const headingTags = ["h3", "h4", "h5", "h6"] as const;

/** A message of the model. Raw HTML, images and unknown link schemes show as text. */
export function Markdown({ text, isStreaming }: { text: string; isStreaming: boolean }) {
  const blocks = useMarkdown(text, isStreaming);
  const levels = headingLevels(blocks);
  return (
    <div class="markdown">
      {blocks.map((block) => (
        <BlockView key={block.start} block={block} headingLevel={levels.get(block) ?? 0} />
      ))}
    </div>
  );
}

/** Blocks keep their identity while the text after them grows, so only the last one renders again. */
const BlockView = memo(({ block, headingLevel }: { block: Block; headingLevel: number }) =>
  block.token.type === "heading"
    ? h(headingTags[headingLevel] ?? "h6", { class: `depth-${block.token.depth}` }, inline(block.token.tokens))
    : blockElement(block.token, 0),
);

/** How deep each heading stands below those before it: models skip levels, a reader of headings must not. 0 is the highest. */
function headingLevels(blocks: readonly Block[]): ReadonlyMap<Block, number> {
  const levels = new Map<Block, number>();
  const open: number[] = [];
  for (const block of blocks) {
    if (block.token.type !== "heading") continue;
    while ((open.at(-1) ?? 0) >= block.token.depth) open.pop();
    levels.set(block, open.length);
    open.push(block.token.depth);
  }
  return levels;
}

function blockElements(tokens: readonly Token[], depth: number): ComponentChildren {
  return tokens.map((token, index) => (
    <Fragment key={index}>{isMarkedToken(token) && depth < maxDepth ? blockElement(token, depth) : token.raw}</Fragment>
  ));
}

function blockElement(token: MarkedToken, depth: number): ComponentChildren {
  switch (token.type) {
    case "space":
    case "def":
      return null;
    case "heading": // inside a list or a quote: no section of the message
      return (
        <p>
          <strong>{inline(token.tokens)}</strong>
        </p>
      );
    case "paragraph":
      return <p>{inline(token.tokens)}</p>;
    case "code":
      return <CodeBlock code={token.text} info={token.lang ?? ""} />;
    case "blockquote":
      return <blockquote>{blockElements(token.tokens, depth + 1)}</blockquote>;
    case "list":
      return list(token, depth);
    case "table":
      return table(token);
    case "hr":
      return <hr />;
    case "html":
      return <p class="raw">{token.raw.trimEnd()}</p>;
    case "text":
      // A tight list item's text, or the whole of a message that is shown as it is.
      return token.tokens === undefined ? <p class="raw">{token.text}</p> : <>{inline(token.tokens)}</>;
    case "checkbox":
      return <span class="checkbox">{token.checked ? "☑" : "☐"} </span>;
    default:
      return inline([token]);
  }
}

function list(token: Tokens.List, depth: number): ComponentChildren {
  const items = token.items.map((item, index) => (
    <li key={index} class={item.task ? "task" : undefined}>
      {blockElements(item.tokens, depth + 1)}
    </li>
  ));
  return token.ordered ? <ol start={token.start === "" ? 1 : token.start}>{items}</ol> : <ul>{items}</ul>;
}

function table(token: Tokens.Table): ComponentChildren {
  const cell = (tag: "th" | "td") => (content: Tokens.TableCell, index: number) =>
    h(
      tag,
      { key: index, class: content.align === null ? undefined : `align-${content.align}` },
      inline(content.tokens),
    );
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>{token.header.map(cell("th"))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>{row.map(cell("td"))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
