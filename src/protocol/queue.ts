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
  /**
   * Puts a message behind the running turn. It becomes a turn of its own when the thread has nothing to do.
   * @notifies thread/queue/changed, turn/started
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
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
    experimental: true,
  },
  /**
   * Messages that wait, in their order, a page at a time.
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/queue/list": {
    params: z.object({ ...ofThread, cursor: z.string().nullish(), limit: z.int().min(0).nullish() }),
    result: z.lazy(() => z.looseObject({ data: z.array(QueuedSubmission), nextCursor: z.string().nullish() })),
    experimental: true,
  },
  /**
   * Replaces what a message that waits says.
   * @notifies thread/queue/changed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error There is no such message (any more).
   */
  "thread/queue/update": {
    params: z.lazy(() =>
      z.object({ ...ofSubmission, input: z.array(UserInput), responsesapiClientMetadata: metadata }),
    ),
    result: one,
    experimental: true,
  },
  /**
   * Takes a message out of the queue.
   * @notifies thread/queue/changed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/queue/delete": {
    params: z.object(ofSubmission),
    result: z.lazy(() => z.looseObject({ deleted: z.boolean() })),
    experimental: true,
  },
  /**
   * Puts all messages that wait into another order.
   * @notifies thread/queue/changed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error The ids are not those that wait.
   */
  "thread/queue/reorder": {
    params: z.object({ ...ofThread, queuedSubmissionIds: z.array(z.string()) }),
    result: z.lazy(() => z.looseObject({})),
    experimental: true,
  },
  /**
   * Begins a turn with a message that waits, as after a turn that was stopped or failed.
   * @notifies thread/queue/changed, turn/started
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error Nothing waits, or a turn runs.
   */
  "thread/queue/start": {
    /** Null: the first one. */
    params: z.object({ ...ofThread, queuedSubmissionId: z.string().nullish() }),
    result: z.lazy(() => z.looseObject({ turn: Turn })),
    experimental: true,
  },
} as const satisfies MethodTable;

export const queueNotifications = {
  /** The client lists the queue again. */
  "thread/queue/changed": z.lazy(() => z.looseObject({ threadId: z.string() })),
} as const;
