import type { ClientMethods } from "../../protocol/methods.ts";
import type { terminalMethods } from "../../protocol/terminals.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { offsetPage } from "./offset-page.ts";

/** Commands that go on after their call has returned. */
export const threadTerminalHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, keyof typeof terminalMethods> => ({
  "thread/backgroundTerminals/list": async ({ threadId, cursor, limit }) => {
    const { terminals } = await context.threads();
    return onThread("use", threadId, async () =>
      offsetPage(terminals.list(threadId), { cursor, limit }, "background terminals"),
    );
  },
  "thread/backgroundTerminals/terminate": async ({ threadId, processId }) => {
    const { terminals } = await context.threads();
    return onThread("use", threadId, async () => ({ terminated: await terminals.terminate(threadId, processId) }));
  },
  "thread/backgroundTerminals/clean": async ({ threadId }) => {
    const { terminals } = await context.threads();
    return onThread("use", threadId, async () => {
      await terminals.clean(threadId);
      return {};
    });
  },
});
