import { randomUUID } from "node:crypto";
import { signInByBrowser } from "./authorization-code.ts";
import { OAuthError, type OAuthClient, type TokenSet } from "./client.ts";
import { type DevicePrompt, startDeviceSignIn } from "./device-code.ts";
import { canceledWords, type Fetch, openIssuer } from "./issuer.ts";
import type { OAuthTokens } from "./tokens.ts";

/** How a provider's sign-in stands. */
export type OAuthStatus = "notReady" | "started" | "succeeded" | "failed";

/** Something has changed for a provider. */
export interface OAuthChange {
  readonly providerId: string;
  readonly status: OAuthStatus;
  /** Where the user has to go in a browser; null: nowhere, or the browser was there. */
  readonly authUrl: string | null;
  /** Of a sign-in with a device code. */
  readonly loginId: string | null;
  readonly error: string | null;
}

/** What is known of a provider's sign-in. */
export interface OAuthState {
  readonly status: OAuthStatus;
  /** Why the last one in this process failed. */
  readonly error: string | null;
  /** False also when the issuer did not answer in time. */
  readonly supportsDeviceAuth: boolean;
}

/** The sign-ins of this process, one at a time. */
export interface OAuthSignIns {
  read(client: OAuthClient): Promise<OAuthState>;
  /**
   * Signs in. Through the browser: resolves with null when it is done, rejects with {@link OAuthError}; `signal` gives it up. With a device code:
   * resolves with what to show as soon as that is known, and goes on in the background until it succeeds, fails, expires or is cancelled.
   * @param onChange told of each change, the last one included; must not throw
   */
  login(
    client: OAuthClient,
    options: { readonly isDevice: boolean; readonly onChange: (change: OAuthChange) => void },
    signal: AbortSignal,
  ): Promise<(DevicePrompt & { readonly loginId: string }) | null>;
  /** Gives up what runs. @param loginId null: whatever it is. False: nothing ran under that name. */
  cancel(loginId: string | null): boolean;
  /** Gives up the sign-in that runs, forgets every other one and how the last ones ended. Gives the ids of the providers. */
  logout(): Promise<readonly string[]>;
}

const readTimeoutMs = 3_000;

/** @param options.wait pauses between two questions to the issuer; rejects when the signal aborts */
export function createOAuthSignIns(options: {
  readonly tokens: OAuthTokens;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}): OAuthSignIns {
  const { tokens } = options;
  let running: { readonly provider: string; readonly loginId: string; readonly controller: AbortController } | null =
    null;
  const failures = new Map<string, string>();
  const deviceSupport = new Map<string, boolean>();

  const supportsDeviceAuth = async (client: OAuthClient): Promise<boolean> => {
    const known = deviceSupport.get(client.issuer);
    if (known !== undefined) return known;
    try {
      const { metadata } = await openIssuer(client, options.fetch, AbortSignal.timeout(readTimeoutMs));
      const isSupported = metadata.device_authorization_endpoint !== undefined;
      deviceSupport.set(client.issuer, isSupported);
      return isSupported;
    } catch {
      return false; // a sign-in will say what is wrong
    }
  };

  const login: OAuthSignIns["login"] = async (client, { isDevice, onChange }, outside) => {
    if (running !== null) {
      const advice = "Finish or cancel it first.";
      throw new OAuthError("inProgress", `Gateway sign-in is already in progress. ${advice}`);
    }
    const { provider: providerId } = client;
    const loginId = randomUUID();
    const controller = new AbortController();
    const { signal } = controller;
    running = { provider: providerId, loginId, controller };
    failures.delete(providerId);
    const tell = (change: Pick<OAuthChange, "status"> & Partial<OAuthChange>): void =>
      onChange({ providerId, authUrl: null, loginId: null, error: null, ...change });
    const named = isDevice ? { loginId } : {};
    const end = (): void => {
      running = null;
    };
    const succeeded = (): void => {
      end();
      tell({ status: "succeeded", ...named });
    };
    const failed = (error: unknown): never => {
      end();
      const message = error instanceof Error ? error.message : String(error);
      failures.set(providerId, message);
      tell({ status: "failed", error: message, ...named });
      throw error;
    };
    const onLeft = (): void => controller.abort(new OAuthError("canceled", canceledWords));
    if (outside.aborted) onLeft();
    outside.addEventListener("abort", onLeft, { once: true });
    const { fetch, now, wait } = options;
    try {
      if (!isDevice) {
        const onAuthUrl = (authUrl: string): void => tell({ status: "started", authUrl });
        const keep = (set: TokenSet): Promise<void> => tokens.save(client, set, signal);
        await signInByBrowser({ client, fetch, now, keep, onAuthUrl, signal });
        succeeded();
        return null;
      }
      tell({ status: "started" });
      const device = await startDeviceSignIn({ client, fetch, now, wait, signal });
      const finish = async (): Promise<void> => {
        await tokens.save(client, await device.finish(signal), signal);
        succeeded();
      };
      void finish()
        .catch(failed)
        .catch(() => undefined); // told by the change
      return { ...device.prompt, loginId };
    } catch (error) {
      return failed(error);
    } finally {
      outside.removeEventListener("abort", onLeft);
    }
  };

  return {
    login,
    async read(client) {
      const { provider } = client;
      const error = failures.get(provider) ?? null;
      const [isSignedIn, isSupported] = await Promise.all([tokens.isSignedIn(client), supportsDeviceAuth(client)]);
      const state = { error: null, supportsDeviceAuth: isSupported };
      if (running?.provider === provider) return { ...state, status: "started" };
      if (isSignedIn) return { ...state, status: "succeeded" };
      return error === null ? { ...state, status: "notReady" } : { ...state, status: "failed", error };
    },
    cancel(loginId) {
      if (running === null || (loginId !== null && running.loginId !== loginId)) return false;
      running.controller.abort(new OAuthError("canceled", canceledWords));
      return true;
    },
    async logout() {
      running?.controller.abort(new OAuthError("canceled", canceledWords));
      failures.clear();
      return tokens.forgetAll();
    },
  };
}
