import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import type { OAuthChange } from "../../src/core/auth/oauth/sign-ins.ts";
import { createOAuthAccount } from "../../src/core/oauth-account.ts";
import { resolveProvider, type ModelProvider } from "../../src/core/model/provider.ts";
import { waitForLock } from "../../src/core/thread/rollout/lock.ts";
import { clientId } from "./openid-provider.ts";

/** The provider `gateway`, which signs in at this issuer. */
export function gatewayAt(issuer: string, more: Readonly<Record<string, unknown>> = {}): ModelProvider {
  const oauth = { issuer, client_id: clientId, scopes: ["openid", "offline_access"], ...more };
  const providers = { gateway: { name: "The Gateway", base_url: "https://models.example/v1", oauth } };
  const resolved = resolveProvider("gateway", { providers, env: {}, demoBaseUrl: async () => "" });
  if (resolved.kind === "unusable") throw new Error(resolved.message);
  return resolved.provider;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-oauth-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Core's account over a home of its own, as core composes it, with a log of changes to wait on. */
export async function oauthAccount(provider: ModelProvider, home?: string) {
  const folder = home ?? (await temporaryFolder());
  const account = createOAuthAccount({
    home: folder,
    env: {},
    provider: async () => provider,
    lock: async (file, patienceMs) => {
      const attempt = await waitForLock(file, patienceMs);
      return attempt.kind === "locked" ? () => attempt.lock.release() : null;
    },
  });
  const changes: OAuthChange[] = [];
  const waiting = new Set<(change: OAuthChange) => void>();
  const onChange = (change: OAuthChange): void => {
    changes.push(change);
    for (const look of waiting) look(change);
  };
  const { oauth } = provider;
  if (oauth === null) throw new Error("This provider does not sign in by OAuth.");
  return {
    home: folder,
    account,
    changes,
    onChange,
    /** Resolves with the first change, past or future, that matches. */
    until: (matches: (change: OAuthChange) => boolean): Promise<OAuthChange> => {
      const known = changes.find(matches);
      if (known !== undefined) return Promise.resolve(known);
      return new Promise((resolve) => {
        waiting.add((change) => {
          if (matches(change)) resolve(change);
        });
      });
    },
    login: (isDevice: boolean, signal = new AbortController().signal) =>
      account.login(null, { isDevice, onChange }, signal),
    token: (rejected: string | null = null) => account.token(oauth, rejected),
  };
}

/** Where the user has to go. */
export const authUrlOf = async (account: Pick<Awaited<ReturnType<typeof oauthAccount>>, "until">): Promise<string> =>
  (await account.until(({ authUrl }) => authUrl !== null)).authUrl ?? "";
