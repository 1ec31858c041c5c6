import * as z from "zod";
import type { MethodTable } from "./methods.ts";

const PromptSummary = z.lazy(() =>
  z.looseObject({
    /** Without the slash. */
    name: z.string(),
    /** One line. */
    description: z.string().nullish(),
    /** What to write behind the name, for people: `FILE [FOCUS]`. */
    argumentHint: z.string().nullish(),
    /** Absolute path of the file. */
    path: z.string(),
    scope: z.enum(["user", "repo"]),
  }),
);

/** Absolute. */
const Folder = z.string().max(4096);

/** Turnwright's own: messages that are written down as Markdown files. Served to every client; another server does not know it. */
export const promptMethods = {
  /**
   * The prompts for a folder: `prompts/*.md` of the state directory, then, where the configuration trusts the project, those in
   * `.turnwright/prompts` from the folder up to the project's root. Of two with one name, the first is the one that `/name` means.
   * @error `cwd must be an absolute path: …`
   */
  "turnwright/prompts/list": {
    params: z.object({ cwd: Folder }),
    result: z.lazy(() =>
      z.looseObject({
        data: z.array(PromptSummary),
        /** Files that are no prompt, with what to mend. */
        errors: z.array(z.looseObject({ path: z.string(), message: z.string() })),
      }),
    ),
  },
  /**
   * The text of a prompt with its placeholders filled in, to be sent as a message. Nothing is sent by this.
   * @error `cwd must be an absolute path: …`
   * @error `There is no prompt at <path> for this folder any more.`
   * @error `/<name> needs NAME=…: …`: a value is missing.
   * @error `/<name> takes … and was given …`: there are more words than places.
   */
  "turnwright/prompts/expand": {
    params: z.object({
      cwd: Folder,
      /** As `turnwright/prompts/list` gave it. */
      path: z.string().max(4096),
      /** What the user wrote behind the name. */
      arguments: z.string().nullish(),
    }),
    result: z.looseObject({ text: z.string() }),
  },
} as const satisfies MethodTable;
