import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";
import { Thread, threadOverrides, ThreadStartResponse } from "./threads.ts";

/** What a thread comes from, and what becomes of its history. */
export const threadLineageMethods = {
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
  "thread/inject_items": {
    /** Items of the Responses API; each call stands before its output. */
    params: z.lazy(() => z.object({ threadId: z.string(), items: z.array(z.unknown()) })),
    result: z.lazy(() => z.looseObject({})),
  },
} as const satisfies MethodTable;

export const threadLineageNotifications = {
  "thread/reverted": z.lazy(() => z.looseObject({ threadId: z.string() })),
} as const satisfies NotificationTable;
