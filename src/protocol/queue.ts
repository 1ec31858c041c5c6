import * as z from "zod";
import type { MethodTable } from "./methods.ts";
import { UserInput } from "./settings.ts";
import { Turn } from "./turns.ts";

/** A message that waits for its turn. `id` is the server's; `clientUserMessageId` comes back on the item of the message. */
export const QueuedSubmission = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    input: z.array(UserInput),
    clientUserMessageId: z.string(),
    responsesapiClientMetadata: z.record(z.string(), z.string()).nullish(),
  }),
);
export type QueuedSubmission = z.infer<typeof QueuedSubmission>;

const ofThread = { threadId: z.string() };
const ofSubmission = { ...ofThread, queuedSubmissionId: z.string() };
const metadata = z.record(z.string(), z.string()).nullish();
const one = z.lazy(() => z.looseObject({ queuedSubmission: QueuedSubmission }));

/**
 * Messages behind the running turn. They are sent in order, each as a turn of its own, when the thread has nothing to do; after a turn that was
 * stopped or failed they wait until `thread/queue/start` or the next turn.
 */
export const queueMethods = {
  "thread/queue/add": {
    params: z.lazy(() =>
      z.object({
        ...ofThread,
        clientUserMessageId: z.string(),
        input: z.array(UserInput),
        responsesapiClientMetadata: metadata,
      }),
    ),
    result: one,
  },
  "thread/queue/list": {
    params: z.object({ ...ofThread, cursor: z.string().nullish(), limit: z.int().min(0).nullish() }),
    result: z.lazy(() => z.looseObject({ data: z.array(QueuedSubmission), nextCursor: z.string().nullish() })),
  },
  "thread/queue/update": {
    params: z.lazy(() =>
      z.object({ ...ofSubmission, input: z.array(UserInput), responsesapiClientMetadata: metadata }),
    ),
    result: one,
  },
  "thread/queue/delete": {
    params: z.object(ofSubmission),
    result: z.lazy(() => z.looseObject({ deleted: z.boolean() })),
  },
  "thread/queue/reorder": {
    params: z.object({ ...ofThread, queuedSubmissionIds: z.array(z.string()) }),
    result: z.lazy(() => z.looseObject({})),
  },
  "thread/queue/start": {
    /** Null: the first one. */
    params: z.object({ ...ofThread, queuedSubmissionId: z.string().nullish() }),
    result: z.lazy(() => z.looseObject({ turn: Turn })),
  },
} as const satisfies MethodTable;

export const queueNotifications = {
  /** The client lists the queue again. */
  "thread/queue/changed": z.lazy(() => z.looseObject({ threadId: z.string() })),
} as const;
