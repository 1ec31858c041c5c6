import { expect, test } from "vitest";
import {
  createOAuthSignIn,
  type DeviceCode,
  type OAuthProvider,
  pageAddress,
} from "../../src/extension/oauth-sign-in.ts";
import type { ServerConnection } from "../../src/extension/ports.ts";
import { connected, startServer } from "../helpers/app-server.ts";
import { OAuthError } from "../../src/core/auth/oauth/client.ts";
import type { OAuthAccount } from "../../src/core/oauth-account.ts";

const provider: OAuthProvider = {
  id: "gateway",
  name: "The Gateway",
  isSignedIn: false,
  hasDeviceCodes: true,
  usesKey: false,
};
const state = { status: "notReady", error: null, supportsDeviceAuth: true } as const;
const change = { providerId: "gateway", authUrl: null, loginId: null, error: null };
const authUrl = "https://issuer.example/auth?state=x";

/** The extension's side over a real server, whose account signs in when the test says so. */
async function openWindow(open: (url: string) => Promise<void> = async () => undefined) {
  const decided = Promise.withResolvers<"yes" | "no">();
  let tell: Parameters<OAuthAccount["login"]>[1]["onChange"] = () => undefined;
  let giveUp = (): void => undefined;
  const oauth: OAuthAccount = {
    read: async () => ({ providerId: "gateway", providerName: "The Gateway", state }),
    async login(_provider, { isDevice, onChange }) {
      tell = onChange;
      onChange({ ...change, status: "started", authUrl: isDevice ? null : authUrl });
      if (isDevice) return { loginId: "1", userCode: "AB-CD", verificationUrl: "https://issuer.example/device" };
      const canceled = new Promise<"canceled">((resolve) => {
        giveUp = () => resolve("canceled");
      });
      const answer = await Promise.race([decided.promise, canceled]);
      if (answer === "yes") return null;
      throw new OAuthError("denied", answer === "no" ? "The sign-in was denied." : "Gateway sign-in was canceled");
    },
    cancel: async () => {
      giveUp();
      return true;
    },
  };
  const { server } = startServer(undefined, {
    account: {
      read: async () => ({ hasKey: false, needsKey: false }),
      login: async () => undefined,
      logout: async () => [],
      rateLimits: async () => null,
      oauth,
    },
  });
  const shown: { pages: string[]; codes: DeviceCode[]; progress: string[] } = { pages: [], codes: [], progress: [] };
  let cancel = (): void => undefined;
  const waiting = Promise.withResolvers<undefined>();
  const signIn = createOAuthSignIn({
    open: async (url) => {
      shown.pages.push(url);
      waiting.resolve(undefined);
      await open(url);
    },
    showProgress: (text, _ended, onCancel) => {
      shown.progress.push(text);
      cancel = onCancel;
    },
    showCode: async (code) => {
      shown.codes.push(code);
      waiting.resolve(undefined);
      await open(code.verificationUrl);
    },
  });
  const { client } = await connected(server, {}, undefined, { experimentalApi: false }, (notification) =>
    signIn.observe(notification),
  );
  const asked: string[] = [];
  const connection: ServerConnection = {
    isTurnwright: true,
    request: (method, params) => {
      asked.push(method);
      return client.request(method, params);
    },
  };
  return {
    signIn,
    connection,
    asked,
    shown,
    decide: decided.resolve,
    tell: (status: "succeeded" | "failed", error: string | null = null) => tell({ ...change, status, error }),
    cancel: () => cancel(),
    /** Resolves when the user sees where to go. */
    waiting: waiting.promise,
  };
}

test("the configured provider is offered if it signs in by OAuth, of our own server only", async () => {
  const { signIn, connection } = await openWindow();
  expect(await signIn.provider(connection)).toEqual(provider);
  expect(await signIn.provider({ ...connection, isTurnwright: false })).toBeNull();
});

test("the browser opens at the address that the server tells, and the end of the request is the end of it", async () => {
  const { signIn, connection, shown, decide, waiting } = await openWindow();
  const done = signIn.signIn(connection, provider, "browser");
  await waiting;
  await expect(signIn.signIn(connection, provider, "browser")).rejects.toThrow("A sign-in waits already.");
  decide("yes");
  expect(await done).toBe(true);
  expect(shown).toEqual({ pages: [authUrl], codes: [], progress: ["Signing in to The Gateway in your browser …"] });
});

test("why it failed is said", async () => {
  const { signIn, connection, decide } = await openWindow();
  const done = signIn.signIn(connection, provider, "browser");
  decide("no");
  await expect(done).rejects.toThrow("The sign-in was denied.");
});

test("a user who gives up ends it on the server, without an error, and can begin again", async () => {
  const { signIn, connection, cancel, waiting, decide } = await openWindow();
  const done = signIn.signIn(connection, provider, "browser");
  await waiting;
  cancel();
  expect(await done).toBe(false);
  const again = signIn.signIn(connection, provider, "browser");
  decide("yes");
  expect(await again).toBe(true);
});

test("a code is shown, and the server tells when it was used or expired", async () => {
  for (const status of ["succeeded", "failed"] as const) {
    const { signIn, connection, shown, tell, waiting } = await openWindow();
    const done = signIn.signIn(connection, provider, "device").catch((error: unknown) => error);
    await waiting;
    tell(status, status === "failed" ? "Device authorization expired; start sign-in again" : null);
    if (status === "succeeded") expect(await done).toBe(true);
    else expect(await done).toMatchObject({ message: expect.stringMatching(/expired/u) as unknown });
    expect(shown.codes).toEqual([
      { providerName: "The Gateway", userCode: "AB-CD", verificationUrl: "https://issuer.example/device" },
    ]);
  }
});

test("a page that cannot be opened ends the sign-in, here and on the server, and is told", async () => {
  for (const way of ["browser", "device"] as const) {
    const { signIn, connection, asked } = await openWindow(
      async (url) => void pageAddress(url.replace("https", "file")),
    );
    await expect(signIn.signIn(connection, provider, way)).rejects.toThrow("address that is not opened: file:");
    expect(asked).toContain("account/gatewayOAuth/cancel");
  }
});

test("only pages of the web are opened", () => {
  expect(pageAddress(authUrl)).toBe(authUrl);
  for (const url of ["command:x", "file:///etc/passwd", "mailto:a@b.example", "nothing"]) {
    expect(() => pageAddress(url)).toThrow("is not opened");
  }
});

test("a server that is gone takes the sign-in with it", async () => {
  const { signIn, connection, waiting } = await openWindow();
  const done = signIn.signIn(connection, provider, "device");
  await waiting;
  signIn.lost();
  await expect(done).rejects.toThrow("The server ended");
});
