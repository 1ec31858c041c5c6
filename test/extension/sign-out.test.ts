import { expect, test } from "vitest";
import type { OAuthProvider } from "../../src/extension/oauth-sign-in.ts";
import type { ServerConnection } from "../../src/extension/ports.ts";
import { signOut, type SignOutPorts } from "../../src/extension/sign-out.ts";
import { connected, startServer } from "../helpers/app-server.ts";

const gateway: OAuthProvider = {
  id: "gateway",
  name: "The Gateway",
  isSignedIn: true,
  hasDeviceCodes: false,
  usesKey: false,
};

/** A window over a real server; `done` is what happened, in order. */
async function openWindow(
  state: { readonly hasKey?: boolean; readonly isStored?: boolean; readonly provider?: OAuthProvider } = {},
) {
  const done: string[] = [];
  const { server } = startServer(undefined, {
    account: {
      read: async () => ({ hasKey: state.isStored === true, needsKey: true }),
      login: async () => undefined,
      logout: async () => {
        done.push("server logs out");
        return [];
      },
      rateLimits: async () => null,
      oauth: {
        read: async () => ({ providerId: "openai", providerName: "OpenAI", state: null }),
        login: async () => null,
        cancel: async () => false,
      },
    },
  });
  const { client } = await connected(server);
  const connection: ServerConnection = {
    isTurnwright: true,
    request: (method, params) => client.request(method, params),
  };
  const ports: SignOutPorts = {
    usesOtherServer: () => false,
    connect: async () => connection,
    provider: async () => state.provider ?? null,
    forgetKey: async () => {
      done.push("editor forgets");
      return state.hasKey === true;
    },
    changed: async () => void done.push("changed"),
  };
  return { ports, done };
}

test("our server is asked to log out, whether or not the configured provider says that the user is signed in", async () => {
  const nobody = await openWindow();
  expect(await signOut(nobody.ports)).toContain("keeps no key and no tokens");
  expect(nobody.done).toEqual(["editor forgets", "server logs out"]);

  const waiting = await openWindow({ provider: { ...gateway, isSignedIn: false } });
  await signOut(waiting.ports);
  expect(waiting.done).toContain("server logs out");

  const signedIn = await openWindow({ provider: gateway });
  expect(await signOut(signedIn.ports)).toBe("Signed out of The Gateway. The tokens are deleted.");

  const untold = await openWindow();
  const unable = async (): Promise<never> => Promise.reject(new Error("not now"));
  await signOut({ ...untold.ports, provider: unable });
  expect(untold.done).toContain("server logs out");
});

test("with a key gone, from the editor or from the server's file, the provider is chosen anew", async () => {
  const kept = await openWindow({ hasKey: true });
  expect(await signOut(kept.ports)).toBe("Signed out. The key is deleted.");
  expect(kept.done).toEqual(["editor forgets", "server logs out", "changed"]);
  const stored = await openWindow({ isStored: true });
  await signOut(stored.ports);
  expect(stored.done).toEqual(["editor forgets", "server logs out", "changed"]);
});

test("a server that cannot be had is told, and the editor's key is gone all the same", async () => {
  const { ports, done } = await openWindow({ hasKey: true });
  const connect = async (): Promise<never> => Promise.reject(new Error("The server did not start."));
  await expect(signOut({ ...ports, connect })).rejects.toThrow("The server did not start.");
  expect(done).toEqual(["editor forgets", "changed"]);
});

test("another server keeps its own credentials", async () => {
  const { ports, done } = await openWindow();
  expect(await signOut({ ...ports, usesOtherServer: () => true })).toContain("Sign out with its own command");
  expect(done).toEqual(["editor forgets"]);
});
