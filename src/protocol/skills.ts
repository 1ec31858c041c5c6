import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";

const Skill = z.lazy(() =>
  z.looseObject({
    name: z.string(),
    /** When it is of use; one line. */
    description: z.string(),
    /** Absolute path of its SKILL.md, as a `skill` input names it. */
    path: z.string(),
    /** Turnwright has `user` (the state directory) and `repo` (`.agents/skills` of the project). */
    scope: z.enum(["user", "repo", "system", "admin"]),
    /** False: turned off. The model does not hear of it, and it cannot be called. */
    enabled: z.boolean(),
    /** Always null here. */
    pluginId: z.string().nullish(),
  }),
);

const SkillsListEntry = z.lazy(() =>
  z.looseObject({
    /** As the client wrote it. */
    cwd: z.string(),
    /** Those of the project from its root down to the folder, then the user's own. */
    skills: z.array(Skill),
    /** Files that look like a skill and are none, with what to mend. */
    errors: z.array(z.looseObject({ path: z.string(), message: z.string() })),
  }),
);

/** Ways of working that are written down, each a folder with a SKILL.md. */
export const skillMethods = {
  /**
   * The skills for each of the folders. They are read anew for every request, so `forceReload` changes nothing.
   * @error `skills/list takes at most 64 folders …`
   * @error `failed to load configuration: <path>:<line>:<column>: …`: `config.toml` cannot be read.
   */
  "skills/list": {
    params: z.object({
      /** Without one, the folder in which the server runs; relative ones begin there. */
      cwds: z.array(z.string().max(4096)).optional(),
      forceReload: z.boolean().optional(),
    }),
    result: z.lazy(() => z.looseObject({ data: z.array(SkillsListEntry) })),
  },
  /**
   * Turns a skill on or off, in `[[skills.config]]` of `config.toml`: one by its path, or all of a name.
   * @notifies skills/changed
   * @error `skills/config/write requires exactly one of path or name`
   * @error The words of `config/value/write`, when the file cannot be written.
   */
  "skills/config/write": {
    params: z.object({
      enabled: z.boolean(),
      name: z.string().max(4096).nullish(),
      /** Absolute path of its SKILL.md. */
      path: z.string().max(4096).nullish(),
    }),
    /** False although it was turned on: `-c` or a profile says otherwise. */
    result: z.object({ effectiveEnabled: z.boolean() }),
  },
} as const satisfies MethodTable;

export const skillNotifications = {
  /**
   * What `skills/list` said is out of date: a skill was turned on or off, which is told to every client, or something
   * changed where skills are, which is told to the clients that asked for skills there. The list may be the same.
   */
  "skills/changed": z.object({}),
} as const satisfies NotificationTable;
