import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

type AccountMethod = "account/read" | "account/login/start" | "account/logout";

export const accountHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, AccountMethod> => {
  const { connections, options } = context;
  const { account } = options;
  const announce = (authMode: "apikey" | null): void => {
    for (const connection of connections) connection.notify("account/updated", { authMode, planType: null });
  };
  return {
    "account/read": async () => {
      const { hasKey, needsKey } = await forUser(() => account.read());
      return {
        account: hasKey ? { type: "apiKey" } : null,
        userId: null,
        requiresOpenaiAuth: needsKey,
        workspaceRouting: null,
      };
    },
    "account/login/start": async ({ apiKey, storage }) => {
      await forUser(() => account.login(apiKey, storage ?? "file"));
      const { connection } = context;
      connection.afterAnswer(() => {
        const outcome = { loginId: null, success: true, error: null, onboardingEntrypoint: null };
        connection.notify("account/login/completed", outcome);
        announce("apikey");
      });
      return { type: "apiKey" };
    },
    "account/logout": async () => {
      await account.logout();
      context.connection.afterAnswer(() => announce(null));
      return {};
    },
  };
};
