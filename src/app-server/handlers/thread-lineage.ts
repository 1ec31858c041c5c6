import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { initializedClient } from "../connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { countFrom, describe, overridesOf } from "./thread.ts";

type LineageMethod = "thread/fork" | "thread/revert" | "thread/inject_items";

export const threadLineageHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, LineageMethod> => ({
  "thread/fork": async (params) => {
    const { connection } = context;
    const { threadId } = params;
    const client = initializedClient(connection);
    const options = {
      ...overridesOf(params),
      lastTurnId: params.lastTurnId ?? null,
      beforeTurnId: params.beforeTurnId ?? null,
      ephemeral: params.ephemeral ?? false,
    };
    const threads = await context.threads();
    const loaded = await onThread("resume", threadId, () => threads.fork(threadId, options, client.originator));
    const { id } = loaded.thread;
    connection.subscriptions.add(id);
    const turns = params.excludeTurns === true ? [] : loaded.thread.turns;
    return {
      ...describe({ ...loaded, thread: { ...loaded.thread, turns } }, client),
      ...countFrom(context, client, id),
    };
  },

  "thread/revert": async ({ threadId, beforeTurnId }) => {
    const threads = await context.threads();
    const end = { limit: 1, cursor: null, direction: "desc" } as const;
    const reverted = await onThread("use", threadId, async () => ({
      // The thread that is loaded anew speaks before the answer, as clients know it.
      thread: await threads.revert(threadId, beforeTurnId),
      turnsBackwardsCursor: (await threads.turns(threadId, { ...end, itemsView: "notLoaded" })).backwardsCursor,
      itemsBackwardsCursor: (await threads.items(threadId, { ...end, turnId: null })).backwardsCursor,
    }));
    context.connection.afterAnswer(() => {
      for (const connection of context.connections) connection.notify("thread/reverted", { threadId });
    });
    return reverted;
  },

  // Not `answering`: while it waits for a safe point of the turn, the turn must be heard.
  "thread/inject_items": async ({ threadId, items }) => {
    const threads = await context.threads();
    await onThread("use", threadId, () => threads.injectItems(threadId, items));
    return {};
  },
});
