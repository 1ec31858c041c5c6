import fs from "node:fs/promises";
import path from "node:path";
import { liesIn } from "../patch/paths.ts";
import type { MessageItem } from "../model/types.ts";
import { foldersFromRoot, realFolder } from "../project-folders.ts";
import { memberOf, oneLine, readBeginning, readFrontMatter } from "./front-matter.ts";
import { projectRule } from "./project.ts";

/** A way of working that is written down: a folder with a SKILL.md. */
export interface Skill {
  /** `[a-z0-9-]`, as in the front matter. */
  readonly name: string;
  /** When it is of use; one line. */
  readonly description: string;
  /** Absolute path of its SKILL.md. */
  readonly path: string;
  readonly scope: "user" | "repo";
  /** False: the user turned it off. Then the model does not hear of it, and nobody can call it. */
  readonly enabled: boolean;
}

/** Turns skills on or off, `[[skills.config]]` of the configuration: one by the path of its SKILL.md, or all of a name. */
export interface SkillRule {
  readonly path?: string | undefined;
  readonly name?: string | undefined;
  readonly enabled: boolean;
}

export interface Skills {
  /** Those that are turned off, too. The user's own first, then from the project's root down. */
  readonly skills: readonly Skill[];
  /** Files that look like a skill and are none, with what to mend. */
  readonly errors: readonly { readonly path: string; readonly message: string }[];
}

export interface SkillPlaces {
  /** Absolute. */
  readonly cwd: string;
  /** The state directory; `skills` in it are the user's own. */
  readonly home: string;
  readonly rootMarkers: readonly string[];
  /** Absolute paths whose content the model must not see. */
  readonly denyRead: readonly string[];
  /** The last rule that fits a skill holds. Does not reject. */
  skillRules(): Promise<readonly SkillRule[]>;
}

const limits = {
  skills: 200,
  entries: 2000,
  errors: 100,
  head: 16 * 1024,
  body: 256 * 1024,
  name: 64,
  description: 1024,
} as const;

/**
 * Finds the skills for a folder: `skills/<name>/SKILL.md` in the home, `.agents/skills/<name>/SKILL.md` in each folder from the project's root
 * down to the cwd. A repository is not trusted: only regular files that really lie in it are read. Never rejects.
 */
export async function findSkills(places: SkillPlaces): Promise<Skills> {
  const rules = await places.skillRules();
  const skills: Skill[] = [];
  const errors: { path: string; message: string }[] = [];
  let looked = 0;
  const realHome = await realFolder(places.home);
  const folders = await foldersFromRoot(places.cwd, places.rootMarkers);
  const inProject = await projectRule([folders[0] ?? places.cwd, places.cwd], places.denyRead);
  const [own, ...others] = rootsOf(places.home, folders);
  const roots = [
    { at: own, scope: "user", mayRead: (file: string) => liesIn(realHome, file) } as const,
    ...others.map((at) => ({ at, scope: "repo", mayRead: inProject }) as const),
  ];
  for (const { at, scope, mayRead } of roots) {
    for (const entry of await entriesOf(at)) {
      const file = path.join(at, entry, "SKILL.md");
      if (looked++ >= limits.entries || errors.length >= limits.errors) {
        errors.push({ path: at, message: "too many entries, or too many that are no skill; the rest is left out" });
        return { skills, errors };
      }
      const head = await readBeginning(file, limits.head, mayRead);
      if (head === null) continue;
      if (/\p{Cc}|<\//u.test(file)) {
        errors.push({ path: file, message: "its path has a control character or </ in it; rename its folder" });
        continue;
      }
      if (skills.length >= limits.skills) {
        errors.push({ path: file, message: `more than ${limits.skills} skills; this one is left out` });
        return { skills, errors };
      }
      const parsed = typeof head === "string" ? await parseHead(head) : { error: head.error };
      if ("error" in parsed) errors.push({ path: file, message: parsed.error });
      else skills.push({ ...parsed, path: file, scope, enabled: isEnabled({ ...parsed, path: file }, rules) });
    }
  }
  return { skills, errors };
}

/** The folders in which skills are looked for, whether they are there or not: the home's first. */
export async function skillRoots({ cwd, home, rootMarkers }: Pick<SkillPlaces, "cwd" | "home" | "rootMarkers">) {
  return rootsOf(home, await foldersFromRoot(cwd, rootMarkers));
}

const rootsOf = (home: string, folders: readonly string[]): readonly [string, ...string[]] => [
  path.join(home, "skills"),
  ...folders.map((folder) => path.join(folder, ".agents", "skills")),
];

/** What the model is told of the skills; null: there are none. */
export function skillsText({ skills }: Skills): string | null {
  const enabled = skills.filter((skill) => skill.enabled);
  if (enabled.length === 0) return null;
  const lines = enabled.map(({ name, description, path: file }) => `- ${name}: ${framed(description)} (${file})`);
  return [
    "<skills_instructions>",
    "Skills are written-down ways of working. When a task fits a description below, or the user names a skill as `$name`, read its SKILL.md first, whole, and follow it;",
    "paths in it are relative to its folder. Read no skill that you do not need, and say in a few words which one you use.",
    ...lines,
    "</skills_instructions>",
  ].join("\n");
}

/** A text of a repository cannot end the frame that it is shown in. */
const framed = (text: string): string => text.replaceAll("</", "<\\/");

/** The skills that a text calls by `$name`, in the order of their first mention; of two with one name, the one nearest to the cwd. */
export function mentionedSkills(text: string, { skills }: Skills): Skill[] {
  const byName = new Map(skills.flatMap((skill) => (skill.enabled ? [[skill.name, skill]] : [])));
  return mentionedNames(text).flatMap((name) => byName.get(name) ?? []);
}

/** What may be the names of skills in a text, each once, in order. */
export function mentionedNames(text: string): string[] {
  const names = [...text.matchAll(/(?<![\w$\\])\$([a-z0-9][a-z0-9-]*)/g)].map(([, name = ""]) => name);
  return [...new Set(names)];
}

const isEnabled = (skill: Pick<Skill, "name" | "path">, rules: readonly SkillRule[]): boolean =>
  rules.findLast(({ path: file, name }) => file === skill.path || name === skill.name)?.enabled ?? true;

/** A skill as it is given to the model with the user's message. Null: it cannot be read any more. */
export async function skillMessage(skill: Skill, places: SkillPlaces): Promise<MessageItem | null> {
  const realHome = await realFolder(places.home);
  const folders = await foldersFromRoot(places.cwd, places.rootMarkers);
  const inProject = await projectRule([folders[0] ?? places.cwd, places.cwd], places.denyRead);
  const mayRead = skill.scope === "user" ? (file: string) => liesIn(realHome, file) : inProject;
  const body = await readBeginning(skill.path, limits.body, mayRead);
  if (typeof body !== "string") return null;
  const text = `<skill>\n<name>${skill.name}</name>\n<path>${skill.path}</path>\n${body.trimEnd().replaceAll(/<\/(?=\s*skill)/giu, "<\\/")}\n</skill>`;
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

/** The path of the skill that a message of the prompt gives; null: it is none. */
export function skillPathOf(text: string): string | null {
  return /^<skill>\n<name>[^\n]*<\/name>\n<path>([^\n]+)<\/path>\n/.exec(text)?.[1] ?? null;
}

async function entriesOf(folder: string): Promise<string[]> {
  const names = await fs.readdir(folder).catch(() => []);
  return names.filter((name) => !name.startsWith(".")).sort();
}

async function parseHead(text: string): Promise<Pick<Skill, "name" | "description"> | { readonly error: string }> {
  const read = await readFrontMatter(text);
  if ("error" in read) return read;
  const { values } = read;
  if (values === null) return { error: "it does not begin with a front matter between two lines of ---" };
  const name = memberOf(values, "name");
  const description = memberOf(values, "description");
  if (typeof name !== "string" || !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name) || name.length > limits.name) {
    return { error: `its name must be of a-z, 0-9 and single hyphens, at most ${limits.name} characters` };
  }
  const line = typeof description === "string" ? oneLine(description) : "";
  if (line === "") return { error: "its description is missing" };
  if (line.length > limits.description) {
    return { error: `its description is longer than ${limits.description} characters` };
  }
  return { name, description: line };
}
