import { expect, onTestFinished, test } from "vitest";
import type { Fetch } from "../../../../src/core/auth/oauth/issuer.ts";
import { OAuthError } from "../../../../src/core/auth/oauth/client.ts";
import { startDeviceSignIn } from "../../../../src/core/auth/oauth/device-code.ts";
import { gatewayAt, oauthAccount } from "../../../helpers/oauth-account.ts";
import { clientId, openIdProvider, visit } from "../../../helpers/openid-provider.ts";
import { httpScript, status, type Step } from "../../model/http-script.ts";

const plainFetch: Fetch = (url, { method, headers, body, signal }) =>
  fetch(url, { method, headers: { ...headers }, body, signal, redirect: "manual" });

/** A sign-in whose pauses end when the test says so. Each pause is told with its length. */
async function start(issuer: string, more: Readonly<Record<string, unknown>> = {}) {
  const { oauth: client } = gatewayAt(issuer, more);
  if (client === null) throw new Error("no oauth");
  const clock = { nowMs: 0 };
  const pauses: number[] = [];
  let waiting = Promise.withResolvers<() => void>();
  const device = await startDeviceSignIn({
    client,
    fetch: plainFetch,
    now: () => clock.nowMs,
    signal: new AbortController().signal,
    wait: (ms, signal) =>
      new Promise((resolve, reject) => {
        pauses.push(ms);
        signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
        waiting.resolve(() => {
          waiting = Promise.withResolvers();
          clock.nowMs += ms;
          resolve();
        });
      }),
  });
  return {
    ...device,
    clock,
    pauses,
    /** Lets the pause that is under way, or comes next, be over. */
    pass: async () => (await waiting.promise)(),
    /** Resolves when it is waiting. */
    waits: () => waiting.promise,
  };
}

const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
const never = (): AbortSignal => new AbortController().signal;

test("with a device code the user signs in elsewhere, while the issuer is asked at its pace", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const device = await start(idp.issuer);
  expect(device.prompt.verificationUrl).toMatch(new RegExp(`^${idp.issuer}/device\\?user_code=`, "u"));
  const tokens = device.finish(never());
  await device.pass();
  await device.waits();
  expect(idp.grants).toEqual(["device_code: authorization_pending"]);
  expect((await visit(device.prompt.verificationUrl)).body).toContain("Sign-in Success");
  await device.pass();
  const { accessToken, refreshToken, expiresAt } = await tokens;
  expect([await idp.knows(accessToken), typeof refreshToken, expiresAt]).toEqual([true, "string", 10 + 3600]);
  expect(device.pauses).toEqual([5000, 5000]);
});

test("a user who says no is told so", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const device = await start(idp.issuer);
  const error = refusal(device.finish(never()));
  idp.user.answer = "denies";
  await visit(device.prompt.verificationUrl);
  await device.pass();
  expect(await error).toMatchObject({
    reason: "denied",
    message: expect.stringMatching(/^Device authorization was denied/u) as unknown,
  });
});

test("a code that nobody used expires, here and at the issuer", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const device = await start(idp.issuer);
  const error = refusal(device.finish(never()));
  device.clock.nowMs = 600_000;
  await device.pass();
  expect(await error).toMatchObject({
    reason: "timedOut",
    message: "Device authorization expired; start sign-in again",
  });
  expect(idp.grants).toEqual([]);
});

const json =
  (value: object): Step =>
  (response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(value));
  };
const device = (issuer: string): Step[] => [
  json({ issuer, device_authorization_endpoint: `${issuer}/device`, token_endpoint: `${issuer}/token` }),
  json({ device_code: "d", user_code: "AB-CD", verification_uri: `${issuer}/go`, expires_in: 9000, interval: 2 }),
];
async function scripted(...answers: readonly Step[]) {
  const server = await httpScript(
    (response, request) => device(server.baseUrl)[0]?.(response, request),
    (response, request) => device(server.baseUrl)[1]?.(response, request),
    ...answers,
  );
  onTestFinished(() => server[Symbol.asyncDispose]());
  return start(server.baseUrl);
}

test("an issuer that asks for it is asked less often, one that does not answer even less", async () => {
  const sign = await scripted(
    status(400, { error: "slow_down" }),
    status(400, { error: "authorization_pending" }),
    (response) => response.destroy(),
    json({ access_token: "token-of-the-end", token_type: "Bearer" }),
  );
  const tokens = sign.finish(never());
  for (let pause = 0; pause < 4; pause++) await sign.pass();
  expect(await tokens).toEqual({ accessToken: "token-of-the-end", refreshToken: null, expiresAt: null });
  expect(sign.pauses).toEqual([2000, 7000, 7000, 14_000]);
});

test("expiry in the issuer's words, and tokens that cannot be sent, end it", async () => {
  const late = await scripted(status(400, { error: "expired_token" }));
  const expired = refusal(late.finish(never()));
  await late.pass();
  expect(await expired).toMatchObject({ reason: "timedOut" });
  for (const answer of [
    { access_token: "bound-token", token_type: "DPoP" },
    { access_token: "a\nb", token_type: "Bearer" },
  ]) {
    const odd = await scripted(json(answer));
    const error = refusal(odd.finish(never()));
    await odd.pass();
    expect(await error).toMatchObject({
      reason: "unusable",
      message: expect.not.stringContaining("bound-token") as unknown,
    });
  }
});

test("a cancelled sign-in asks no more", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const device = await start(idp.issuer);
  const controller = new AbortController();
  const error = refusal(device.finish(controller.signal));
  await device.waits();
  controller.abort(new OAuthError("canceled", "Gateway sign-in was canceled"));
  expect(await error).toMatchObject({ reason: "canceled" });
  expect(idp.grants).toEqual([]);
});

test("the prompt is answered at once and the end is told; it can be cancelled by its id", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const gateway = await oauthAccount(gatewayAt(idp.issuer));
  const prompt = await gateway.login(true);
  expect(prompt).toMatchObject({ userCode: expect.stringMatching(/^\w{4}-\w{4}$/u) as unknown });
  expect((await gateway.account.read(null)).state?.status).toBe("started");
  expect(await gateway.account.cancel(prompt?.loginId ?? "")).toBe(true);
  expect(await gateway.until(({ status }) => status === "failed")).toEqual({
    providerId: "gateway",
    status: "failed",
    authUrl: null,
    loginId: prompt?.loginId,
    error: "Gateway sign-in was canceled",
  });
});

test("the API that the tokens are for is named in every request", async () => {
  const server = await httpScript(
    (response, request) => device(server.baseUrl)[0]?.(response, request),
    (response, request) => device(server.baseUrl)[1]?.(response, request),
    json({ access_token: "the-token", token_type: "Bearer" }),
  );
  onTestFinished(() => server[Symbol.asyncDispose]());
  const resource = "https://models.example/?a=b&c";
  const sign = await start(server.baseUrl, { resource, scopes: ["one", "two"] });
  const tokens = sign.finish(never());
  await sign.pass();
  await tokens;
  const [, asked, polled] = server.requests.map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  expect(asked).toEqual({ client_id: clientId, scope: "one two", resource });
  expect(polled).toMatchObject({ client_id: clientId, device_code: "d", resource });
});
