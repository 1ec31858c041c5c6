import { expect, onTestFinished, test } from "vitest";
import { gatewayAt, oauthAccount } from "../../../helpers/oauth-account.ts";
import { httpScript, status, type Step } from "../../model/http-script.ts";

const json =
  (value: object): Step =>
  (response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(value));
  };

/** What comes of signing in at a server that answers so. */
async function failure(...steps: readonly ((issuer: string) => Step)[]): Promise<{ error: unknown; paths: string[] }> {
  const issuer = (): string => server.baseUrl;
  const server = await httpScript(
    ...steps.map(
      (step): Step =>
        (response, request) =>
          step(issuer())(response, request),
    ),
  );
  onTestFinished(() => server[Symbol.asyncDispose]());
  const gateway = await oauthAccount(gatewayAt(server.baseUrl));
  const error = await gateway.login(true).then(
    () => null,
    (reason: unknown) => reason,
  );
  return { error, paths: server.requests.map(({ url }) => url) };
}
const says = (reason: string, words: string) => ({
  reason,
  message: expect.stringContaining(words) as unknown,
});

test("metadata is looked for as OpenID Connect has it, then as RFC 8414 has it", async () => {
  const missing = () => status(404, {});
  const { error, paths } = await failure(missing, missing);
  expect(error).toMatchObject(says("unusable", "Check model_providers.gateway.oauth.issuer."));
  expect(paths).toEqual(["/v1/.well-known/openid-configuration", "/.well-known/oauth-authorization-server/v1"]);
});

test("metadata of another issuer is not believed", async () => {
  const { error } = await failure(() => json({ issuer: "https://evil.example" }));
  expect(error).toMatchObject(says("unusable", "does not answer as OAuth has it"));
});

test("an issuer cannot send a token request where it would travel in the open", async () => {
  const { error } = await failure((issuer) =>
    json({ issuer, device_authorization_endpoint: "http://models.example/device" }),
  );
  expect(error).toMatchObject(says("unusable", "names an address that is not https"));
});

test("an address to visit that is not https is not shown", async () => {
  const { error } = await failure(
    (issuer) => json({ issuer, device_authorization_endpoint: `${issuer}/device` }),
    () =>
      json({
        device_code: "d",
        user_code: "ABC",
        verification_uri: "javascript:alert(1)",
        expires_in: 60,
        interval: 1,
      }),
  );
  expect(error).toMatchObject(says("unusable", "a device code that cannot be shown"));
});

test("an issuer without device codes says that there is the browser", async () => {
  const { error } = await failure((issuer) => json({ issuer }));
  expect(error).toMatchObject(says("unusable", "Sign in through the browser instead."));
});

test("redirects, pages and endless answers are no metadata", async () => {
  for (const step of [
    status(302, {}),
    ((response) => response.end("<html>")) satisfies Step,
    ((response) => response.end("x".repeat(2 * 1024 * 1024))) satisfies Step,
  ]) {
    const { error } = await failure(() => step);
    expect(error).toMatchObject({ name: "OAuthError" });
  }
});

test("what an issuer says of an error is shown on one line, without tokens", async () => {
  const { error } = await failure(
    (issuer) => json({ issuer, device_authorization_endpoint: `${issuer}/device` }),
    () => status(400, { error: "invalid_client", error_description: "no\nsuch client, Bearer abcdefghijkl" }),
  );
  expect(error).toMatchObject(says("unusable", "(invalid_client: no such client, Bearer [redacted])"));
});

test("an issuer that nobody runs is named", async () => {
  const gateway = await oauthAccount(gatewayAt("http://127.0.0.1:9"));
  await expect(gateway.login(true)).rejects.toThrow("No answer from http://127.0.0.1:9 (ECONNREFUSED).");
  expect((await gateway.account.read(null)).state).toMatchObject({ supportsDeviceAuth: false });
});
