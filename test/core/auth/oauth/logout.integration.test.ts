import { readdir } from "node:fs/promises";
import { expect, onTestFinished, test } from "vitest";
import { OAuthError, type TokenSet } from "../../../../src/core/auth/oauth/client.ts";
import { createTokenFile } from "../../../../src/core/auth/oauth/token-file.ts";
import { createOAuthTokens } from "../../../../src/core/auth/oauth/tokens.ts";
import { authUrlOf, gatewayAt, oauthAccount, temporaryFolder } from "../../../helpers/oauth-account.ts";
import { openIdProvider } from "../../../helpers/openid-provider.ts";

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const set: TokenSet = { accessToken: "a", refreshToken: null, expiresAt: null };

/** Tokens in a home of their own; who wants the lock waits until the test lets go. */
async function lockedTokens() {
  const { oauth: client } = gatewayAt("https://issuer.example");
  if (client === null) throw new Error("no oauth");
  const home = await temporaryFolder();
  const free = Promise.withResolvers<undefined>();
  const asked = Promise.withResolvers<undefined>();
  const tokens = createOAuthTokens({
    home,
    fetch: () => Promise.reject(new Error("there is no network")),
    now: () => 0,
    async lock() {
      asked.resolve(undefined);
      await free.promise;
      return () => undefined;
    },
  });
  return { client, home, tokens, asked: asked.promise, letGo: () => free.resolve(undefined) };
}

test("logging out gives up the sign-in that waits for the browser", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const gateway = await oauthAccount(gatewayAt(idp.issuer));
  const done = refusal(gateway.login(false));
  await authUrlOf(gateway);
  await gateway.account.logout();
  expect(await done).toMatchObject({ reason: "canceled" });
  expect(await readdir(gateway.home)).toEqual([]);
});

test("tokens of a sign-in that was given up while another window held the file are not kept", async () => {
  const { client, home, tokens, asked, letGo } = await lockedTokens();
  const controller = new AbortController();
  const saved = refusal(tokens.save(client, set, controller.signal));
  await asked;
  controller.abort(new OAuthError("canceled", "It was given up."));
  letGo();
  expect(await saved).toMatchObject({ reason: "canceled" });
  expect(await readdir(home)).toEqual([]);
});

test("logging out also forgets, and names, the sign-in that another window made while this one waited for the file", async () => {
  const { client, home, tokens, asked, letGo } = await lockedTokens();
  const forgotten = tokens.forgetAll();
  await asked;
  await createTokenFile(home).write(client, set);
  letGo();
  expect(await forgotten).toEqual(["gateway"]);
  expect(await readdir(home)).toEqual([]);
});
