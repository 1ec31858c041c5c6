import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { initializedClient } from "../connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";

export const threadCompactHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, "thread/compact/start"> => ({
  "thread/compact/start": ({ threadId, instructions }) => {
    const wishes = instructions ?? null;
    if (wishes !== null && !initializedClient(context.connection).isTurnwright) {
      throw invalidRequest("thread/compact/start.instructions requires the capability extensions.turnwright");
    }
    return context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        await (await context.threads()).compact(threadId, wishes);
        return {};
      }),
    );
  },
});
