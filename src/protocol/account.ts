import * as z from "zod";
import type { MethodTable } from "./methods.ts";

const ApiKeyLogin = z.object({
  type: z.literal("apiKey"),
  apiKey: z.string().min(1),
  /** Turnwright's: `memory` keeps the key in this process only; the client stores it. Default: a 0600 file in the home. */
  storage: z.enum(["file", "memory"]).optional(),
});

/** A key is the only way to sign in; the other kinds of the protocol are known so that each can be refused with advice. */
const LoginParams = z.lazy(() =>
  z.discriminatedUnion("type", [
    ApiKeyLogin,
    z.object({ type: z.literal("chatgpt") }),
    z.object({ type: z.literal("chatgptDeviceCode") }),
    z.object({ type: z.literal("chatgptAuthTokens") }),
    z.object({ type: z.literal("amazonBedrock") }),
    z.object({ type: z.literal("amazonBedrockAccessKeys") }),
  ]),
);

const RateLimitWindow = z.lazy(() =>
  z.looseObject({
    usedPercent: z.number().int(),
    windowDurationMins: z.number().int().nullish(),
    /** Unix seconds. */
    resetsAt: z.number().int().nullish(),
  }),
);

/** What a provider last said of its limits. */
export const RateLimitSnapshot = z.lazy(() =>
  z.looseObject({
    limitId: z.string().nullish(),
    limitName: z.string().nullish(),
    primary: RateLimitWindow.nullish(),
    secondary: RateLimitWindow.nullish(),
  }),
);
export type RateLimitSnapshot = z.infer<typeof RateLimitSnapshot>;

export const accountMethods = {
  /** Whether there is a key, and whether one is needed. Never the key itself. */
  "account/read": {
    params: z.object({ refreshToken: z.boolean().nullish() }),
    result: z.looseObject({ account: z.looseObject({ type: z.string() }).nullish(), requiresOpenaiAuth: z.boolean() }),
  },
  /**
   * Takes an API key. The other kinds of sign-in are refused with advice.
   * @notifies account/login/completed, account/updated
   * @error `Signing in with … is not supported. …`
   */
  "account/login/start": { params: LoginParams, result: z.looseObject({ type: z.literal("apiKey") }) },
  /**
   * Gives up a sign-in with a device code, by the `loginId` of its prompt.
   * @error `invalid login id: …`
   */
  "account/login/cancel": {
    params: z.object({ loginId: z.string() }),
    result: z.looseObject({ status: z.enum(["canceled", "notFound"]) }),
  },
  /**
   * Forgets keys and sign-ins.
   * @notifies account/updated, account/gatewayOAuth/changed
   */
  "account/logout": { params: z.object({}).nullish(), result: z.looseObject({}) },
  /**
   * What the provider last said of its limits.
   * @error The provider has said nothing of limits yet.
   */
  "account/rateLimits/read": {
    params: z.object({}).nullish(),
    result: z.lazy(() => z.looseObject({ rateLimits: RateLimitSnapshot })),
  },
  /** How requests are signed. The key itself is never told. */
  getAuthStatus: {
    params: z.object({ includeToken: z.boolean().nullish(), refreshToken: z.boolean().nullish() }),
    result: z.looseObject({
      authMethod: z.string().nullish(),
      /** Always null here: keys do not travel back. */
      authToken: z.string().nullish(),
      requiresOpenaiAuth: z.boolean().nullish(),
    }),
  },
} as const satisfies MethodTable;
