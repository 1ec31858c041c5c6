import type { ClientMethods, NoticeIn, ServerNotifications } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";

type KeepingMethod = "thread/name/set" | "thread/unsubscribe" | "thread/archive" | "thread/unarchive" | "thread/delete";

/** What becomes of threads as a whole. Every client hears of it, after the answer: each may list threads that it did not subscribe to. */
export const threadKeepingHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, KeepingMethod> => {
  const tellAll = <M extends keyof ServerNotifications>(method: M, params: NoticeIn<ServerNotifications, M>): void =>
    context.connection.afterAnswer(() => {
      for (const connection of context.connections) connection.notify(method, params);
    });

  /** Nobody hears of a thread that has gone, unless it is loaded again and asked for. */
  const forget = (threadId: string): void =>
    context.connection.afterAnswer(() => {
      for (const { subscriptions } of context.connections) subscriptions.remove(threadId);
    });

  return {
    "thread/name/set": async ({ threadId, name }) => {
      const threads = await context.threads();
      const threadName = await onThread("change", threadId, () => threads.setName(threadId, name));
      tellAll("thread/name/updated", { threadId, threadName });
      return {};
    },

    "thread/archive": async ({ threadId }) => {
      const threads = await context.threads();
      await onThread("change", threadId, () => threads.archive(threadId));
      forget(threadId);
      tellAll("thread/archived", { threadId });
      return {};
    },

    "thread/unarchive": async ({ threadId }) => {
      const threads = await context.threads();
      const thread = await onThread("change", threadId, () => threads.unarchive(threadId));
      tellAll("thread/unarchived", { threadId });
      return { thread };
    },

    "thread/delete": async ({ threadId }) => {
      const threads = await context.threads();
      await onThread("change", threadId, () => threads.delete(threadId));
      forget(threadId);
      tellAll("thread/deleted", { threadId });
      return {};
    },

    "thread/unsubscribe": async ({ threadId }) => {
      const threads = await context.threads();
      const wasSubscribed = context.connection.subscriptions.remove(threadId);
      if (wasSubscribed) threads.left(threadId);
      if (!threads.loaded().includes(threadId)) return { status: "notLoaded" };
      return { status: wasSubscribed ? "unsubscribed" : "notSubscribed" };
    },
  };
};
