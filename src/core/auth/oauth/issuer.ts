import type * as OAuth from "oauth4webapi";
import { mayName } from "../../secure-url.ts";
import { redact } from "../redact.ts";
import { OAuthError, type OAuthClient, type TokenSet } from "./client.ts";

/**
 * Sends one request and gives the whole answer. Follows no redirect, reads a bounded body, gives up after some time, goes through the
 * proxy. Rejects with the network's error, or the signal's reason.
 */
export type Fetch = (
  url: URL,
  request: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly signal: AbortSignal | null;
  },
) => Promise<Response>;

/** An issuer whose metadata is known, ready for requests on behalf of one client. */
export interface Issuer {
  readonly library: typeof OAuth;
  readonly metadata: OAuth.AuthorizationServer;
  readonly client: OAuth.Client;
  /** Public clients say who they are, and prove nothing. */
  readonly authentication: OAuth.ClientAuth;
  readonly options: (signal: AbortSignal | null) => RequestOptions;
  /** What went wrong, in words for the user. */
  readonly failure: (error: unknown, signal: AbortSignal | null) => OAuthError;
}

/** Fits requests with any method and body. */
interface RequestOptions {
  readonly signal?: AbortSignal;
  [OAuth.allowInsecureRequests]: boolean;
  [OAuth.customFetch](url: string, request: LibraryRequest): Promise<Response>;
}
interface LibraryRequest {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Clocks differ. */
const clockToleranceSeconds = 60;
const maxTokenLength = 16_384;

/**
 * Reads the metadata of a client's issuer: OpenID Connect Discovery, else RFC 8414. The library is loaded here, with the first use.
 * Rejects with {@link OAuthError}.
 */
export async function openIssuer(oauthClient: OAuthClient, fetch: Fetch, signal: AbortSignal | null): Promise<Issuer> {
  const library = await import("oauth4webapi");
  const { issuer: identifier } = oauthClient;
  const send = async (text: string, request: LibraryRequest): Promise<Response> => {
    if (!mayName(identifier, text)) {
      throw new OAuthError(
        "unusable",
        `${identifier} names an address that is not https. It cannot be used to sign in.`,
      );
    }
    const { method, headers, body } = request;
    return fetch(new URL(text), {
      method,
      headers,
      body: body instanceof URLSearchParams ? body.toString() : null,
      signal: request.signal ?? null,
    });
  };
  const options = (of: AbortSignal | null): RequestOptions => ({
    [library.customFetch]: send,
    // On this machine only; `send` sees to that.
    [library.allowInsecureRequests]: new URL(identifier).protocol === "http:",
    ...(of === null ? {} : { signal: of }),
  });
  const failure = (error: unknown, of: AbortSignal | null) => failureOf(library, oauthClient, error, of);

  const discover = async (algorithm: "oidc" | "oauth2"): Promise<OAuth.AuthorizationServer | null> => {
    const url = new URL(identifier);
    const answer = await library.discoveryRequest(url, { algorithm, ...options(signal) });
    return answer.status === 404 ? null : library.processDiscoveryResponse(url, answer);
  };
  try {
    const metadata = (await discover("oidc")) ?? (await discover("oauth2"));
    if (metadata === null) {
      throw new OAuthError(
        "unusable",
        `There is no OAuth metadata at ${identifier}. Check model_providers.${oauthClient.provider}.oauth.issuer.`,
      );
    }
    return {
      library,
      metadata,
      client: { client_id: oauthClient.clientId, [library.clockTolerance]: clockToleranceSeconds },
      authentication: library.None(),
      options,
      failure,
    };
  } catch (error) {
    throw failure(error, signal);
  }
}

/** A token answer that the library has checked, as it is kept. @throws OAuthError for tokens that cannot be sent as they are. */
export function tokensOf(client: OAuthClient, answer: OAuth.TokenEndpointResponse, nowMs: number): TokenSet {
  const isSendable = (token: string): boolean => token.length <= maxTokenLength && /^[\x21-\x7e]+$/.test(token);
  if (answer.token_type !== "bearer" || !isSendable(answer.access_token)) {
    throw new OAuthError("unusable", `${client.issuer} gave a token of a kind that is not supported.`);
  }
  const { expires_in: seconds, refresh_token: refreshToken = null } = answer;
  return {
    accessToken: answer.access_token,
    refreshToken: refreshToken !== null && refreshToken.length <= maxTokenLength ? refreshToken : null,
    expiresAt: seconds === undefined ? null : Math.floor(nowMs / 1000 + seconds),
  };
}

function failureOf(library: typeof OAuth, client: OAuthClient, error: unknown, signal: AbortSignal | null): OAuthError {
  if (error instanceof OAuthError) return error;
  if (signal?.aborted === true) {
    return signal.reason instanceof OAuthError ? signal.reason : new OAuthError("canceled", canceledWords);
  }
  if (error instanceof library.ResponseBodyError || error instanceof library.AuthorizationResponseError) {
    const { error: code, error_description: description } = error;
    if (code === "access_denied") return new OAuthError("denied", `The sign-in to ${client.providerName} was denied.`);
    if (code === "invalid_grant")
      return new OAuthError("revoked", `${client.issuer} does not accept this sign-in (invalid_grant). Sign in again.`);
    const words = [code, ...(description === undefined ? [] : [description])].map(readable).join(": ");
    const setting = `model_providers.${client.provider}.oauth`;
    return new OAuthError("unusable", `${client.issuer} refused the sign-in (${words}). Check ${setting}.`);
  }
  if (error instanceof library.WWWAuthenticateChallengeError) {
    return new OAuthError(
      "unusable",
      `${client.issuer} does not know this client (${error.status}). Check model_providers.${client.provider}.oauth.client_id.`,
    );
  }
  const code = codeOf(error);
  if (code?.startsWith("OAUTH_") === true) {
    return new OAuthError("unusable", `${client.issuer} does not answer as OAuth has it (${code}).`);
  }
  const why = code ?? (error instanceof Error ? error.name : "unknown error");
  return new OAuthError("unreachable", `No answer from ${client.issuer} (${why}). Check the network and try again.`);
}

export const canceledWords = "Gateway sign-in was canceled";

/** Somebody else's words: short, on one line, nothing that hides text, no token. */
const readable = (text: string): string => redact(text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").slice(0, 200), []);

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? null : codeOf(error.cause);
}
