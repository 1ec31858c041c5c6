import type { ClientMethods } from "../../protocol/methods.ts";
import type { settingsMethods } from "../../protocol/thread-settings.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { turnOverridesOf } from "./turn.ts";

/** What later turns, or the running one, run under. */
export const threadSettingsHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, keyof typeof settingsMethods> => ({
  "thread/settings/update": (params) => {
    const { threadId } = params;
    return context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        const overrides = turnOverridesOf(params);
        await (await context.threads()).updateSettings(threadId, overrides);
        return {};
      }),
    );
  },
  "turn/settings/update": ({ threadId, turnId, model, effort, summary }) =>
    onThread("use", threadId, async () => {
      const change = { model: model ?? undefined, effort: effort ?? undefined, summary: summary ?? undefined };
      const isApplied = await (await context.threads()).updateTurn(threadId, turnId, change);
      return { status: isApplied ? "applied" : "targetUnavailable" };
    }),
});
