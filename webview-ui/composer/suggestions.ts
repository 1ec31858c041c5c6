import type { FileChoice, PromptChoice, SkillChoice, SkillMention } from "../../src/protocol/completions.ts";
import type { HostState } from "../../src/protocol/host.ts";
import type { IconName } from "../controls/icon.tsx";
import { splitPath } from "../paths.ts";
import { modeChoices } from "./modes.ts";
import { ranked } from "./rank.ts";
import type { SlashCommand } from "./slash-commands.ts";
import type { Trigger } from "./trigger.ts";

/** One line of the list above the composer. */
export interface Suggestion {
  readonly id: string;
  readonly icon: IconName;
  readonly name: string;
  /** What to write behind the name. */
  readonly hint: string | null;
  readonly detail: string | null;
  /** Done when it is chosen: `text` takes the place of what was typed, and `run` makes it done. */
  readonly effect:
    | { readonly kind: "insert"; readonly text: string; readonly skill: SkillMention | null }
    | { readonly kind: "run"; readonly run: () => void };
}

/** What was loaded; null: not yet. */
export interface Loaded {
  readonly skills: readonly SkillChoice[] | null;
  readonly prompts: readonly PromptChoice[] | null;
  /** For the query of the trigger, or of the one before while that is looked for. */
  readonly files: readonly FileChoice[] | null;
}

const maxShown = 50;

/** What fits what the user is typing, best first; null: it is still being looked for. */
export function suggestionsFor(
  trigger: Trigger,
  loaded: Loaded,
  { host, commands }: { readonly host: HostState; readonly commands: readonly SlashCommand[] },
): readonly Suggestion[] | null {
  switch (trigger.kind) {
    case "skill":
      return shown(
        loaded.skills?.map((skill) => skillSuggestion(skill, loaded.skills ?? [])),
        trigger.query,
      );
    case "file":
      return loaded.files?.map(fileSuggestion) ?? null;
    case "command": {
      const named = (isFrequent: boolean) =>
        commands.filter((command) => command.isFrequent === isFrequent).map(commandSuggestion);
      const all = [...named(true), ...promptSuggestions(loaded.prompts ?? [], commands), ...named(false)];
      return shown(all, trigger.query);
    }
    case "mode": {
      const choices = modeChoices(host.modes);
      return shown(
        choices.map(({ id, name, detail, icon }) => argument("mode", commands, id, name, detail, icon ?? "shield")),
        trigger.query,
      );
    }
    case "model":
      return shown(
        host.models.map(({ id, displayName }) =>
          argument("model", commands, id, displayName, displayName === id ? null : id, "sparkle"),
        ),
        trigger.query,
      );
    default:
      return trigger.kind satisfies never;
  }
}

const shown = (all: readonly Suggestion[] | undefined, query: string): readonly Suggestion[] | null =>
  all === undefined ? null : ranked(all, query).slice(0, maxShown);

const skillSuggestion = ({ name, description, path }: SkillChoice, all: readonly SkillChoice[]): Suggestion => ({
  id: `skill ${path}`,
  icon: "book",
  name,
  // Where two have one name, the place tells them apart.
  hint: all.some((other) => other.name === name && other.path !== path) ? splitPath(path).folder : null,
  detail: description,
  effect: { kind: "insert", text: `$${name} `, skill: { name, path } },
});

function fileSuggestion({ path }: FileChoice): Suggestion {
  const { name, folder } = splitPath(path);
  return {
    id: `file ${path}`,
    icon: "file",
    name,
    hint: null,
    detail: folder === "" ? null : folder,
    effect: { kind: "insert", text: `\`${path}\` `, skill: null },
  };
}

const commandSuggestion = (command: SlashCommand): Suggestion => ({
  id: `command ${command.name}`,
  icon: command.icon,
  name: command.name,
  hint: null,
  detail: command.detail,
  effect:
    command.takes === "choice"
      ? { kind: "insert", text: `/${command.name} `, skill: null }
      : { kind: "run", run: () => void command.run("") },
});

/** A prompt that a command hides by its name can still be called by a longer one; of two prompts with one name, the first is meant. */
function promptSuggestions(prompts: readonly PromptChoice[], commands: readonly SlashCommand[]): readonly Suggestion[] {
  const taken = new Set<string>();
  return prompts.flatMap(({ name, description, argumentHint, path }) => {
    if (taken.has(name)) return [];
    taken.add(name);
    const called = commands.some((command) => command.name === name) ? `${promptPrefix}${name}` : name;
    return {
      id: `prompt ${path}`,
      icon: "edit" as const,
      name: called,
      hint: argumentHint,
      detail: description,
      effect: { kind: "insert" as const, text: `/${called} `, skill: null },
    };
  });
}

/** Before the name of a prompt, in case a command has the same. */
export const promptPrefix = "prompts:";

/** The prompt that `/name` means. */
export const promptNamed = (name: string, prompts: readonly PromptChoice[]): PromptChoice | undefined =>
  prompts.find((prompt) => prompt.name === name || `${promptPrefix}${prompt.name}` === name);

const argument = (
  command: string,
  commands: readonly SlashCommand[],
  id: string,
  name: string,
  detail: string | null,
  icon: IconName,
): Suggestion => ({
  id: `${command} ${id}`,
  icon,
  name,
  hint: null,
  detail,
  effect: { kind: "run", run: () => void commands.find((one) => one.name === command)?.run(id) },
});
