import type { ComponentChildren } from "preact";
import type { MarkedToken, Token } from "marked";
import { absolutePath } from "../paths.ts";
import { usePanel } from "../panel-context.ts";
import { visibleText } from "../visible-text.ts";
import { isMarkedToken } from "./blocks.ts";
import { decodeEntities } from "./entities.ts";
import { codePathTarget, type LinkTarget, linkTarget } from "./links.ts";

/** Deeper nesting than any text needs; below it the text is shown as written. */
const maxDepth = 16;

/** Tokens become elements one by one; HTML in the text stays text, so there is nothing to sanitise. */
export function inline(tokens: readonly Token[] | undefined, depth = 0): ComponentChildren {
  return tokens?.map((token) => (isMarkedToken(token) && depth < maxDepth ? one(token, depth) : token.raw));
}

function one(token: MarkedToken, depth: number): ComponentChildren {
  switch (token.type) {
    case "text":
      return token.tokens === undefined ? decodeEntities(token.text) : inline(token.tokens, depth + 1);
    case "escape":
      return token.text;
    case "strong":
      return <strong>{inline(token.tokens, depth + 1)}</strong>;
    case "em":
      return <em>{inline(token.tokens, depth + 1)}</em>;
    case "del":
      return <del>{inline(token.tokens, depth + 1)}</del>;
    case "br":
      return <br />;
    case "codespan":
      return <Code text={token.text} />;
    case "link":
      return (
        <Link target={linkTarget(token.href)} written={token.href}>
          {inline(token.tokens, depth + 1)}
        </Link>
      );
    case "image":
      // Nothing is fetched because a model said so: an image is a link to it.
      return (
        <Link target={linkTarget(token.href)} written={token.href}>
          {token.text === "" ? "image" : decodeEntities(token.text)}
        </Link>
      );
    default:
      return token.raw;
  }
}

function Code({ text }: { text: string }) {
  const target = codePathTarget(text);
  return target === null ? (
    <code>{text}</code>
  ) : (
    <Link target={target} written={text}>
      <code>{text}</code>
    </Link>
  );
}

function Link({
  target,
  written,
  children,
}: {
  target: LinkTarget | null;
  written: string;
  children: ComponentChildren;
}) {
  const { store, cwd } = usePanel();
  if (target === null) return <span title={visibleText(written)}>{children}</span>;
  if (target.kind === "file") {
    const open = (): void => store.openFile(absolutePath(target.path, cwd), target.line);
    return (
      <button type="button" class="link" title={`Open ${visibleText(written)}`} onClick={open}>
        {children}
      </button>
    );
  }
  const open = (event: MouseEvent): void => {
    // VS Code's own handler, further up, would open it a second time.
    event.preventDefault();
    event.stopPropagation();
    store.openExternal(target.url);
  };
  return (
    <a href={target.url} title={target.url} onClick={open} onAuxClick={open}>
      {children}
    </a>
  );
}
