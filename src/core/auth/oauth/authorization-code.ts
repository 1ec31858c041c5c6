import { mayName } from "../../secure-url.ts";
import { OAuthError, type OAuthClient, type TokenSet } from "./client.ts";
import { type Fetch, type Issuer, openIssuer, tokensOf } from "./issuer.ts";
import { donePage, failedPage } from "./page.ts";
import { listenForRedirect } from "./redirect-listener.ts";

const timeLimitMs = 10 * 60_000;

export interface BrowserSignIn {
  readonly client: OAuthClient;
  readonly fetch: Fetch;
  /** Unix ms. */
  readonly now: () => number;
  /** Keeps the tokens, before the browser says that all is well. Rejects with {@link OAuthError}. */
  readonly keep: (tokens: TokenSet) => Promise<void>;
  /** Told once where the user has to go; must not throw. */
  readonly onAuthUrl: (url: string) => void;
  /** Its reason, an `OAuthError`, is what an abort rejects with. */
  readonly signal: AbortSignal;
}

/** Signs in through the user's browser: authorization code with PKCE (RFC 6749, 7636, 8252, 9207). Rejects with {@link OAuthError}. */
export async function signInByBrowser(options: BrowserSignIn): Promise<void> {
  const { client } = options;
  const late = new OAuthError("timedOut", `Nobody signed in to ${client.providerName} within ten minutes. Try again.`);
  const timeLimit = new AbortController();
  const timer = setTimeout(() => timeLimit.abort(late), timeLimitMs);
  try {
    await signIn(options, AbortSignal.any([options.signal, timeLimit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function signIn(options: BrowserSignIn, signal: AbortSignal): Promise<void> {
  const { client } = options;
  const issuer = await openIssuer(client, options.fetch, signal);
  const { library } = issuer;
  const state = library.generateRandomState();
  const verifier = library.generateRandomCodeVerifier();
  const challenge = await library.calculatePKCECodeChallenge(verifier);
  const listener = await listenForRedirect({ port: client.redirectPort ?? 0, state });
  try {
    options.onAuthUrl(authUrl(issuer, client, { redirectUri: listener.redirectUri, state, challenge }));
    const redirect = await orAbort(listener.redirect, signal);
    try {
      const parameters = library.validateAuthResponse(issuer.metadata, issuer.client, redirect.parameters, state);
      const answer = await library.authorizationCodeGrantRequest(
        issuer.metadata,
        issuer.client,
        issuer.authentication,
        parameters,
        listener.redirectUri,
        verifier,
        { ...issuer.options(signal), additionalParameters: resourceOf(client) },
      );
      const tokens = await library.processAuthorizationCodeResponse(issuer.metadata, issuer.client, answer);
      await options.keep(tokensOf(client, tokens, options.now()));
      await redirect.answer(donePage(client.providerName));
    } catch (error) {
      const failure = issuer.failure(error, signal);
      await redirect.answer(failedPage(failure.message));
      throw failure;
    }
  } catch (error) {
    throw issuer.failure(error, signal);
  } finally {
    listener.close();
  }
}

/** `resource` of RFC 8707, for each request that can have it. */
export const resourceOf = ({ resource }: OAuthClient): Record<string, string> =>
  resource === null ? {} : { resource };

function authUrl(
  { metadata }: Issuer,
  client: OAuthClient,
  {
    redirectUri,
    state,
    challenge,
  }: { readonly redirectUri: string; readonly state: string; readonly challenge: string },
): string {
  const { authorization_endpoint: endpoint, code_challenge_methods_supported: methods } = metadata;
  if (endpoint === undefined || !mayName(client.issuer, endpoint) || methods?.includes("S256") === false) {
    throw new OAuthError(
      "unusable",
      `${client.issuer} does not sign in through a browser with PKCE. Use a device code instead.`,
    );
  }
  const url = new URL(endpoint);
  const parameters = {
    response_type: "code",
    client_id: client.clientId,
    redirect_uri: redirectUri,
    ...(client.scopes.length === 0 ? {} : { scope: client.scopes.join(" ") }),
    // OpenID Connect Core, 11: otherwise the scope is ignored.
    ...(client.scopes.includes("offline_access") ? { prompt: "consent" } : {}),
    ...resourceOf(client),
    code_challenge: challenge,
    code_challenge_method: "S256",
    state,
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}

function orAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener("abort", onAbort));
}
