import * as z from "zod";
import type { MethodTable } from "./methods.ts";

export const ThreadCompactStartParams = z.object({
  threadId: z.string(),
  /** Turnwright's opt-in: what the summary is to keep, or to leave out, in the user's words. */
  instructions: z.string().nullish(),
});

export const compactionMethods = {
  /**
   * Makes the context of a thread smaller, as a turn of its own: what was said is replaced, for the model, by a summary; the transcript stays
   * whole. A failure is a failed turn, and the thread goes on as it was. A message that is sent meanwhile is answered in the same turn.
   * @notifies thread/status/changed, turn/started, item/started, thread/tokenUsage/updated, item/completed, turn/completed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error `data.reason` `turnRunning`: a turn runs; interrupt it first.
   * @error `thread <id> has nothing to compact yet; …`
   */
  "thread/compact/start": { params: ThreadCompactStartParams, result: z.lazy(() => z.looseObject({})) },
} as const satisfies MethodTable;
