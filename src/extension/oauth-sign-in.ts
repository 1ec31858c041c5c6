import type { ServerNotification } from "../protocol/methods.ts";
import { externalAddress } from "./links.ts";
import type { ServerConnection } from "./ports.ts";

/** A provider that signs in by OAuth, as the server tells of it. */
export interface OAuthProvider {
  readonly id: string;
  readonly name: string;
  readonly isSignedIn: boolean;
  readonly hasDeviceCodes: boolean;
  /** An API key can be used as well. */
  readonly usesKey: boolean;
}

export interface DeviceCode {
  readonly providerName: string;
  readonly verificationUrl: string;
  readonly userCode: string;
}

/** What the user sees of a sign-in that runs. */
export interface OAuthWindow {
  /** Opens a web page, or lets the user copy its address. Rejects with words for the user. */
  open(url: string): Promise<void>;
  /** Says that a sign-in waits until `ended` settles, and lets the user give it up. */
  showProgress(text: string, ended: Promise<unknown>, cancel: () => void): void;
  /** Shows the code with a way to copy it and open the page. Rejects with words for the user. */
  showCode(code: DeviceCode): Promise<void>;
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

/** The address of a sign-in's page, which must be one of the web. Throws with words for the user. */
export function pageAddress(url: string): string {
  const address = externalAddress(url);
  if (address !== null && /^https?:/.test(address)) return address;
  throw new Error(
    `The provider's sign-in page is at an address that is not opened: ${url.slice(0, 200)}. Check the provider's configuration.`,
  );
}

type Outcome = { readonly kind: "signedIn" | "canceled" } | { readonly kind: "failed"; readonly why: string };

interface Running {
  readonly providerId: string;
  readonly ended: PromiseWithResolvers<Outcome>;
  /** Ends it here and on the server. */
  readonly stop: (outcome: Outcome) => void;
}

const failed = (error: unknown): Outcome => ({
  kind: "failed",
  why: error instanceof Error ? error.message : String(error),
});

export function createOAuthSignIn(window: OAuthWindow): OAuthSignIn {
  let running: Running | null = null;

  return {
    async provider(connection) {
      if (!connection.isTurnwright) return null;
      const said = await connection.request("account/gatewayOAuth/read", {});
      if (!said.required) return null;
      const { requiresOpenaiAuth } = await connection.request("account/read", {});
      return {
        id: said.providerId,
        name: said.providerName,
        isSignedIn: said.status === "succeeded",
        hasDeviceCodes: said.supportsDeviceAuth === true,
        usesKey: requiresOpenaiAuth,
      };
    },

    async signIn(connection, provider, way) {
      if (running !== null) throw new Error("A sign-in waits already. Finish or cancel it first.");
      let isStopped = false;
      const mine: Running = {
        providerId: provider.id,
        ended: Promise.withResolvers(),
        stop: (outcome) => {
          isStopped = true;
          mine.ended.resolve(outcome);
          // If the server is gone, so is the sign-in.
          connection.request("account/gatewayOAuth/cancel", {}).catch(() => undefined);
        },
      };
      running = mine;
      const cancel = (): void => mine.stop({ kind: "canceled" });
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
        if (isStopped) return;
        window
          .showCode({ providerName: provider.name, verificationUrl, userCode })
          .catch((error: unknown) => mine.stop(failed(error)));
      };
      begin().catch((error: unknown) => mine.ended.resolve(failed(error)));
      const outcome = await mine.ended.promise;
      if (running === mine) running = null;
      if (outcome.kind === "failed") throw new Error(outcome.why);
      return outcome.kind === "signedIn";
    },

    observe({ method, params }) {
      if (method !== "account/gatewayOAuth/changed" || running?.providerId !== params.providerId) return;
      const { ended, stop } = running;
      const { authUrl, status, error } = params;
      if (typeof authUrl === "string") window.open(authUrl).catch((error: unknown) => stop(failed(error)));
      if (status === "succeeded") ended.resolve({ kind: "signedIn" });
      if (status === "failed") ended.resolve({ kind: "failed", why: error ?? "The sign-in failed." });
    },

    lost() {
      running?.ended.resolve({ kind: "failed", why: "The server ended, and the sign-in with it. Try again." });
    },
  };
}
