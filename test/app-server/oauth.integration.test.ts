import fs from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod";
import { completed, httpScript, itemDone, message, status, stream, type Step } from "../core/model/http-script.ts";
import { builtCli, runCli, startCliServer, temporaryHome, type CliServer } from "../helpers/cli.ts";
import { clientId, openIdProvider, visit, type OpenIdProvider } from "../helpers/openid-provider.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

async function issuer(): Promise<OpenIdProvider> {
  const idp = await openIdProvider();
  onTestFinished(() => idp.close());
  return idp;
}
const configOf = (idp: OpenIdProvider, baseUrl = "https://models.example/v1"): string => `
model = "m"
model_provider = "gateway"
[model_providers.gateway]
name = "The Gateway"
base_url = "${baseUrl}"
[model_providers.gateway.oauth]
issuer = "${idp.issuer}"
client_id = "${clientId}"
scopes = ["openid", "offline_access"]
`;
async function start(config: string): Promise<CliServer> {
  const server = await startCliServer({ env: { OPENAI_API_KEY: "" }, config, args: ["-c", 'approval_policy="never"'] });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
  return server;
}
type Change = { readonly status: string; readonly authUrl: string | null; readonly error: string | null };
const changed = async (server: CliServer, matches: (change: Change) => boolean): Promise<Change> => {
  const found = await server.until(
    ({ method, params }) => method === "account/gatewayOAuth/changed" && matches(params as Change),
  );
  return found["params"] as Change;
};
const authUrl = async (server: CliServer): Promise<string> =>
  (await changed(server, (change) => change.authUrl !== null)).authUrl ?? "";
const gateway = { providerId: "gateway", providerName: "The Gateway", required: true, supportsDeviceAuth: true };

/** Every token that the issuer gave and that is kept. */
async function keptTokens(home: string): Promise<string[]> {
  const stored = z.record(z.string(), z.looseObject({ access_token: z.string(), refresh_token: z.string() }));
  const { gateway: kept } = stored.parse(JSON.parse(await fs.readFile(path.join(home, "oauth.json"), "utf8")));
  return kept === undefined ? [] : [kept.access_token, kept.refresh_token];
}
/** Everything under a folder, as text. */
async function textsIn(folder: string): Promise<string> {
  const names = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile() && name.name !== "oauth.json");
  return (await Promise.all(files.map((name) => fs.readFile(path.join(name.parentPath, name.name), "utf8")))).join(
    "\n",
  );
}

test("a client signs in, works through a refused token, and signs out; no token is seen anywhere else", async () => {
  const idp = await issuer();
  const authorizations: string[] = [];
  const noted =
    (step: Step): Step =>
    (response, request) => {
      authorizations.push(request.headers.authorization ?? "");
      step(response, request);
    };
  const call = {
    type: "function_call",
    name: "exec_command",
    call_id: "call_1",
    arguments: JSON.stringify({ cmd: "env; cat /proc/$PPID/environ $TURNWRIGHT_HOME/oauth.json" }),
  };
  const model = await httpScript(
    noted((response, request) =>
      status(401, { error: { message: `expired: ${request.headers.authorization ?? ""}` } })(response, request),
    ),
    noted(stream(itemDone(call), completed)),
    noted(stream(itemDone(message("done")), completed)),
    noted((response, request) =>
      status(403, { error: { message: `not for you: ${request.headers.authorization ?? ""}` } })(response, request),
    ),
  );
  onTestFinished(() => model[Symbol.asyncDispose]());
  const server = await start(configOf(idp, model.baseUrl));
  expect(await server.request("account/gatewayOAuth/read")).toMatchObject({
    result: { ...gateway, status: "notReady", error: null },
  });

  const login = server.request("account/gatewayOAuth/login", {});
  await visit(await authUrl(server));
  expect(await login).toMatchObject({ result: { prompt: null } });
  await changed(server, ({ status: now }) => now === "succeeded");
  expect(await server.request("account/gatewayOAuth/read", {})).toMatchObject({ result: { status: "succeeded" } });
  const first = await keptTokens(server.home);

  const started = (await server.request("thread/start", { cwd: server.home })) as {
    result: { thread: { id: string } };
  };
  const threadId = started.result.thread.id;
  const turn = async (): Promise<object> => {
    const { result } = (await server.request("turn/start", { threadId, input: [{ type: "text", text: "go" }] })) as {
      result: { turn: { id: string } };
    };
    return server.until(({ method, params }) => {
      return method === "turn/completed" && (params as { turn: { id: string } }).turn.id === result.turn.id;
    });
  };
  expect(await turn()).toMatchObject({ params: { turn: { status: "completed" } } });
  const second = await keptTokens(server.home);
  expect(authorizations).toEqual([`Bearer ${first[0] ?? ""}`, ...Array<string>(2).fill(`Bearer ${second[0] ?? ""}`)]);
  expect(await turn()).toMatchObject({
    params: {
      turn: {
        status: "failed",
        error: { message: expect.stringContaining("The Gateway did not accept the sign-in (403).") as unknown },
      },
    },
  });
  const third = await keptTokens(server.home);
  const tokens = [...first, ...second, ...third];
  expect(new Set(tokens).size).toBe(6);

  const config = await server.request("config/read", { includeLayers: true });
  expect(JSON.stringify(config)).toContain(idp.issuer);
  const readFile = await server.request("fs/readFile", { path: path.join(server.home, "oauth.json") });
  expect(readFile).toMatchObject({ error: { message: expect.stringContaining("a place of keys") as unknown } });
  expect(await server.request("account/logout")).toMatchObject({ result: {} });
  await changed(server, ({ status: now }) => now === "notReady");
  expect(await server.request("account/gatewayOAuth/read", {})).toMatchObject({ result: { status: "notReady" } });
  await expect(fs.stat(path.join(server.home, "oauth.json"))).rejects.toThrow("ENOENT");
  const said = JSON.stringify(server.session) + server.stderr() + (await textsIn(server.home));
  expect(tokens.filter((token) => said.includes(token))).toEqual([]);
  expect(model.requests.filter(({ body }) => tokens.some((token) => body.includes(token)))).toEqual([]);
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("a turn without a sign-in says how to sign in, and nothing is sent", async () => {
  const idp = await issuer();
  const model = await httpScript(status(500, {}));
  onTestFinished(() => model[Symbol.asyncDispose]());
  const server = await start(configOf(idp, model.baseUrl));
  const started = (await server.request("thread/start", { cwd: server.home })) as {
    result: { thread: { id: string } };
  };
  await server.request("turn/start", {
    threadId: started.result.thread.id,
    input: [{ type: "text", text: "hello" }],
  });
  const completedTurn = await server.until(({ method }) => method === "turn/completed");
  expect(completedTurn).toMatchObject({
    params: {
      turn: {
        status: "failed",
        error: {
          message:
            'Not signed in to The Gateway. Sign in (command "Turnwright: Sign In...", or "turnwright login --provider gateway").',
          codexErrorInfo: "unauthorized",
        },
      },
    },
  });
  expect(model.requests).toEqual([]);
});

test("with a device code the prompt is the answer; the sign-in can be cancelled in two ways", async () => {
  const server = await start(configOf(await issuer()));
  const loginId = async (): Promise<string> => {
    const answer = (await server.request("account/gatewayOAuth/login", { deviceAuth: true })) as {
      result: { prompt: { loginId: string } };
    };
    expect(answer.result.prompt).toMatchObject({
      userCode: expect.stringMatching(/^\w{4}-\w{4}$/u) as unknown,
      verificationUrl: expect.stringContaining("/device") as unknown,
    });
    return answer.result.prompt.loginId;
  };
  const first = await loginId();
  expect(await server.request("account/gatewayOAuth/login", {})).toMatchObject({
    error: { code: -32600, message: expect.stringMatching(/^Gateway sign-in is already in progress/u) as unknown },
  });
  expect(await server.request("account/login/cancel", { loginId: first })).toMatchObject({
    result: { status: "canceled" },
  });
  await changed(server, ({ status: now }) => now === "failed");
  await loginId();
  expect(await server.request("account/gatewayOAuth/cancel")).toMatchObject({ result: {} });
  await server.until(({ method, params }) => {
    return method === "account/gatewayOAuth/changed" && (params as { loginId: string }).loginId !== first;
  });
  expect(await server.request("account/gatewayOAuth/read")).toMatchObject({
    result: { ...gateway, error: "Gateway sign-in was canceled" },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("providers with a key, and those that there are not, are told from those with a sign-in", async () => {
  const server = await start(configOf(await issuer()));
  expect(await server.request("account/gatewayOAuth/read", { modelProvider: "openai" })).toMatchObject({
    result: { providerId: "openai", required: false, supportsDeviceAuth: false, status: null, error: null },
  });
  expect(await server.request("account/gatewayOAuth/read", { modelProvider: "nope" })).toMatchObject({
    error: { code: -32600, message: expect.stringContaining('"nope" is not defined') as unknown },
  });
  expect(await server.request("account/gatewayOAuth/login", { modelProvider: "openai" })).toMatchObject({
    error: { code: -32600, message: expect.stringContaining("does not sign in by OAuth.") as unknown },
  });
  expect(await server.request("account/login/start", { type: "chatgpt" })).toMatchObject({
    error: { message: expect.stringContaining("use account/gatewayOAuth/login") as unknown },
  });
  expect(await server.request("account/read", {})).toMatchObject({
    result: { account: null, requiresOpenaiAuth: false },
  });
  expect(await server.request("modelProvider/list", {})).toMatchObject({
    result: {
      data: expect.arrayContaining([
        expect.objectContaining({
          id: "gateway",
          settings: { type: "customGateway", auth: { mode: "externallyConfigured", envKey: null } },
        }),
      ]) as unknown,
    },
  });
});

test("`turnwright login` signs in where the provider has OAuth, and `logout` forgets it", async () => {
  const idp = await issuer();
  const home = await temporaryHome(configOf(idp));
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  const env = { TURNWRIGHT_HOME: home, DISPLAY: "", WAYLAND_DISPLAY: "" };
  const { spawn } = await import("node:child_process");
  const child = spawn(process.execPath, [await builtCli(), "login"], {
    env: { ...process.env, ...env, PATH: "/nowhere" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exited = new Promise((resolve) => child.on("close", resolve));
  const [stdout, stderr] = [child.stdout.setEncoding("utf8"), child.stderr.setEncoding("utf8")];
  let said = "";
  stdout.on("data", (text: string) => (said += text));
  const address = await new Promise<string>((resolve) => {
    stderr.on("data", (text: string) => {
      said += text;
      const url = /http:\S+/u.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
  expect((await visit(address)).status).toBe(200);
  expect(await exited).toBe(0);
  expect(said).toContain("Signed in to The Gateway.");
  const tokens = await keptTokens(home);
  expect(tokens.filter((token) => said.includes(token))).toEqual([]);
  expect(await runCli(["logout"], { env })).toMatchObject({ code: 0 });
  expect(idp.revoked()).toBe(1);
  await expect(fs.stat(path.join(home, "oauth.json"))).rejects.toThrow("ENOENT");
});

test.each([
  [["login", "--provider", "nope"], '"nope" is not defined'],
  [["login", "--provider", "openai", "--device"], "does not sign in by OAuth"],
  [["login", "--device", "--with-api-key"], "two ways to sign in"],
  [["login", "sk-secret-given-as-a-word"], "a key is read from stdin"],
])("%j is refused", async (args, words) => {
  const home = await temporaryHome();
  onTestFinished(() => fs.rm(home, { recursive: true, force: true }));
  const { code, stderr } = await runCli(args, { env: { TURNWRIGHT_HOME: home } });
  expect([code, stderr]).toEqual([1, expect.stringContaining(words)]);
  expect(stderr).not.toContain("sk-secret");
});
