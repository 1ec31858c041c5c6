import { rm } from "node:fs/promises";
import { howToSignIn, OAuthError, type OAuthClient, type TokenSet } from "./client.ts";
import { resourceOf } from "./authorization-code.ts";
import { type Fetch, openIssuer, tokensOf } from "./issuer.ts";
import { createTokenFile } from "./token-file.ts";

/** The tokens of the providers that sign in by OAuth. Shared with other processes by a file. */
export interface OAuthTokens {
  /**
   * A token to send. Refreshed when it is about to expire, or when it is the one that the model server `rejected`. Calls that come together
   * share one refresh; so do processes. Rejects with {@link OAuthError}, or `AuthFileError`.
   */
  accessToken(client: OAuthClient, rejected: string | null): Promise<string>;
  isSignedIn(client: OAuthClient): Promise<boolean>;
  /** Rejects with the reason of `signal`, and keeps nothing, if it was aborted before its turn came. */
  save(client: OAuthClient, tokens: TokenSet, signal: AbortSignal): Promise<void>;
  /** Forgets all sign-ins, and tells the issuers as far as they can be reached. Gives the ids of the providers. */
  forgetAll(): Promise<readonly string[]>;
}

/** A token that expires this soon could do so on its way. */
const marginSeconds = 60;
const revokeTimeoutMs = 5_000;

/**
 * @param options.lock takes the lock of a file between processes, with patience for a refresh of another one; null: it could not be had
 * @param options.now Unix ms
 */
export function createOAuthTokens(options: {
  readonly home: string;
  readonly fetch: Fetch;
  readonly lock: (file: string) => Promise<(() => void) | null>;
  readonly now: () => number;
}): OAuthTokens {
  const { fetch, now } = options;
  const file = createTokenFile(options.home);
  const refreshes = new Map<string, Promise<string>>();

  const locked = async <T>(run: () => Promise<T>): Promise<T> => {
    const release = await options.lock(file.path).catch((error: unknown) => {
      throw cannotKeep(error);
    });
    if (release === null) {
      throw new OAuthError("storage", `Another window is busy with ${file.path}. Try again in a moment.`);
    }
    try {
      return await run();
    } finally {
      release();
    }
  };
  const secondsLeft = ({ expiresAt }: TokenSet): number => (expiresAt === null ? Infinity : expiresAt - now() / 1000);

  const exchange = async (client: OAuthClient, refreshToken: string): Promise<TokenSet> => {
    const issuer = await openIssuer(client, fetch, null);
    const { library, metadata, authentication } = issuer;
    try {
      const answer = await library.refreshTokenGrantRequest(metadata, issuer.client, authentication, refreshToken, {
        ...issuer.options(null),
        additionalParameters: resourceOf(client),
      });
      return tokensOf(client, await library.processRefreshTokenResponse(metadata, issuer.client, answer), now());
    } catch (error) {
      throw issuer.failure(error, null);
    }
  };
  const keep = async (client: OAuthClient, tokens: TokenSet | null): Promise<void> => {
    try {
      await file.write(client, tokens);
    } catch (error) {
      throw cannotKeep(error);
    }
  };

  /** With the lock held: what another process has refreshed meanwhile is used, so that no refresh token is spent twice. */
  const refresh = async (client: OAuthClient, stale: string, isRejected: boolean): Promise<string> => {
    const stored = await file.read(client);
    if (stored === null) throw notSignedIn(client);
    if (stored.accessToken !== stale && secondsLeft(stored) > 0) return stored.accessToken;
    const { refreshToken } = stored;
    if (refreshToken === null) {
      await keep(client, null);
      throw ended(client);
    }
    let fresh: TokenSet;
    try {
      fresh = await exchange(client, refreshToken);
    } catch (error) {
      if (!(error instanceof OAuthError)) throw error;
      if (error.reason === "revoked") {
        await keep(client, null);
        throw ended(client);
      }
      // It has some time left; perhaps the issuer is back when that is over.
      if (error.reason === "unreachable" && !isRejected && secondsLeft(stored) > 0) return stored.accessToken;
      throw error;
    }
    await keep(client, { ...fresh, refreshToken: fresh.refreshToken ?? refreshToken });
    return fresh.accessToken;
  };

  return {
    async accessToken(client, rejected) {
      const stored = await file.read(client);
      if (stored === null) throw notSignedIn(client);
      const isRejected = stored.accessToken === rejected;
      if (!isRejected && secondsLeft(stored) > marginSeconds) return stored.accessToken;
      const key = JSON.stringify(client);
      const running =
        refreshes.get(key) ??
        locked(() => refresh(client, stored.accessToken, isRejected)).finally(() => refreshes.delete(key));
      refreshes.set(key, running);
      return running;
    },
    isSignedIn: async (client) => (await file.read(client)) !== null,
    save: (client, tokens, signal) =>
      locked(() => {
        signal.throwIfAborted(); // the lock may have been waited for
        return keep(client, tokens);
      }),
    async forgetAll() {
      const known = await locked(async () => {
        const all = await file.all().catch(() => []); // what cannot be read is removed all the same
        await rm(file.path, { force: true });
        return all;
      });
      await Promise.allSettled(known.map((signIn) => revoke(signIn, fetch)));
      return known.map(({ provider }) => provider);
    },
  };
}

function cannotKeep(error: unknown): OAuthError {
  const why = error instanceof Error ? error.message : String(error);
  return new OAuthError(
    "storage",
    `The sign-in cannot be kept: ${why.replace(/\.$/, "")}. Sign in again when that is mended.`,
  );
}

const notSignedIn = (client: OAuthClient): OAuthError =>
  new OAuthError("notSignedIn", `Not signed in to ${client.providerName}. ${howToSignIn(client.provider)}`);

const ended = (client: OAuthClient): OAuthError =>
  new OAuthError("revoked", `The sign-in to ${client.providerName} has ended. ${howToSignIn(client.provider)}`);

/** RFC 7009, where the issuer has it: what is forgotten here should be worth nothing elsewhere. */
async function revoke(
  signIn: Pick<OAuthClient, "provider" | "issuer" | "clientId"> & TokenSet,
  fetch: Fetch,
): Promise<void> {
  const { provider, issuer: identifier, clientId } = signIn;
  const client = { provider, providerName: provider, issuer: identifier, clientId, scopes: [], resource: null };
  const signal = AbortSignal.timeout(revokeTimeoutMs);
  const issuer = await openIssuer({ ...client, redirectPort: null, origin: "" }, fetch, signal);
  const { library, metadata, authentication } = issuer;
  if (metadata.revocation_endpoint === undefined) return;
  const token = signIn.refreshToken ?? signIn.accessToken;
  await library.revocationRequest(metadata, issuer.client, authentication, token, issuer.options(signal));
}
