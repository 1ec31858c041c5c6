import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";
import { Thread, threadOverrides, ThreadStartResponse } from "./threads.ts";

/** What a thread comes from, and what becomes of its history. */
export const threadLineageMethods = {
  /**
   * Begins a thread with the history of another one, up to a turn, and subscribes the connection to it. The history
   * is shared, not copied.
   * @notifies thread/started
   * @error `no rollout found for thread id <id>`: there is none.
   * @error The turn named is not one of the thread.
   */
  "thread/fork": {
    params: z.lazy(() =>
      z.object({
        threadId: z.string(),
        /** The last turn that the fork takes. */
        lastTurnId: z.string().nullish(),
        /** The first turn that it does not take; instead of `lastTurnId`. Neither: all that is completed. */
        beforeTurnId: z.string().nullish(),
        /** `thread.turns` of the answer is empty; they can be read page by page. */
        excludeTurns: z.boolean().nullish(),
        ephemeral: z.boolean().nullish(),
        ...threadOverrides,
      }),
    ),
    result: ThreadStartResponse,
    experimental: ["beforeTurnId"],
  },
  /**
   * Takes a turn and all later ones out of the history. Nothing on disk is undone.
   * @notifies thread/status/changed, thread/reverted
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error The turn named is not one of the thread.
   */
  "thread/revert": {
    params: z.lazy(() => z.object({ threadId: z.string(), beforeTurnId: z.string() })),
    result: z.lazy(() =>
      z.looseObject({
        thread: Thread,
        /** Where pages of turns and of items, newest first, begin now; null when nothing is left. */
        turnsBackwardsCursor: z.string().nullish(),
        itemsBackwardsCursor: z.string().nullish(),
      }),
    ),
  },
  /**
   * Appends items to what the model reads next, without a turn. They are no items of a turn, so nothing is shown.
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error The items are none of the Responses API, or a call would stand without its output.
   */
  "thread/inject_items": {
    /** Items of the Responses API; each call stands before its output. */
    params: z.lazy(() => z.object({ threadId: z.string(), items: z.array(z.unknown()) })),
    result: z.lazy(() => z.looseObject({})),
  },
} as const satisfies MethodTable;

export const threadLineageNotifications = {
  /** Turns were taken out of the history. Told to every client. */
  "thread/reverted": z.lazy(() => z.looseObject({ threadId: z.string() })),
} as const satisfies NotificationTable;
