import { useEffect, useRef } from "preact/hooks";
import { Icon } from "../controls/icon.tsx";
import type { Suggestion } from "./suggestions.ts";
import type { Suggestions } from "./use-suggestions.ts";

const titles = {
  skill: "Skills",
  file: "Files",
  command: "Commands and prompts",
  mode: "Modes",
  model: "Models",
} as const;
const signs = { skill: "$", file: "", command: "/", mode: "", model: "" } as const;

/** The id of an entry's element; the text field names the active one. */
export const optionId = (listId: string, index: number): string => `${listId}-${index}`;

/**
 * What can be chosen, above the text field. The keyboard stays in the field, which names the active entry (`aria-activedescendant`); the pointer
 * takes an entry without taking the focus.
 */
export function SuggestionList({
  id,
  suggestions,
  onChoose,
}: {
  readonly id: string;
  readonly suggestions: Suggestions;
  readonly onChoose: (suggestion: Suggestion) => void;
}) {
  const { trigger, entries, active, note } = suggestions;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active, entries]);
  if (entries.length === 0) return <p class="completions note">{note}</p>;
  return (
    <div
      ref={list}
      id={id}
      class="completions"
      data-kind={trigger.kind}
      role="listbox"
      aria-label={titles[trigger.kind]}
      tabIndex={0} // it scrolls; who leaves the field backwards closes it first
      onMouseDown={(event) => event.preventDefault()}
    >
      {entries.map((entry, index) => (
        <div
          key={entry.id}
          id={optionId(id, index)}
          class="choice"
          role="option"
          aria-selected={index === active}
          onClick={() => onChoose(entry)}
        >
          <span class="choice-mark">
            <Icon name={entry.icon} />
          </span>
          <span class="choice-text">
            <span class="choice-name">
              {signs[trigger.kind]}
              {entry.name}
              {entry.hint !== null && <span class="choice-hint"> {entry.hint}</span>}
            </span>
            {entry.detail !== null && (
              <span class="choice-detail" title={entry.detail}>
                {entry.detail}
              </span>
            )}
          </span>
        </div>
      ))}
    </div>
  );
}
