import type { TurnOverrides } from "../../core/thread/threads.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods, Params } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { initializedClient } from "../connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { absolute } from "./thread.ts";

/** What a client says of the settings at turn/start and thread/settings/update. */
export const turnOverridesOf = (
  params: Params<ClientMethods, "turn/start"> | Params<ClientMethods, "thread/settings/update">,
): TurnOverrides => {
  if (params.model === "") {
    throw invalidRequest("No models are available. Set `model` explicitly or check your model catalog configuration.");
  }
  return {
    cwd: absolute(params.cwd),
    approvalPolicy: params.approvalPolicy ?? undefined,
    sandboxPolicy: params.sandboxPolicy ?? undefined,
    model: params.model ?? undefined,
    effort: params.effort ?? undefined,
    summary: params.summary ?? undefined,
    collaborationMode: params.collaborationMode ?? undefined,
    reviewEdits: params.reviewEdits ?? undefined,
  };
};

function editorOf({ editor }: Params<ClientMethods, "turn/start">, { connection }: HandlerContext) {
  if (editor === null || editor === undefined) return undefined;
  if (initializedClient(connection).isTurnwright) return editor;
  throw invalidRequest("turn/start.editor requires the capability extensions.turnwright");
}

type TurnMethod = "turn/start" | "turn/steer" | "turn/interrupt";

export const turnHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, TurnMethod> => ({
  "turn/start": (params) => {
    const { threadId, input, clientUserMessageId } = params;
    return context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        const overrides = { ...turnOverridesOf(params), editor: editorOf(params, context) };
        const threads = await context.threads();
        return { turn: await threads.startTurn(threadId, input, overrides, clientUserMessageId ?? null) };
      }),
    );
  },

  "turn/steer": ({ threadId, expectedTurnId, input, clientUserMessageId }) =>
    context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        const threads = await context.threads();
        return threads.steer(threadId, expectedTurnId, input, clientUserMessageId ?? null);
      }),
    ),

  "turn/interrupt": ({ threadId, turnId }) =>
    context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        const threads = await context.threads();
        await threads.interrupt(threadId, turnId);
        return {};
      }),
    ),
});
