import path from "node:path";
import type { ConfigWriteRequest, ConfigWriteResult } from "./config/write.ts";
import { type CustomPrompts, findPrompts } from "./prompt/custom-prompts.ts";
import { expandPrompt, PromptArgumentsError } from "./prompt/expand-prompt.ts";
import { findSkills, skillRoots, type SkillRule, type Skills } from "./prompt/skills.ts";
import { isTurnedOn, type SkillSelector, withSkill } from "./skill-settings.ts";
import { createSkillWatch, type SkillWatch } from "./skill-watch.ts";
import { ThreadRequestError } from "./thread/threads.ts";

/** What the user and the project have written down for the agent: skills and prompts. */
export interface Library {
  /** Those for a folder, which is absolute. Rejects when the configuration cannot be read. */
  skills(cwd: string): Promise<Skills>;
  /** Where skills of a folder may be, for a watch. */
  skillRoots(cwd: string): Promise<readonly string[]>;
  /** For one client. `onChanged` must not throw. */
  createSkillWatch(onChanged: () => void): SkillWatch;
  /** Resolves with whether it is on afterwards. Rejects with ThreadRequestError when the configuration cannot be written. */
  turnSkill(selector: SkillSelector, enabled: boolean): Promise<boolean>;
  /** Those for a folder, which is absolute. */
  prompts(cwd: string): Promise<CustomPrompts>;
  /**
   * The text of the prompt at `path`, which is one of {@link Library.prompts} of this folder, with what was typed behind its name. Rejects with
   * ThreadRequestError.
   */
  expand(cwd: string, path: string, typed: string): Promise<string>;
}

export interface LibraryOptions {
  /** The state directory, absolute. */
  readonly home: string;
  /** Absolute paths whose content the model must not see. */
  readonly denyRead: readonly string[];
  readonly skillRules: () => Promise<readonly SkillRule[]>;
  /** What the configuration says for a folder. */
  settings(cwd: string): Promise<{ readonly rootMarkers: readonly string[]; readonly isTrusted: boolean }>;
  /** What the user's own config.toml says, and its version for a write. */
  ownRules(): Promise<{ readonly rules: readonly SkillRule[]; readonly version: string | null }>;
  writeConfig(request: ConfigWriteRequest): Promise<ConfigWriteResult>;
}

/** Two windows may write at once; the one that comes late looks again. */
const maxTries = 3;

export function createLibrary(options: LibraryOptions): Library {
  const { home, denyRead, skillRules } = options;

  const prompts: Library["prompts"] = async (cwd) =>
    findPrompts({ cwd, home, denyRead, ...(await options.settings(cwd)) });

  return {
    async skills(cwd) {
      const { rootMarkers } = await options.settings(cwd);
      return findSkills({ cwd, home, denyRead, rootMarkers, skillRules });
    },

    async skillRoots(cwd) {
      return skillRoots({ cwd, home, ...(await options.settings(cwd)) });
    },

    createSkillWatch,

    async turnSkill(selector, enabled) {
      for (let tries = 1; ; tries++) {
        const own = await options.ownRules();
        const rules = withSkill(own.rules, selector, enabled);
        const value = rules.length === 0 ? null : rules;
        const written = await options.writeConfig({
          edits: [{ keyPath: "skills.config", value, mergeStrategy: "replace" }],
          filePath: null,
          expectedVersion: own.version,
        });
        if (written.kind === "written") return isTurnedOn(await skillRules(), selector);
        if (written.code !== "configVersionConflict" || tries === maxTries) {
          throw new ThreadRequestError("badInput", written.message);
        }
      }
    },

    prompts,

    async expand(cwd, file, typed) {
      const found = (await prompts(cwd)).prompts.find((prompt) => prompt.path === path.resolve(file));
      if (found === undefined) {
        throw new ThreadRequestError(
          "badInput",
          `There is no prompt at ${file.slice(0, 500)} for this folder any more.`,
        );
      }
      try {
        return expandPrompt(found.name, found.body, typed);
      } catch (error) {
        throw error instanceof PromptArgumentsError ? new ThreadRequestError("badInput", error.message) : error;
      }
    },
  };
}
