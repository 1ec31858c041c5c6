import type { AnyItem } from "../../src/protocol/items.ts";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon } from "../controls/icon.tsx";
import { describeExploration } from "../conversation/rows.ts";
import { visibleText } from "../visible-text.ts";
import { ItemView } from "./index.tsx";

/** Several commands that only looked, as one line; unfolded, each as it is. */
export const Exploration = ({ items }: { items: readonly AnyItem[] }) => (
  <div class="item exploration" data-state="succeeded">
    <Disclosure
      isOpenAtFirst={false}
      summary={
        <>
          <Icon name="search" />
          <span class="row-title">{visibleText(describeExploration(items))}</span>
        </>
      }
    >
      {items.map((item) => (
        <ItemView key={item.id} item={item} isOpen={false} approval={null} />
      ))}
    </Disclosure>
  </div>
);
