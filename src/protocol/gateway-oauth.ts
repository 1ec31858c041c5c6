import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";

/** `notReady`: not signed in. `started`: somebody is at it. */
const GatewayOAuthStatus = z.enum(["notReady", "started", "succeeded", "failed"]);

/** Signing in to a model provider that uses OAuth (`model_providers.<id>.oauth`). */
export const gatewayOAuthMethods = {
  /**
   * How the sign-in of a provider stands; without `modelProvider`, of the configured one.
   * @error `This chat uses model provider “…”, which is no longer configured. …`
   */
  "account/gatewayOAuth/read": {
    params: z.object({ modelProvider: z.string().nullish() }).nullish(),
    result: z.lazy(() =>
      z.looseObject({
        providerId: z.string(),
        providerName: z.string(),
        /** The provider signs in by OAuth. */
        required: z.boolean(),
        supportsDeviceAuth: z.boolean().optional(),
        /** Null where nothing is required. */
        status: GatewayOAuthStatus.nullish(),
        error: z.string().nullish(),
      }),
    ),
  },
  /**
   * Signs in. Through the browser: the user goes to the `authUrl` of the notification, and the answer comes when it is done; the connection's end gives it
   * up. With `deviceAuth`: the answer tells what to show, and the notification how it ended. One sign-in runs at a time.
   * @notifies account/gatewayOAuth/changed
   * @error `Gateway sign-in is already in progress. …`
   * @error `Gateway sign-in was canceled`
   */
  "account/gatewayOAuth/login": {
    params: z.object({ deviceAuth: z.boolean().optional(), modelProvider: z.string().nullish() }).nullish(),
    result: z.lazy(() =>
      z.looseObject({
        prompt: z.looseObject({ loginId: z.string(), verificationUrl: z.string(), userCode: z.string() }).nullish(),
      }),
    ),
  },
  /**
   * Gives up the sign-in that runs, if one does.
   * @notifies account/gatewayOAuth/changed
   */
  "account/gatewayOAuth/cancel": { params: z.object({}).nullish(), result: z.looseObject({}) },
} as const satisfies MethodTable;
export type GatewayOAuthMethods = typeof gatewayOAuthMethods;

export const gatewayOAuthNotifications = {
  /** The sign-in of a provider stands differently. Told to every client. */
  "account/gatewayOAuth/changed": z.lazy(() =>
    z.looseObject({
      providerId: z.string(),
      status: GatewayOAuthStatus,
      /** Where the user has to go in a browser. */
      authUrl: z.string().nullish(),
      /** Of a sign-in with a device code. */
      loginId: z.string().nullish(),
      error: z.string().nullish(),
    }),
  ),
} as const satisfies NotificationTable;
