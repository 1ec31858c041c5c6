import { OAuthError } from "../../core/auth/oauth/client.ts";
import type { OAuthChange } from "../../core/auth/oauth/sign-ins.ts";
import { AuthFileError } from "../../core/auth/auth.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { GatewayOAuthMethods } from "../../protocol/gateway-oauth.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

/** As {@link forUser}, also for what a sign-in can fail with. */
async function forSignIn<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await forUser(run);
  } catch (error) {
    if (error instanceof OAuthError || error instanceof AuthFileError) throw invalidRequest(error.message);
    throw error;
  }
}

export const gatewayOAuthHandlers = ({ connections, options }: HandlerContext): Handlers<GatewayOAuthMethods> => {
  const { oauth } = options.account;
  const onChange = (change: OAuthChange): void => {
    for (const connection of connections) connection.notify("account/gatewayOAuth/changed", { ...change });
  };
  return {
    "account/gatewayOAuth/read": async (params) => {
      const { state, ...provider } = await forSignIn(() => oauth.read(params?.modelProvider ?? null));
      return state === null
        ? { ...provider, required: false, supportsDeviceAuth: false, status: null, error: null }
        : { ...provider, required: true, ...state };
    },

    "account/gatewayOAuth/login": async (params, signal) => {
      const how = { isDevice: params?.deviceAuth === true, onChange };
      const prompt = await forSignIn(() => oauth.login(params?.modelProvider ?? null, how, signal));
      return { prompt: prompt === null ? null : { ...prompt } };
    },

    "account/gatewayOAuth/cancel": async () => {
      await oauth.cancel(null);
      return {};
    },
  };
};
