import { spawn } from "node:child_process";
import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { authUrlOf, gatewayAt, oauthAccount, temporaryFolder } from "../../../helpers/oauth-account.ts";
import { openIdProvider, visit } from "../../../helpers/openid-provider.ts";

type Gateway = Awaited<ReturnType<typeof oauthAccount>>;

/** Signed in at a real issuer, whose tokens live that long. */
async function signedIn(seconds = 3600) {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  idp.accessToken.seconds = seconds;
  const gateway = await oauthAccount(gatewayAt(idp.issuer));
  await signIn(gateway);
  return { idp, gateway };
}
async function signIn(gateway: Gateway): Promise<void> {
  const done = gateway.login(false);
  await visit(await authUrlOf(gateway));
  await done;
}
const refusal = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );
/** What another process, without anything in memory, would do. */
const elsewhere = (gateway: Gateway, idp: { readonly issuer: string }, more = {}): Promise<Gateway> =>
  oauthAccount(gatewayAt(idp.issuer, more), gateway.home);
const fileOf = (gateway: Gateway): string => path.join(gateway.home, "oauth.json");

test("a token that lives long enough is used as it is", async () => {
  const { idp, gateway } = await signedIn();
  expect(await gateway.token()).toBe(await gateway.token());
  expect(await (await elsewhere(gateway, idp)).token()).toBe(await gateway.token());
  expect(idp.grants).toEqual(["authorization_code"]);
});

test("one that is about to expire is refreshed once for all who ask, and the new refresh token is kept", async () => {
  const { idp, gateway } = await signedIn(30);
  idp.accessToken.seconds = 3600;
  const tokens = await Promise.all([gateway.token(), gateway.token(), gateway.token()]);
  expect(new Set(tokens).size).toBe(1);
  expect(idp.grants).toEqual(["authorization_code", "refresh_token"]);
  // The issuer rotates: only the newest refresh token works.
  expect(await gateway.token(tokens[0])).not.toBe(tokens[0]);
  expect(idp.grants).toEqual(["authorization_code", "refresh_token", "refresh_token"]);
});

test("a token that the model server rejects is refreshed, once for all who hold it", async () => {
  const { idp, gateway } = await signedIn();
  const rejected = await gateway.token();
  const [one, two] = await Promise.all([gateway.token(rejected), gateway.token(rejected)]);
  expect([one === rejected, one === two]).toEqual([false, true]);
  expect(await gateway.token(rejected)).toBe(one);
  expect(idp.grants).toEqual(["authorization_code", "refresh_token"]);
});

test("a refresh that is refused ends the sign-in and says to sign in again", async () => {
  const { idp, gateway } = await signedIn(30);
  await idp.revokeAll();
  const words =
    'The sign-in to The Gateway has ended. Sign in (command "Turnwright: Sign In...", or "turnwright login --provider gateway").';
  expect(await refusal(gateway.token())).toMatchObject({ reason: "revoked", message: words });
  expect(idp.grants).toEqual(["authorization_code", "refresh_token: invalid_grant"]);
  expect(await refusal(gateway.token())).toMatchObject({ reason: "notSignedIn" });
  expect((await gateway.account.read(null)).state).toMatchObject({ status: "notReady" });
  await signIn(await elsewhere(gateway, idp));
  expect(await gateway.token()).toEqual(expect.any(String));
});

test("while the issuer is away a token is used up to its end; one that was rejected is not", async () => {
  const { idp, gateway } = await signedIn(30);
  const token = await gateway.token();
  await idp.close();
  const second = await elsewhere(gateway, idp);
  expect(await second.token()).toEqual(expect.any(String));
  expect(await refusal(second.token(await second.token()))).toMatchObject({ reason: "unreachable" });
  expect(token).toEqual(expect.any(String));
});

test("without a refresh token the sign-in ends with its token", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const gateway = await oauthAccount(gatewayAt(idp.issuer, { scopes: ["openid"] }));
  await signIn(gateway);
  const token = await gateway.token();
  expect(await refusal(gateway.token(token))).toMatchObject({ reason: "revoked" });
  expect(idp.grants).toEqual(["authorization_code"]);
});

test("tokens go only where they were obtained for", async () => {
  const { idp, gateway } = await signedIn();
  for (const more of [{ scopes: ["openid"] }, { client_id: "another" }, { resource: "https://api.example/" }]) {
    expect(await refusal((await elsewhere(gateway, idp, more)).token())).toMatchObject({ reason: "notSignedIn" });
  }
  const moved = { ...gatewayAt(idp.issuer) };
  if (moved.oauth === null) throw new Error("no oauth");
  const other = { ...moved, oauth: { ...moved.oauth, origin: "https://elsewhere.example" } };
  expect(await refusal((await oauthAccount(other, gateway.home)).token())).toMatchObject({ reason: "notSignedIn" });
  expect(await (await elsewhere(gateway, idp, { scopes: ["offline_access", "openid"] })).token()).toBe(
    await gateway.token(),
  );
});

test("two processes do not spend one refresh token twice", async () => {
  const { idp, gateway } = await signedIn(30);
  idp.accessToken.seconds = 3600;
  const ask = (): Promise<string> => {
    const script = path.resolve(import.meta.dirname, "../../../fixtures/oauth/ask-for-token.ts");
    const child = spawn(process.execPath, [script, idp.issuer, gateway.home], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
    return new Promise((resolve) => child.on("close", () => resolve(said)));
  };
  const tokens = await Promise.all([ask(), ask(), ask()]);
  expect(idp.grants).toEqual(["authorization_code", "refresh_token"]);
  expect(tokens[0]).toMatch(/^\S{20,}$/u);
  expect(new Set(tokens).size).toBe(1);
  expect(await gateway.token()).toBe(tokens[0]);
});

test("logging out removes the file and revokes the tokens at the issuer", async () => {
  const { idp, gateway } = await signedIn();
  const token = await gateway.token();
  await gateway.account.logout();
  await gateway.account.logout();
  expect(await readdir(gateway.home)).toEqual([]);
  expect([await idp.knows(token), idp.revoked()]).toEqual([false, 1]);
  expect(await refusal(gateway.token())).toMatchObject({ reason: "notSignedIn" });
});

test("logging out without a network, or with a file that nobody can read, still forgets", async () => {
  const { idp, gateway } = await signedIn();
  await idp.close();
  await writeFile(fileOf(gateway), "{");
  await gateway.account.logout();
  expect(await readdir(gateway.home)).toEqual([]);
});

test("a malformed file is named, not quoted; signing in writes it anew; one open to others is closed", async () => {
  const { idp, gateway } = await signedIn();
  const token = await gateway.token();
  const good = await readFile(fileOf(gateway), "utf8");
  await writeFile(fileOf(gateway), `{ "gateway": ${token}`);
  const error = await refusal(gateway.token());
  expect(error).toMatchObject({ reason: "malformed", message: expect.not.stringContaining(token) as unknown });
  await signIn(await elsewhere(gateway, idp));
  expect(await gateway.token()).not.toBe(token);
  await writeFile(fileOf(gateway), good.replace('"issuer"', '"other"'));
  expect(await refusal(gateway.token())).toMatchObject({ reason: "notSignedIn" });
  await writeFile(fileOf(gateway), good);
  await chmod(fileOf(gateway), 0o644);
  expect(await gateway.token()).toBe(token);
  const { stat } = await import("node:fs/promises");
  if (process.platform !== "win32") expect((await stat(fileOf(gateway))).mode & 0o777).toBe(0o600);
});

test("a sign-in that cannot be kept is not called a success, in the browser either", async () => {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  const folder = await temporaryFolder();
  const home = path.join(folder, "a-file");
  await writeFile(home, "");
  const gateway = await oauthAccount(gatewayAt(idp.issuer), home);
  const done = refusal(gateway.login(false));
  const page = await visit(await authUrlOf(gateway));
  expect([page.status, page.body]).toEqual([400, expect.stringContaining("Not signed in")]);
  expect(await done).toMatchObject({ name: "OAuthError", reason: "storage" });
});
