import type { RefObject } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { PromptChoice } from "../../src/protocol/completions.ts";
import type { HostState } from "../../src/protocol/host.ts";
import { usePanel } from "../panel-context.ts";
import { isComposing, isSendKey, type KeyStroke } from "./send-key.ts";
import type { SlashCommand } from "./slash-commands.ts";
import { optionId, SuggestionList } from "./suggestion-list.tsx";
import type { Suggestion } from "./suggestions.ts";
import type { Trigger } from "./trigger.ts";
import { type Suggestions, useSuggestions } from "./use-suggestions.ts";

interface MessageFieldProps {
  readonly field: RefObject<HTMLTextAreaElement | null>;
  readonly host: HostState;
  readonly draft: string;
  readonly label: string;
  readonly placeholder: string;
  readonly commands: readonly SlashCommand[];
  readonly prompts: readonly PromptChoice[] | null;
  /** The user wrote, or an entry of the list was taken. */
  readonly onWrite: (text: string) => void;
  /** An entry of the list was taken, before what follows from it. */
  readonly onChoose: (suggestion: Suggestion) => void;
  readonly onSend: () => void;
}

/**
 * The text of the message, and the list that opens above it while a name is typed. The keyboard never leaves the text: arrows choose in the list,
 * Enter and Tab take the entry, Escape closes the list.
 */
export function MessageField(props: MessageFieldProps) {
  const { field, host, draft, label, placeholder, commands, prompts, onWrite, onChoose, onSend } = props;
  const { store } = usePanel();
  const [caret, setCaret] = useState<number | null>(null);
  const nextCaret = useRef<number | null>(null);
  const listId = useId();
  const suggestions = useSuggestions(draft, caret, { store, host, commands, prompts });
  const isOpen = suggestions !== null && suggestions.entries.length > 0;

  useLayoutEffect(() => {
    if (nextCaret.current === null) return;
    field.current?.setSelectionRange(nextCaret.current, nextCaret.current);
    nextCaret.current = null;
  }); // after every rendering: what is taken can be what stands there already

  const follow = (element: HTMLTextAreaElement): void => {
    const { selectionStart, selectionEnd } = element;
    setCaret(selectionStart === selectionEnd ? selectionStart : null);
  };

  const take = (suggestion: Suggestion, { start, end }: Trigger): void => {
    onChoose(suggestion);
    const { effect } = suggestion;
    const text = effect.kind === "insert" ? effect.text : "";
    // What follows has its blank already.
    const rest = text.endsWith(" ") && draft[end] === " " ? draft.slice(end + 1) : draft.slice(end);
    nextCaret.current = start + text.length;
    setCaret(nextCaret.current);
    onWrite(draft.slice(0, start) + text + rest);
    field.current?.focus();
    if (effect.kind === "run") effect.run();
  };

  return (
    <>
      {suggestions !== null && (
        <SuggestionList
          id={listId}
          suggestions={suggestions}
          onChoose={(suggestion) => take(suggestion, suggestions.trigger)}
        />
      )}
      <textarea
        ref={field}
        rows={1}
        value={draft}
        aria-label={label}
        aria-autocomplete="list"
        aria-haspopup="listbox"
        aria-controls={isOpen ? listId : undefined}
        aria-activedescendant={isOpen ? optionId(listId, suggestions.active) : undefined}
        placeholder={placeholder}
        spellcheck={false}
        onInput={(event) => {
          follow(event.currentTarget);
          onWrite(event.currentTarget.value);
        }}
        onKeyUp={(event) => {
          if (event.key !== "Escape") follow(event.currentTarget);
        }}
        onPointerUp={(event) => follow(event.currentTarget)}
        onBlur={() => setCaret(null)}
        onKeyDown={(event) => {
          const entry = suggestions === null ? null : answer(event, suggestions);
          if (entry !== null) {
            event.preventDefault();
            if (entry !== "handled" && suggestions !== null) take(entry, suggestions.trigger);
            return;
          }
          if (!isSendKey(event, host.sendKey)) return;
          event.preventDefault();
          onSend();
        }}
      />
      <div class="sr-only" aria-live="polite">
        {suggestions?.status ?? ""}
      </div>
    </>
  );
}

/** What a key means to the open list: an entry that is taken, something that is done, or nothing (null). */
function answer(event: KeyStroke, suggestions: Suggestions): Suggestion | "handled" | null {
  // With a modifier a key means something else.
  if (isComposing(event)) return null;
  if (event.key === "Tab" && event.shiftKey) {
    suggestions.close();
    return null; // the keyboard goes where it would go without the list
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null;
  if (event.key === "Escape") {
    suggestions.close();
    return "handled";
  }
  const entry = suggestions.entries[suggestions.active];
  if (entry === undefined) return null;
  switch (event.key) {
    case "ArrowDown":
      suggestions.move(1);
      return "handled";
    case "ArrowUp":
      suggestions.move(-1);
      return "handled";
    case "Enter":
    case "Tab":
      return suggestions.isCurrent ? entry : "handled";
    default:
      return null;
  }
}
