import type { accountMethods } from "../../protocol/account.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods, Params } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

type OtherLogin = Exclude<Params<ClientMethods, "account/login/start">["type"], "apiKey">;

const useKey = 'Sign in with an API key instead (type "apiKey").';
const noBedrock =
  "Signing in to Amazon Bedrock is not supported. Add your gateway to config.toml under [model_providers], with base_url and env_key.";
const refusals: Readonly<Record<OtherLogin, string>> = {
  chatgpt: `Signing in with a ChatGPT account is not supported. ${useKey}`,
  chatgptDeviceCode: `Signing in with a ChatGPT account is not supported. ${useKey}`,
  chatgptAuthTokens: `Tokens of a ChatGPT account are not supported. ${useKey}`,
  amazonBedrock: noBedrock,
  amazonBedrockAccessKeys: noBedrock,
};

const uuid = /^(?:urn:uuid:)?(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/iu;

export const accountHandlers = (
  context: HandlerContext,
): Pick<Handlers<ClientMethods>, keyof typeof accountMethods> => {
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

    "account/login/start": async (params) => {
      if (params.type !== "apiKey") {
        // A provider that cannot be used has nothing better to offer, and is not what was asked about.
        const oauth = await account.oauth.read(null).catch(() => null);
        const plain = refusals[params.type];
        if (oauth === null || oauth.state === null) throw invalidRequest(plain);
        throw invalidRequest(`${plain} ${oauth.providerName} signs in by OAuth: use account/gatewayOAuth/login.`);
      }
      const { apiKey, storage } = params;
      await forUser(() => account.login(apiKey, storage ?? "file"));
      const { connection } = context;
      connection.afterAnswer(() => {
        const outcome = { loginId: null, success: true, error: null, onboardingEntrypoint: null };
        connection.notify("account/login/completed", outcome);
        announce("apikey");
      });
      return { type: "apiKey" };
    },

    // A key is taken at once; what waits is a sign-in by OAuth.
    "account/login/cancel": async ({ loginId }) => {
      if (!uuid.test(loginId)) throw invalidRequest(`invalid login id: ${loginId.slice(0, 100)}`);
      return { status: (await account.oauth.cancel(loginId)) ? "canceled" : "notFound" };
    },

    "account/logout": async () => {
      const providers = await forUser(() => account.logout());
      context.connection.afterAnswer(() => {
        announce(null);
        for (const providerId of providers) {
          for (const connection of connections) {
            connection.notify("account/gatewayOAuth/changed", { providerId, status: "notReady" });
          }
        }
      });
      return {};
    },

    "account/rateLimits/read": async () => {
      const rateLimits = await forUser(() => account.rateLimits());
      if (rateLimits !== null) return { rateLimits, rateLimitsByLimitId: null };
      throw invalidRequest(
        "chatgpt authentication required to read rate limits; the provider has not told any with its answers so far",
      );
    },

    getAuthStatus: async () => {
      const { hasKey, needsKey } = await forUser(() => account.read());
      // Whoever asks for the token: a key goes to its provider and nowhere else.
      return { authMethod: hasKey ? "apikey" : null, authToken: null, requiresOpenaiAuth: needsKey };
    },
  };
};
