import type { ItemOf } from "../../src/protocol/items.ts";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon } from "../controls/icon.tsx";
import { Markdown } from "../markdown/markdown.tsx";

/** The place where the model's memory was made smaller; the summary that it goes on with is folded. */
export function ContextCompaction({ item, isOpen }: { item: ItemOf<"contextCompaction">; isOpen: boolean }) {
  const summary = (
    <>
      <Icon name={isOpen ? "loading" : "fold"} isSpinning={isOpen} />
      <span class="row-title">
        {isOpen
          ? "Summarizing the conversation to make room"
          : "The conversation up to here was summarized for the model"}
      </span>
    </>
  );
  if (item.summary === undefined || item.summary === "") return <div class="row static quiet">{summary}</div>;
  return (
    <Disclosure class="quiet" summary={summary} isOpenAtFirst={false}>
      <div class="reasoning-text">
        <Markdown text={item.summary} isStreaming={false} />
      </div>
    </Disclosure>
  );
}
