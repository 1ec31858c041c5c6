import type { DeviceAuthorizationResponse } from "oauth4webapi";
import { mayName } from "../../secure-url.ts";
import { resourceOf } from "./authorization-code.ts";
import { OAuthError, type OAuthClient, type TokenSet } from "./client.ts";
import { type Fetch, type Issuer, openIssuer, tokensOf } from "./issuer.ts";

/** What the user has to do, on any device with a browser. */
export interface DevicePrompt {
  readonly verificationUrl: string;
  /** Shown beside the address, also where the address holds it: the user compares. */
  readonly userCode: string;
}

const defaultIntervalSeconds = 5;
const slowerBySeconds = 5;
/** A user who was asked an hour ago is not looking any more, whatever the issuer says. */
const maxLifetimeSeconds = 3600;
const maxIntervalSeconds = 300;
const maxUserCodeLength = 64;

export interface DeviceSignIn {
  readonly prompt: DevicePrompt;
  /** Asks the issuer until the user has answered or the code has expired. Rejects with {@link OAuthError}. Called once. */
  finish(signal: AbortSignal): Promise<TokenSet>;
}

/**
 * Signs in with a code that the user enters elsewhere (RFC 8628). Rejects with {@link OAuthError}.
 * @param options.wait pauses; rejects when the signal aborts
 * @param options.now Unix ms
 */
export async function startDeviceSignIn(options: {
  readonly client: OAuthClient;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}): Promise<DeviceSignIn> {
  const { client, now, wait } = options;
  const issuer = await openIssuer(client, options.fetch, options.signal);
  if (issuer.metadata.device_authorization_endpoint === undefined) {
    throw new OAuthError("unusable", `${client.issuer} gives no device codes. Sign in through the browser instead.`);
  }
  const code = await requestCode(issuer, client, options.signal);
  const { user_code: userCode, verification_uri: plain, verification_uri_complete: complete = plain } = code;
  const verificationUrl = [complete, plain].find((url) => mayName(client.issuer, url));
  if (verificationUrl === undefined || userCode.length > maxUserCodeLength || !/^[\x20-\x7e]+$/.test(userCode)) {
    throw new OAuthError("unusable", `${client.issuer} gave a device code that cannot be shown.`);
  }
  const expiresAtMs = now() + Math.min(code.expires_in, maxLifetimeSeconds) * 1000;

  const finish = async (signal: AbortSignal): Promise<TokenSet> => {
    let interval = Math.min(code.interval ?? defaultIntervalSeconds, maxIntervalSeconds);
    for (;;) {
      await wait(interval * 1000, signal);
      if (now() >= expiresAtMs) throw expired();
      const asked = await askForTokens(issuer, client, code.device_code, now, signal);
      if (asked.kind === "tokens") return asked.tokens;
      if (asked.kind === "slowDown") interval += slowerBySeconds;
      // RFC 8628, 3.5: twice as long after each that got no answer.
      if (asked.kind === "noAnswer") interval = Math.min(interval * 2, maxIntervalSeconds);
    }
  };
  return {
    prompt: { verificationUrl, userCode },
    finish: (signal) =>
      finish(signal).catch((error: unknown) => {
        throw issuer.failure(error, signal);
      }),
  };
}

const expired = (): OAuthError => new OAuthError("timedOut", "Device authorization expired; start sign-in again");

async function requestCode(
  { library, metadata, client, authentication, options, failure }: Issuer,
  oauthClient: OAuthClient,
  signal: AbortSignal,
): Promise<DeviceAuthorizationResponse> {
  const { scopes } = oauthClient;
  const parameters = { ...(scopes.length === 0 ? {} : { scope: scopes.join(" ") }), ...resourceOf(oauthClient) };
  try {
    const answer = await library.deviceAuthorizationRequest(
      metadata,
      client,
      authentication,
      parameters,
      options(signal),
    );
    return await library.processDeviceAuthorizationResponse(metadata, client, answer);
  } catch (error) {
    throw failure(error, signal);
  }
}

type Asked =
  { readonly kind: "tokens"; readonly tokens: TokenSet } | { readonly kind: "pending" | "slowDown" | "noAnswer" };

async function askForTokens(
  { library, metadata, client, authentication, options, failure }: Issuer,
  oauthClient: OAuthClient,
  deviceCode: string,
  now: () => number,
  signal: AbortSignal,
): Promise<Asked> {
  try {
    const answer = await library.deviceCodeGrantRequest(metadata, client, authentication, deviceCode, {
      ...options(signal),
      additionalParameters: resourceOf(oauthClient),
    });
    const tokens = await library.processDeviceCodeResponse(metadata, client, answer);
    return { kind: "tokens", tokens: tokensOf(oauthClient, tokens, now()) };
  } catch (error) {
    if (error instanceof library.ResponseBodyError) {
      switch (error.error) {
        case "authorization_pending":
          return { kind: "pending" };
        case "slow_down":
          return { kind: "slowDown" };
        case "expired_token":
          throw expired();
        case "access_denied":
          throw new OAuthError("denied", "Device authorization was denied; start sign-in again when ready");
      }
    }
    const failed = failure(error, signal);
    if (failed.reason === "unreachable") return { kind: "noAnswer" };
    throw failed;
  }
}
