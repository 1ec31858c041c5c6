import { setTimeout as pause } from "node:timers/promises";
import { OAuthError, type OAuthClient } from "./auth/oauth/client.ts";
import type { Fetch } from "./auth/oauth/issuer.ts";
import { createOAuthSignIns, type OAuthSignIns, type OAuthState } from "./auth/oauth/sign-ins.ts";
import { createOAuthTokens } from "./auth/oauth/tokens.ts";
import type { Connections } from "./model/connections.ts";
import type { ModelProvider } from "./model/provider.ts";
import { proxySettings } from "./model/proxy.ts";

/** Signing in to model providers by OAuth. A provider of null is the configured one. */
export interface OAuthAccount {
  /** @returns `state` null: the provider does not sign in by OAuth */
  read(provider: string | null): Promise<{
    readonly providerId: string;
    readonly providerName: string;
    readonly state: OAuthState | null;
  }>;
  /** As {@link OAuthSignIns.login}. */
  login(provider: string | null, ...how: Tail<Parameters<OAuthSignIns["login"]>>): ReturnType<OAuthSignIns["login"]>;
  /** Gives up the sign-in that runs; `loginId` null: whichever it is. False: there is none. */
  cancel(loginId: string | null): Promise<boolean>;
}
type Tail<T extends readonly unknown[]> = T extends readonly [unknown, ...infer R] ? R : never;

/** Patience with another process that asks an issuer for new tokens, which may take its time limit and then some. */
const refreshLockMs = 45_000;

/**
 * Puts the parts of signing in by OAuth together.
 * @param options.env names the proxies
 * @param options.provider the configured provider of an id; rejects with words for the user when there is none
 */
export function createOAuthAccount(options: {
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly lock: (file: string, patienceMs: number) => Promise<(() => void) | null>;
  readonly provider: (id: string | null) => Promise<ModelProvider>;
}): OAuthAccount & {
  token(client: OAuthClient, rejected: string | null): Promise<string>;
  logout(): Promise<readonly string[]>;
} {
  let opened: Promise<Connections> | null = null;
  const connections = (): Promise<Connections> =>
    (opened ??= import("./model/connections.ts").then(({ createConnections }) =>
      createConnections(proxySettings(options.env)),
    ));
  const fetch: Fetch = async (url, request) => {
    const [through, { fetchWhole }] = await Promise.all([connections(), import("./model/http-fetch.ts")]);
    return fetchWhole(through, url, request);
  };
  const tokens = createOAuthTokens({
    home: options.home,
    fetch,
    lock: (file) => options.lock(file, refreshLockMs),
    now: Date.now,
  });
  const signIns = createOAuthSignIns({
    tokens,
    fetch,
    now: Date.now,
    wait: (ms, signal) => pause(ms, undefined, { signal }),
  });
  return {
    async read(id) {
      const { id: providerId, name: providerName, oauth } = await options.provider(id);
      return { providerId, providerName, state: oauth === null ? null : await signIns.read(oauth) };
    },
    async login(id, ...how) {
      const { id: providerId, oauth } = await options.provider(id);
      if (oauth !== null) return signIns.login(oauth, ...how);
      throw new OAuthError(
        "unusable",
        `Model provider "${providerId}" does not sign in by OAuth. Sign in with an API key, or add [model_providers.${providerId}.oauth] with issuer and client_id to config.toml.`,
      );
    },
    cancel: async (loginId) => signIns.cancel(loginId),
    logout: () => signIns.logout(),
    token: (client, rejected) => tokens.accessToken(client, rejected),
  };
}
