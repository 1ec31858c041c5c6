import type { OAuthChange } from "../../core/auth/oauth/sign-ins.ts";
import type { GatewayOAuthMethods } from "../../protocol/gateway-oauth.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser } from "../thread-errors.ts";

export const gatewayOAuthHandlers = ({ connections, options }: HandlerContext): Handlers<GatewayOAuthMethods> => {
  const { oauth } = options.account;
  const onChange = (change: OAuthChange): void => {
    for (const connection of connections) connection.notify("account/gatewayOAuth/changed", { ...change });
  };
  return {
    "account/gatewayOAuth/read": async (params) => {
      const { state, ...provider } = await forUser(() => oauth.read(params?.modelProvider ?? null));
      return state === null
        ? { ...provider, required: false, supportsDeviceAuth: false, status: null, error: null }
        : { ...provider, required: true, ...state };
    },

    "account/gatewayOAuth/login": async (params, signal) => {
      const how = { isDevice: params?.deviceAuth === true, onChange };
      const prompt = await forUser(() => oauth.login(params?.modelProvider ?? null, how, signal));
      return { prompt: prompt === null ? null : { ...prompt } };
    },

    "account/gatewayOAuth/cancel": async () => {
      await oauth.cancel(null);
      return {};
    },
  };
};
