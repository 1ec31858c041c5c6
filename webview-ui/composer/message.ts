import type { PromptChoice, SkillMention } from "../../src/protocol/completions.ts";
import type { PanelStore } from "../store.ts";
import type { SlashCommand } from "./slash-commands.ts";
import { promptNamed } from "./suggestions.ts";
import { calledNames, slashOf } from "./trigger.ts";

/** What a message that the user wrote comes to: a command that was run, a text to send, or nothing, for a reason. */
export type Prepared =
  | { readonly kind: "done" }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "problem"; readonly problem: string };

/**
 * Runs `/name` where it is a command, and fills it in where it is a prompt. Anything else is sent as it is: many a message begins with a path. The
 * prompts are asked for anew, since their files may have changed.
 */
export async function prepare(
  text: string,
  commands: readonly SlashCommand[],
  store: Pick<PanelStore, "listPrompts" | "expandPrompt">,
): Promise<Prepared> {
  const slash = slashOf(text);
  if (slash === null) return { kind: "text", text };
  const command = commands.find(({ name }) => name === slash.name);
  if (command !== undefined) return runCommand(command, slash.rest);
  try {
    const prompt = promptNamed(slash.name, await store.listPrompts());
    if (prompt === undefined) return { kind: "text", text };
    return { kind: "text", text: await expand(prompt, slash.rest, store) };
  } catch (error) {
    return { kind: "problem", problem: error instanceof Error ? error.message : String(error) };
  }
}

function runCommand(command: SlashCommand, rest: string): Prepared {
  const { name, takes } = command;
  if (takes === "nothing" && rest !== "") {
    const problem = `/${name} takes nothing behind it. To send this as a message, begin it with a blank.`;
    return { kind: "problem", problem };
  }
  if (!command.run(takes === "choice" ? rest : "")) {
    return { kind: "problem", problem: `/${name} needs an entry of its list behind it.` };
  }
  return takes === "message" && rest !== "" ? { kind: "text", text: rest } : { kind: "done" };
}

/** Rejects with what is missing. */
export const expand = (
  { path }: PromptChoice,
  typed: string,
  store: Pick<PanelStore, "expandPrompt">,
): Promise<string> => store.expandPrompt({ path, arguments: typed });

/** Of the skills that were chosen from the list, those that the text still names. */
export function mentionsIn(text: string, chosen: ReadonlyMap<string, SkillMention>): SkillMention[] {
  const names = calledNames(text);
  return [...chosen.values()].filter(({ name }) => names.has(name));
}
