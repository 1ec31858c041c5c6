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
  /** False while entries for what was typed before still stand there: no key takes one of them. */
  readonly isCurrent: boolean;
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
  const [chosen, setChosen] = useState<{ readonly key: string; readonly id: string } | null>(null);
  const skills = useLatest<SkillChoice>(trigger?.kind === "skill" ? "skills" : null, () => store.listSkills());
  const sought = trigger?.kind === "file" && trigger.query !== "" ? trigger.query : null;
  const files = useLatest<FileChoice>(sought, () => store.findFiles(sought ?? ""));
  const place = trigger === null ? null : `${trigger.kind} ${trigger.start}`;
  useEffect(() => setClosed((before) => (before === place ? before : null)), [place]);

  if (trigger === null || place === null || closed === place) return null;
  const found = suggestionsFor(trigger, { skills: skills.entries, files: files.entries, prompts }, { host, commands });
  const entries = found ?? [];
  const note = noteFor(trigger, found);
  if (entries.length === 0 && note === null) return null;
  const key = `${place} ${trigger.query}`;
  const active = Math.max(0, chosen?.key === key ? entries.findIndex(({ id }) => id === chosen.id) : 0);
  return {
    trigger,
    entries,
    isCurrent: trigger.kind !== "file" || files.isCurrent,
    active,
    note,
    status: entries.length === 0 ? (note ?? "") : `${plural(entries.length, "suggestion")}, up and down to choose`,
    move: (by) => {
      const next = entries[(active + by + entries.length) % Math.max(1, entries.length)];
      if (next !== undefined) setChosen({ key, id: next.id });
    },
    close: () => setClosed(place),
  };
}

/** Why there is nothing to choose, while nothing but the sign was typed; a word that fits nothing is a word like others. */
function noteFor({ kind, query }: Trigger, found: readonly Suggestion[] | null): string | null {
  if (query !== "") return null;
  if (kind === "file") return "Type a part of a file's name.";
  if (kind !== "skill" || found === null || found.length > 0) return null;
  return "No skills here. A skill is a folder with a SKILL.md in .agents/skills of the project.";
}

interface Latest<T> {
  /** Null: not loaded yet, or not to be had. */
  readonly entries: readonly T[] | null;
  /** False while `entries` belong to the key before. */
  readonly isCurrent: boolean;
}

/** Loads when `key` changes to something. While the next is loaded, the one before stays. */
function useLatest<T>(key: string | null, load: () => Promise<readonly T[]>): Latest<T> {
  const [loaded, setLoaded] = useState<{ readonly key: string; readonly entries: readonly T[] } | null>(null);
  useEffect(() => {
    if (key === null) {
      setLoaded(null);
      return;
    }
    let isCurrent = true;
    load().then(
      (found) => {
        if (isCurrent) setLoaded({ key, entries: found });
      },
      () => {
        if (isCurrent) setLoaded(null); // without the server there is nothing to offer, which the panel says elsewhere
      },
    );
    return () => {
      isCurrent = false;
    };
  }, [key]);
  return { entries: loaded?.entries ?? null, isCurrent: loaded?.key === key };
}
