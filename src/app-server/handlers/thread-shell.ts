import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";

type ShellMethod = "thread/shellCommand";

/** Commands that the user types for the thread's shell. */
export const threadShellHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, ShellMethod> => ({
  "thread/shellCommand": ({ threadId, command, timeoutMs }) =>
    context.connection.answering(threadId, () =>
      onThread("use", threadId, async () => {
        const threads = await context.threads();
        await threads.runShell(threadId, { script: command, timeoutMs: timeoutMs ?? null });
        return {};
      }),
    ),
});
