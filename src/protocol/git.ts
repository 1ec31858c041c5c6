import * as z from "zod";
import type { MethodTable } from "./methods.ts";

export const gitMethods = {
  /**
   * What the working tree, untracked files included, has on top of the newest commit that a remote is known to
   * have.
   * @error `failed to compute git diff to remote for cwd: …`: no repository, or no remote.
   */
  gitDiffToRemote: {
    params: z.object({ cwd: z.string() }),
    result: z.object({ sha: z.string(), diff: z.string() }),
  },
} as const satisfies MethodTable;
