import * as z from "zod";
import { patchToolDescription, patchToolLark, patchFunctionDescription } from "../patch/lark.ts";
import { defineTool } from "./tool.ts";

/** Changes files by a patch, as a whole or not at all. */
export const applyPatch = defineTool({
  name: "apply_patch",
  description: patchFunctionDescription,
  params: z.object({ input: z.string().min(1).describe("The patch, from *** Begin Patch to *** End Patch.") }),
  freeform: { description: patchToolDescription, lark: patchToolLark },
  run: ({ input }, context) => context.files.applyPatch({ patch: input, cwd: context.cwd }),
});
