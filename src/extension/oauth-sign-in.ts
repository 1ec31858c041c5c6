import type { ServerNotification } from "../protocol/methods.ts";
import type { ServerConnection } from "./ports.ts";

/** A provider that signs in by OAuth, as the server tells of it. */
export interface OAuthProvider {
  readonly id: string;
  readonly name: string;
  readonly isSignedIn: boolean;
  readonly hasDeviceCodes: boolean;
}

export interface DeviceCode {
  readonly providerName: string;
  readonly verificationUrl: string;
  readonly userCode: string;
}

/** What the user sees of a sign-in that runs. */
export interface OAuthWindow {
  /** Opens a web page, or lets the user copy its address. */
  open(url: string): void;
  /** Says that a sign-in waits until `ended` settles, and lets the user give it up. */
  showProgress(text: string, ended: Promise<unknown>, cancel: () => void): void;
  /** Shows the code with a way to copy it and open the page; not awaited. */
  showCode(code: DeviceCode): void;
}

export interface OAuthSignIn {
  /** The configured provider, if it signs in by OAuth; else null, also with a server that does not say. */
  provider(connection: ServerConnection): Promise<OAuthProvider | null>;
  /** Resolves with true when the user is signed in, false when it was given up. Rejects with words for the user. */
  signIn(connection: ServerConnection, provider: OAuthProvider, way: "browser" | "device"): Promise<boolean>;
  /** Follows how a sign-in goes. */
  observe(notification: ServerNotification): void;
  /** The server is gone, and the sign-in with it. */
  lost(): void;
}

type Outcome = { readonly kind: "signedIn" | "canceled" } | { readonly kind: "failed"; readonly why: string };

interface Running {
  readonly providerId: string;
  readonly ended: PromiseWithResolvers<Outcome>;
}

export function createOAuthSignIn(window: OAuthWindow): OAuthSignIn {
  let running: Running | null = null;

  return {
    async provider(connection) {
      if (!connection.isTurnwright) return null;
      const said = await connection.request("account/gatewayOAuth/read", {});
      if (!said.required) return null;
      return {
        id: said.providerId,
        name: said.providerName,
        isSignedIn: said.status === "succeeded",
        hasDeviceCodes: said.supportsDeviceAuth === true,
      };
    },

    async signIn(connection, provider, way) {
      if (running !== null) throw new Error("A sign-in waits already. Finish or cancel it first.");
      const mine: Running = { providerId: provider.id, ended: Promise.withResolvers() };
      running = mine;
      let isCanceled = false;
      const cancel = (): void => {
        isCanceled = true;
        mine.ended.resolve({ kind: "canceled" });
        // If the server is gone, so is the sign-in.
        connection.request("account/gatewayOAuth/cancel", {}).catch(() => undefined);
      };
      const where = way === "browser" ? "in your browser" : "with a code";
      window.showProgress(`Signing in to ${provider.name} ${where} …`, mine.ended.promise, cancel);
      const begin = async (): Promise<void> => {
        const deviceAuth = way === "device";
        const { prompt } = await connection.request("account/gatewayOAuth/login", {
          modelProvider: provider.id,
          deviceAuth,
        });
        if (prompt === null || prompt === undefined) return mine.ended.resolve({ kind: "signedIn" });
        const { verificationUrl, userCode } = prompt;
        if (!isCanceled) window.showCode({ providerName: provider.name, verificationUrl, userCode });
      };
      begin().catch((error: unknown) => {
        mine.ended.resolve({ kind: "failed", why: error instanceof Error ? error.message : String(error) });
      });
      const outcome = await mine.ended.promise;
      if (running === mine) running = null;
      if (outcome.kind === "failed") throw new Error(outcome.why);
      return outcome.kind === "signedIn";
    },

    observe({ method, params }) {
      if (method !== "account/gatewayOAuth/changed" || running?.providerId !== params.providerId) return;
      const { ended } = running;
      const { authUrl, status, error } = params;
      if (typeof authUrl === "string") window.open(authUrl);
      if (status === "succeeded") ended.resolve({ kind: "signedIn" });
      if (status === "failed") ended.resolve({ kind: "failed", why: error ?? "The sign-in failed." });
    },

    lost() {
      running?.ended.resolve({ kind: "failed", why: "The server ended, and the sign-in with it. Try again." });
    },
  };
}
