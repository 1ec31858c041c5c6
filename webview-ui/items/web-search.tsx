import type { ItemOf } from "../../src/protocol/items.ts";
import { Icon } from "../controls/icon.tsx";

/** What the provider looked for on the web. Its words come from the model: they are text, never a link. */
export function WebSearch({ item, isOpen }: { item: ItemOf<"webSearch">; isOpen: boolean }) {
  return (
    <div class="row static quiet">
      <Icon name={isOpen ? "loading" : "search"} isSpinning={isOpen} />
      <span class="row-title">{isOpen ? "Searching the web" : titleOf(item)}</span>
    </div>
  );
}

function titleOf({ query, action }: ItemOf<"webSearch">): string {
  switch (action?.type) {
    case "openPage":
      return `Read ${action.url ?? "a page"}`;
    case "findInPage":
      return `Looked for ${query}`;
    default:
      return query === "" ? "Searched the web" : `Searched the web for ${query}`;
  }
}
