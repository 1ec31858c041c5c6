import * as z from "zod";
import type { MethodTable } from "./methods.ts";

/** A command line of the user's own; it runs without a sandbox, so no view of the editor may ask for it. */
export const ThreadShellCommandParams = z.object({
  threadId: z.string(),
  command: z.string(),
  /** Then it is ended; null: it may take as long as it likes. */
  timeoutMs: z.int().min(1).nullish(),
});

const empty = z.lazy(() => z.looseObject({}));

export const shellMethods = {
  "thread/shellCommand": { params: ThreadShellCommandParams, result: empty },
} as const satisfies MethodTable;
