import type { UserInput } from "../../protocol/settings.ts";
import type { MessageItem } from "../model/types.ts";
import { type ProjectDocs, type ProjectDocsOptions, readProjectDocs } from "./project-docs.ts";
import {
  findSkills,
  mentionedNames,
  mentionedSkills,
  type Skill,
  skillMessage,
  skillPathOf,
  type SkillPlaces,
  type Skills,
  skillsText,
} from "./skills.ts";

/** What stands in files for the agent: AGENTS.md and its kin, and the skills that there are. */
export interface UserInstructions extends ProjectDocs {
  readonly skills: Skills;
}

/** Both as one text for the model. Never rejects. */
export async function readUserInstructions(options: ProjectDocsOptions & SkillPlaces): Promise<UserInstructions> {
  const [docs, skills] = await Promise.all([readProjectDocs(options), findSkills(options)]);
  const parts = [docs.text, skillsText(skills)].filter((part) => part !== null);
  return { ...docs, text: parts.length === 0 ? null : parts.join("\n\n"), skills };
}

/** A skill that the user named is not there. The message says which ones are. */
export class UnknownSkillError extends Error {}

/**
 * The skills that a message of the user calls, by `$name` in its text or as an input of their own, as messages for the model. They are looked up
 * anew, since they may have been written, changed or turned off a minute ago.
 * @throws UnknownSkillError
 */
export async function calledSkills(input: readonly UserInput[], places: SkillPlaces): Promise<MessageItem[]> {
  const mayCall = (part: UserInput): boolean =>
    part.type === "skill" || (part.type === "text" && mentionedNames(part.text).length > 0);
  if (!input.some(mayCall)) return [];
  const skills = await findSkills(places);
  const called = new Map<string, Skill>();
  for (const part of input) {
    if (part.type !== "skill") continue;
    const skill = skills.skills.find(({ path, name }) => path === part.path && name === part.name);
    if (skill === undefined) throw new UnknownSkillError(unknown(part.name, skills));
    if (!skill.enabled)
      throw new UnknownSkillError(`The skill ${skill.name} is turned off. Turn it on, or leave it out.`);
    called.set(skill.path, skill);
  }
  // What was chosen by its path is meant by its name, too.
  const chosen = new Set([...called.values()].map(({ name }) => name));
  for (const part of input) {
    if (part.type !== "text") continue;
    for (const skill of mentionedSkills(part.text, skills)) if (!chosen.has(skill.name)) called.set(skill.path, skill);
  }
  const messages: MessageItem[] = [];
  for (const skill of called.values()) {
    const message = await skillMessage(skill, places);
    if (message === null) throw new UnknownSkillError(`The skill ${skill.name} cannot be read any more: ${skill.path}`);
    messages.push(message);
  }
  return messages;
}

/** The skills that a prompt gave, read again; one that is gone stays as it was given. */
export async function renewSkills(
  given: readonly MessageItem[],
  { skills }: Pick<UserInstructions, "skills">,
  places: SkillPlaces,
): Promise<MessageItem[]> {
  const last = new Map<string, MessageItem>();
  for (const message of given) {
    const [part] = message.content;
    const path = part?.type === "input_text" ? skillPathOf(part.text) : null;
    if (path !== null) last.set(path, message);
  }
  const renewed: MessageItem[] = [];
  for (const [path, message] of last) {
    const skill = skills.skills.find((known) => known.path === path && known.enabled);
    renewed.push((skill === undefined ? null : await skillMessage(skill, places)) ?? message);
  }
  return renewed;
}

function unknown(name: string, { skills }: Skills): string {
  const enabled = skills.filter((skill) => skill.enabled);
  const names = [...new Set(enabled.map((skill) => skill.name))].join(", ");
  return names === ""
    ? `There is no skill ${name}: this folder has none.`
    : `There is no skill ${name} at this path. The skills here are: ${names}.`;
}
