import * as z from "zod";

/** A skill that can be called. */
export const SkillChoice = z.lazy(() => z.object({ name: z.string(), description: z.string(), path: z.string() }));
export type SkillChoice = z.infer<typeof SkillChoice>;

/** A message that is written down. `argumentHint`: what to write behind the name. */
export const PromptChoice = z.lazy(() =>
  z.object({
    name: z.string(),
    description: z.string().nullable(),
    argumentHint: z.string().nullable(),
    path: z.string(),
  }),
);
export type PromptChoice = z.infer<typeof PromptChoice>;

/** A file, as the agent is told of it: relative to the folder in which it works, else absolute. */
export const FileChoice = z.lazy(() => z.object({ path: z.string() }));
export type FileChoice = z.infer<typeof FileChoice>;

/** A skill that goes along with a message. */
export const SkillMention = z.lazy(() => z.object({ name: z.string().max(4096), path: z.string().max(4096) }));
export type SkillMention = z.infer<typeof SkillMention>;

/**
 * What the composer offers while the user types. The panel names no folder: the extension asks for the one in which the agent works. Servers that
 * have no prompts offer none.
 */
export const completionMethods = {
  "host/listSkills": { params: z.object({}), result: z.lazy(() => z.object({ skills: z.array(SkillChoice) })) },
  "host/listPrompts": { params: z.object({}), result: z.lazy(() => z.object({ prompts: z.array(PromptChoice) })) },
  /** Fills a prompt in; nothing is sent. Refused with what is missing. */
  "host/expandPrompt": {
    params: z.object({ path: z.string().max(4096), arguments: z.string() }),
    result: z.object({ text: z.string() }),
  },
  /** Files of the workspace, best first; an earlier request that still runs finds nothing. */
  "host/findFiles": {
    params: z.object({ query: z.string().max(4096) }),
    result: z.lazy(() => z.object({ files: z.array(FileChoice) })),
  },
} as const;
