import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface DisclosureProps {
  /** The line that is always seen; it is the button's name. */
  readonly summary: ComponentChildren;
  /** What the user sees before having chosen; follows the state of the item until then. */
  readonly isOpenAtFirst: boolean;
  readonly children: ComponentChildren;
  readonly class?: string;
}

/** A line that folds what belongs to it. The content is not rendered while folded. */
export function Disclosure({ summary, isOpenAtFirst, children, class: name = "" }: DisclosureProps) {
  const [choice, setChoice] = useState<boolean | null>(null);
  const id = useId();
  const isOpen = choice ?? isOpenAtFirst;
  return (
    <div class={`disclosure ${name}`}>
      <button type="button" class="row" aria-expanded={isOpen} aria-controls={id} onClick={() => setChoice(!isOpen)}>
        {summary}
        <span class={isOpen ? "twistie open" : "twistie"}>
          <Icon name="chevronRight" />
        </span>
      </button>
      <div id={id} class="disclosed" hidden={!isOpen}>
        {isOpen && children}
      </div>
    </div>
  );
}
