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
  /**
   * Runs a command line of the user, without a sandbox: as a turn of its own, or beside the turn that runs. The model hears of it with its next request.
   * @notifies turn/started, item/started, item/commandExecution/outputDelta, item/completed, turn/completed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error The command is empty.
   */
  "thread/shellCommand": { params: ThreadShellCommandParams, result: empty },
} as const satisfies MethodTable;
