import type { ItemOf } from "../../src/protocol/items.ts";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon } from "../controls/icon.tsx";
import { Markdown } from "../markdown/markdown.tsx";
import { formatDuration } from "../units.ts";

/** What the model lets us see of its thinking; folded. */
export function Reasoning({ item, isOpen }: { item: ItemOf<"reasoning">; isOpen: boolean }) {
  const parts = item.summary.some((part) => part.trim() !== "") ? item.summary : item.content;
  const text = parts.join("\n\n").trim();
  const summary = (
    <>
      <Icon name={isOpen ? "loading" : "lightbulb"} isSpinning={isOpen} />
      <span class="row-title">{isOpen ? thinking(text) : thought(item)}</span>
    </>
  );
  if (text === "") return <div class="row static quiet">{summary}</div>;
  return (
    <Disclosure class="quiet" summary={summary} isOpenAtFirst={false}>
      <div class="reasoning-text">
        <Markdown text={text} isStreaming={isOpen} />
      </div>
    </Disclosure>
  );
}

function thought({ startedAtMs, completedAtMs }: ItemOf<"reasoning">): string {
  if (typeof startedAtMs !== "number" || typeof completedAtMs !== "number") return "Thought";
  const ms = completedAtMs - startedAtMs;
  return ms < 1000 ? "Thought for a moment" : `Thought for ${formatDuration(ms)}`;
}

/** Summaries open each part with a title in bold; the latest one says what the model is at. */
function thinking(text: string): string {
  const title = [...text.matchAll(/^\*\*([^*\n]{1,120})\*\*/gm)].at(-1)?.[1];
  return title === undefined ? "Thinking" : `Thinking: ${title}`;
}
