import type { ClientMethods } from "../../protocol/methods.ts";
import type { queueMethods } from "../../protocol/queue.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { offsetPage } from "./offset-page.ts";

/** Messages behind the running turn. */
export const threadQueueHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, keyof typeof queueMethods> => {
  /** The thread is held, so that the answer comes before what it causes. */
  const inQueue = <T>(
    threadId: string,
    run: (queue: Awaited<ReturnType<HandlerContext["threads"]>>["queue"]) => Promise<T>,
  ): Promise<T> =>
    context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => run((await context.threads()).queue)),
    );
  return {
    "thread/queue/add": ({ threadId, clientUserMessageId, input, responsesapiClientMetadata }) =>
      inQueue(threadId, async (queue) => {
        const message = { input, responsesapiClientMetadata: responsesapiClientMetadata ?? null };
        return { queuedSubmission: await queue.add(threadId, clientUserMessageId, message) };
      }),
    "thread/queue/list": ({ threadId, cursor, limit }) =>
      inQueue(threadId, async (queue) =>
        offsetPage(await queue.list(threadId), { cursor, limit }, "queued submissions"),
      ),
    "thread/queue/update": ({ threadId, queuedSubmissionId, input, responsesapiClientMetadata }) =>
      inQueue(threadId, async (queue) => {
        const message = { input, responsesapiClientMetadata: responsesapiClientMetadata ?? null };
        return { queuedSubmission: await queue.update(threadId, queuedSubmissionId, message) };
      }),
    "thread/queue/delete": ({ threadId, queuedSubmissionId }) =>
      inQueue(threadId, async (queue) => ({ deleted: await queue.delete(threadId, queuedSubmissionId) })),
    "thread/queue/reorder": ({ threadId, queuedSubmissionIds }) =>
      inQueue(threadId, async (queue) => {
        await queue.reorder(threadId, queuedSubmissionIds);
        return {};
      }),
    "thread/queue/start": ({ threadId, queuedSubmissionId }) =>
      inQueue(threadId, async (queue) => ({ turn: await queue.start(threadId, queuedSubmissionId ?? null) })),
  };
};
