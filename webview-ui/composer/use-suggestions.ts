import { useEffect, useState } from "preact/hooks";
import type { FileChoice, PromptChoice, SkillChoice } from "../../src/protocol/completions.ts";
import type { HostState } from "../../src/protocol/host.ts";
import type { PanelStore } from "../store.ts";
import { plural } from "../units.ts";
import type { SlashCommand } from "./slash-commands.ts";
import { type Suggestion, suggestionsFor } from "./suggestions.ts";
import { type Trigger, triggerAt } from "./trigger.ts";

/** The list above the composer while there is something to complete. */
export interface Suggestions {
  readonly trigger: Trigger;
  /** May be empty: then a note says so, or nothing is shown. */
  readonly entries: readonly Suggestion[];
  /** Index of the entry that Enter takes. */
  readonly active: number;
  /** Shown in place of entries. */
  readonly note: string | null;
  /** For a screen reader. */
  readonly status: string;
  move(by: 1 | -1): void;
  /** Closes the list until something else is typed. */
  close(): void;
}

interface Sources {
  readonly store: PanelStore;
  readonly host: HostState;
  readonly commands: readonly SlashCommand[];
  readonly prompts: readonly PromptChoice[] | null;
}

/** What can be chosen for what stands at the caret; null: nothing. `caret` null: the keyboard is elsewhere. */
export function useSuggestions(text: string, caret: number | null, sources: Sources): Suggestions | null {
  const { store, host, commands, prompts } = sources;
  const trigger = caret === null ? null : triggerAt(text, caret);
  const [closed, setClosed] = useState<string | null>(null);
  const [chosen, setChosen] = useState<{ readonly key: string; readonly index: number } | null>(null);
  const skills = useLatest<SkillChoice>(trigger?.kind === "skill" ? "skills" : null, () => store.listSkills());
  const files = useLatest<FileChoice>(trigger?.kind === "file" ? trigger.query : null, () =>
    store.findFiles(trigger?.query ?? ""),
  );
  const place = trigger === null ? null : `${trigger.kind} ${trigger.start}`;
  useEffect(() => setClosed((before) => (before === place ? before : null)), [place]);

  if (trigger === null || place === null || closed === place) return null;
  const found = suggestionsFor(trigger, { skills, files, prompts }, { host, commands });
  const entries = found ?? [];
  const note = noteFor(trigger, found);
  if (entries.length === 0 && note === null) return null;
  const key = `${place} ${trigger.query}`;
  const active = Math.min(chosen?.key === key ? chosen.index : 0, Math.max(0, entries.length - 1));
  return {
    trigger,
    entries,
    active,
    note,
    status: entries.length === 0 ? (note ?? "") : `${plural(entries.length, "suggestion")}, up and down to choose`,
    move: (by) => setChosen({ key, index: (active + by + entries.length) % Math.max(1, entries.length) }),
    close: () => setClosed(place),
  };
}

/** Why there is nothing to choose, while nothing but the sign was typed; a word that fits nothing is a word like others. */
function noteFor({ kind, query }: Trigger, found: readonly Suggestion[] | null): string | null {
  if (found === null || found.length > 0 || query !== "") return null;
  if (kind === "skill") return "No skills here. A skill is a folder with a SKILL.md in .agents/skills of the project.";
  return kind === "file" ? "No files here." : null;
}

/** Loads when `key` changes to something; null: not loaded yet. While the next is loaded, the one before stays. */
function useLatest<T>(key: string | null, load: () => Promise<readonly T[]>): readonly T[] | null {
  const [loaded, setLoaded] = useState<readonly T[] | null>(null);
  useEffect(() => {
    if (key === null) {
      setLoaded(null);
      return;
    }
    let isCurrent = true;
    load().then(
      (found) => {
        if (isCurrent) setLoaded(found);
      },
      () => {
        if (isCurrent) setLoaded([]); // without the server there is nothing to offer, which the panel says elsewhere
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return loaded;
}
