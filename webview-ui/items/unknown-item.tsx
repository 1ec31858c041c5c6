import type { AnyItem } from "../../src/protocol/items.ts";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon } from "../controls/icon.tsx";

const maxShown = 20_000;

/** An item from a newer or another server: its type, and its content as it came. */
export function UnknownItemView({ item }: { item: AnyItem }) {
  return (
    <Disclosure
      class="quiet"
      isOpenAtFirst={false}
      summary={
        <>
          <Icon name="info" />
          <span class="row-title">{wordsOf(item.type)}</span>
        </>
      }
    >
      <pre class="plain-output" role="group" tabIndex={0} aria-label="Content of this item">
        {JSON.stringify(item, null, 2).slice(0, maxShown)}
      </pre>
    </Disclosure>
  );
}

/** `mcpToolCall` → `Mcp tool call`. */
function wordsOf(type: string): string {
  const words = type.slice(0, 60).replace(/([a-z])([A-Z])/g, (_, a: string, b: string) => `${a} ${b.toLowerCase()}`);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
