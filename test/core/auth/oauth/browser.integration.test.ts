import { readFile, stat } from "node:fs/promises";
import { request } from "node:http";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { authUrlOf, gatewayAt, oauthAccount } from "../../../helpers/oauth-account.ts";
import { openIdProvider, visit, type OpenIdProvider } from "../../../helpers/openid-provider.ts";

async function start(): Promise<{ idp: OpenIdProvider; gateway: Awaited<ReturnType<typeof oauthAccount>> }> {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  return { idp, gateway: await oauthAccount(gatewayAt(idp.issuer)) };
}

/** The redirect that the issuer would make, caught before it arrives. */
async function redirectOf(authUrl: string): Promise<URL> {
  const redirectUri = new URL(authUrl).searchParams.get("redirect_uri") ?? "";
  return new URL((await visit(authUrl, { until: (url) => url.startsWith(redirectUri) })).url);
}

test("signing in through the browser gives a token that the issuer knows, kept for the user alone", async () => {
  const { idp, gateway } = await start();
  const done = gateway.login(false);
  const authUrl = await authUrlOf(gateway);
  const parameters = Object.fromEntries(new URL(authUrl).searchParams);
  expect(parameters).toMatchObject({
    code_challenge_method: "S256",
    scope: "openid offline_access",
    prompt: "consent",
  });
  expect(parameters["redirect_uri"]).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/u);
  const page = await visit(authUrl);
  expect(page).toMatchObject({
    status: 200,
    body: expect.stringContaining("You are signed in to The Gateway.") as unknown,
  });
  expect(await done).toBeNull();
  expect(gateway.changes.map(({ status }) => status)).toEqual(["started", "succeeded"]);
  expect(await idp.knows(await gateway.token())).toBe(true);
  expect(idp.grants).toEqual(["authorization_code"]);
  expect((await gateway.account.read(null)).state).toEqual({
    status: "succeeded",
    error: null,
    supportsDeviceAuth: true,
  });
  const file = path.join(gateway.home, "oauth.json");
  if (process.platform !== "win32") expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(Object.keys(JSON.parse(await readFile(file, "utf8")) as object)).toEqual(["gateway"]);
});

test("redirects that are not of this sign-in are turned away, and it goes on", async () => {
  const { gateway } = await start();
  const done = gateway.login(false);
  const redirect = await redirectOf(await authUrlOf(gateway));
  const others = [
    new URL("/callback?code=x&state=another", redirect),
    new URL("/callback?code=x", redirect),
    new URL("/callback", redirect),
    new URL(`/elsewhere${redirect.search}`, redirect),
    new URL("/", redirect),
  ];
  for (const other of others) {
    const page = await fetch(other);
    expect([page.status, await page.text()]).toEqual([400, expect.stringContaining("Nothing was done.")]);
  }
  expect((await fetch(redirect, { method: "POST" })).status).toBe(400);
  const byAnotherName = { headers: { host: `rebound.example:${redirect.port}` } };
  expect(await statusOf(redirect, byAnotherName)).toBe(400);
  const page = await fetch(redirect);
  expect([page.status, page.headers.get("content-security-policy")]).toEqual([
    200,
    expect.stringContaining("default-src 'none'"),
  ]);
  expect(await done).toBeNull();
});

const statusOf = (url: URL, options: { headers: Record<string, string> }): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(url, options, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on("error", reject).end();
  });

test("a redirect that names another issuer ends the sign-in, and its code is not used", async () => {
  const { idp, gateway } = await start();
  const done = gateway.login(false).catch((error: unknown) => error);
  const redirect = await redirectOf(await authUrlOf(gateway));
  expect(redirect.searchParams.get("iss")).toBe(idp.issuer);
  redirect.searchParams.set("iss", "https://evil.example");
  expect((await fetch(redirect)).status).toBe(400);
  expect(await done).toMatchObject({
    reason: "unusable",
    message: expect.stringContaining("OAUTH_INVALID_RESPONSE") as unknown,
  });
  expect(idp.grants).toEqual([]);
});

test("a code that this sign-in did not ask for is worth nothing: the issuer wants the verifier", async () => {
  const { idp, gateway } = await start();
  const other = await oauthAccount(gatewayAt(idp.issuer));
  const [stolen, done] = [other.login(false).catch(() => null), gateway.login(false).catch((error: unknown) => error)];
  const code = (await redirectOf(await authUrlOf(other))).searchParams.get("code") ?? "";
  const redirect = await redirectOf(await authUrlOf(gateway));
  redirect.searchParams.set("code", code);
  const page = await fetch(redirect);
  expect([page.status, await page.text()]).toEqual([400, expect.not.stringContaining(code)]);
  expect(await done).toMatchObject({ reason: "revoked" });
  await other.account.cancel(null);
  await stolen;
});

test("a second redirect comes too late, and after it nobody listens", async () => {
  const { idp, gateway } = await start();
  const done = gateway.login(false);
  const redirect = await redirectOf(await authUrlOf(gateway));
  const { promise, resolve } = Promise.withResolvers<undefined>();
  idp.gate.open = promise;
  const first = fetch(redirect);
  await idp.gate.asked.promise;
  expect((await fetch(redirect)).status).toBe(410);
  resolve(undefined);
  expect((await first).status).toBe(200);
  await done;
  expect(idp.grants).toEqual(["authorization_code"]);
  await expect(fetch(redirect)).rejects.toThrow();
});

test("a user who says no is told so, on the page and in the error", async () => {
  const { idp, gateway } = await start();
  idp.user.answer = "denies";
  const done = gateway.login(false).catch((error: unknown) => error);
  expect(await visit(await authUrlOf(gateway))).toMatchObject({
    status: 400,
    body: expect.stringContaining("The sign-in to The Gateway was denied.") as unknown,
  });
  expect(await done).toMatchObject({ reason: "denied", message: "The sign-in to The Gateway was denied." });
  expect((await gateway.account.read(null)).state).toMatchObject({
    status: "failed",
    error: expect.any(String) as unknown,
  });
});

test("one sign-in runs at a time; a cancelled one listens no more and the next can begin", async () => {
  const { gateway } = await start();
  const done = gateway.login(false).catch((error: unknown) => error);
  const redirect = await redirectOf(await authUrlOf(gateway));
  await expect(gateway.login(true)).rejects.toMatchObject({ reason: "inProgress" });
  expect((await gateway.account.read(null)).state?.status).toBe("started");
  expect(await gateway.account.cancel("another")).toBe(false);
  expect(await gateway.account.cancel(null)).toBe(true);
  expect(await done).toMatchObject({ reason: "canceled", message: "Gateway sign-in was canceled" });
  await expect(fetch(redirect)).rejects.toThrow();
  expect(await gateway.account.cancel(null)).toBe(false);
  expect(gateway.changes.at(-1)).toMatchObject({ status: "failed", error: "Gateway sign-in was canceled" });
  expect(await gateway.login(true)).toMatchObject({ userCode: expect.any(String) as unknown });
  await gateway.account.cancel(null);
});

test("a sign-in whose client has left is given up", async () => {
  const { gateway } = await start();
  const leaving = new AbortController();
  const done = gateway.login(false, leaving.signal).catch((error: unknown) => error);
  const redirect = await redirectOf(await authUrlOf(gateway));
  leaving.abort();
  expect(await done).toMatchObject({ reason: "canceled" });
  await expect(fetch(redirect)).rejects.toThrow();
});

test("a registered port that is taken is said, with another way", async () => {
  const { idp, gateway } = await start();
  const done = gateway.login(false).catch(() => null);
  const { port } = await redirectOf(await authUrlOf(gateway));
  const second = await oauthAccount(gatewayAt(idp.issuer, { redirect_port: Number(port) }));
  await expect(second.login(false)).rejects.toThrow(`Port ${port} of this machine cannot be used`);
  await gateway.account.cancel(null);
  await done;
  const third = second.login(false);
  expect(new URL(await authUrlOf(second)).searchParams.get("redirect_uri")).toBe(`http://127.0.0.1:${port}/callback`);
  await visit(await authUrlOf(second));
  await third;
});

test("a browser that never comes back ends the sign-in after ten minutes", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { gateway } = await start();
  const done = gateway.login(false).catch((error: unknown) => error);
  const redirectUri = new URL(await authUrlOf(gateway)).searchParams.get("redirect_uri") ?? "";
  vi.advanceTimersByTime(10 * 60_000);
  expect(await done).toMatchObject({
    reason: "timedOut",
    message: expect.stringContaining("within ten minutes") as unknown,
  });
  await expect(fetch(redirectUri)).rejects.toThrow();
});
