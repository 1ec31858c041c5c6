import { join } from "node:path";
import * as z from "zod";
import { replaceFile } from "../../replace-file.ts";
import { AuthFileError, readAuthFile } from "../auth.ts";
import type { OAuthClient, TokenSet } from "./client.ts";

const StoredSignIn = z.object({
  issuer: z.string(),
  client_id: z.string(),
  scopes: z.array(z.string()),
  resource: z.string().nullable(),
  origin: z.string(),
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).nullable(),
  /** Unix seconds. */
  expires_at: z.number().nullable(),
});
/** A sign-in as it is kept: the tokens, and all that they were obtained for. */
type StoredSignIn = z.infer<typeof StoredSignIn>;

/**
 * `oauth.json` in the home (0600): provider id to its sign-in. Replaced as a whole; who changes it holds its lock. Rejects with `AuthFileError` when it
 * cannot be used.
 */
export interface TokenFile {
  readonly path: string;
  /** The tokens of this very client; null: none, or they were obtained for another issuer, client, scope or server. */
  read(client: OAuthClient): Promise<TokenSet | null>;
  /** Puts them in place of what the provider had; null: removes that. What cannot be read is written anew. */
  write(client: OAuthClient, tokens: TokenSet | null): Promise<void>;
  /** Every sign-in, also those whose provider is not configured any more. */
  all(): Promise<readonly (Pick<OAuthClient, "provider" | "issuer" | "clientId"> & TokenSet)[]>;
}

export const tokenFileName = "oauth.json";

export function createTokenFile(home: string): TokenFile {
  const path = join(home, tokenFileName);
  const readAll = async (): Promise<Map<string, StoredSignIn>> => {
    const entries = Object.entries((await readAuthFile(path)) ?? {});
    return new Map(
      entries.flatMap(([provider, value]) => {
        const parsed = StoredSignIn.safeParse(value);
        return parsed.success ? [[provider, parsed.data]] : [];
      }),
    );
  };
  return {
    path,
    async read(client) {
      const stored = (await readAll()).get(client.provider);
      return stored !== undefined && isOf(client, stored) ? tokensOf(stored) : null;
    },
    async write(client, tokens) {
      const signIns = await readAll().catch((error: unknown) => {
        if (error instanceof AuthFileError && error.reason === "malformed") return new Map<string, StoredSignIn>();
        throw error;
      });
      signIns.delete(client.provider);
      if (tokens !== null) signIns.set(client.provider, storedOf(client, tokens));
      await replaceFile(path, `${JSON.stringify(Object.fromEntries(signIns), null, 2)}\n`, 0o600);
    },
    async all() {
      return [...(await readAll())].map(([provider, stored]) => ({
        provider,
        issuer: stored.issuer,
        clientId: stored.client_id,
        ...tokensOf(stored),
      }));
    },
  };
}

/** In any order of the scopes, the same question was asked. */
const isOf = (client: OAuthClient, stored: StoredSignIn): boolean =>
  stored.issuer === client.issuer &&
  stored.client_id === client.clientId &&
  stored.resource === client.resource &&
  stored.origin === client.origin &&
  stored.scopes.toSorted().join(" ") === client.scopes.toSorted().join(" ");

const tokensOf = (stored: StoredSignIn): TokenSet => ({
  accessToken: stored.access_token,
  refreshToken: stored.refresh_token,
  expiresAt: stored.expires_at,
});

const storedOf = (client: OAuthClient, tokens: TokenSet): StoredSignIn => ({
  issuer: client.issuer,
  client_id: client.clientId,
  scopes: [...client.scopes],
  resource: client.resource,
  origin: client.origin,
  access_token: tokens.accessToken,
  refresh_token: tokens.refreshToken,
  expires_at: tokens.expiresAt,
});
