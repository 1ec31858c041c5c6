import fs from "node:fs/promises";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { startCliServer, type CliOptions, type CliServer } from "../helpers/cli.ts";
import { completed, httpScript, itemDone, message, status, stream, type Step } from "../core/model/http-script.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

const secret = "sk-secret-of-mine-0123456789";

async function start(options: CliOptions = {}): Promise<CliServer> {
  const server = await startCliServer({ env: { OPENAI_API_KEY: "" }, ...options });
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi: true },
  });
  return server;
}
const sent = (server: CliServer): string =>
  JSON.stringify(server.session.filter(({ direction }) => direction === "out").map(({ message: one }) => one));

test("a key is signed in and out, told to all, and never given back", async () => {
  const server = await start();
  expect(await server.request("getAuthStatus", {})).toMatchObject({
    result: { authMethod: null, authToken: null, requiresOpenaiAuth: true },
  });
  expect(await server.request("account/login/start", { type: "apiKey", apiKey: secret })).toMatchObject({
    result: { type: "apiKey" },
  });
  expect(await server.until(({ method }) => method === "account/login/completed")).toMatchObject({
    params: { loginId: null, success: true, error: null, onboardingEntrypoint: null },
  });
  expect(await server.until(({ method }) => method === "account/updated")).toMatchObject({
    params: { authMode: "apikey", planType: null },
  });
  expect(await server.request("getAuthStatus", { includeToken: true, refreshToken: true })).toMatchObject({
    result: { authMethod: "apikey", authToken: null, requiresOpenaiAuth: true },
  });
  expect((await fs.stat(path.join(server.home, "auth.json"))).mode & 0o777).toBe(0o600);
  await server.request("account/logout");
  await server.until(({ method, params }) => {
    return method === "account/updated" && (params as { authMode: string | null }).authMode === null;
  });
  expect(await server.request("account/read", {})).toMatchObject({ result: { account: null } });
  expect(sent(server)).not.toContain(secret);
});

const otherWays = [
  ["chatgpt", {}, "Signing in with a ChatGPT account is not supported. Sign in with an API key instead"],
  ["chatgptDeviceCode", {}, "Signing in with a ChatGPT account is not supported."],
  [
    "chatgptAuthTokens",
    { accessToken: secret, chatgptAccountId: "a" },
    "Tokens of a ChatGPT account are not supported.",
  ],
  ["amazonBedrock", { apiKey: secret, region: "r" }, "Signing in to Amazon Bedrock is not supported. Add your gateway"],
  [
    "amazonBedrockAccessKeys",
    { accessKeyId: "a", secretAccessKey: secret, region: "r" },
    "Signing in to Amazon Bedrock",
  ],
] as const;

test("signing in by anything but a key is refused, with what to do instead", async () => {
  const server = await start();
  for (const [type, more, words] of otherWays) {
    expect(await server.request("account/login/start", { type, ...more })).toMatchObject({
      error: { code: -32600, message: expect.stringContaining(words) as unknown },
    });
  }
  expect(sent(server)).not.toContain(secret);
});

test("a provider that cannot be used does not change that answer", async () => {
  const server = await start({ env: { OPENAI_API_KEY: "" }, args: ["-c", 'model_provider="none"'] });
  expect(await server.request("account/login/start", { type: "chatgpt" })).toMatchObject({
    error: {
      code: -32600,
      message: expect.stringMatching(/^Signing in with a ChatGPT account.*"apiKey"\)\.$/) as unknown,
    },
  });
});

const badParams = [
  [{}, "missing field `type`"],
  [{ type: "carrier" }, "unknown variant `carrier`, expected one of `apiKey`, `chatgpt`,"],
  [{ type: "apiKey" }, "missing field `apiKey`"],
  [{ type: "apiKey", apiKey: "" }, "invalid value"],
] as const;

test("bad params of a sign-in are refused in the words of the protocol", async () => {
  const server = await start();
  for (const [params, words] of badParams) {
    expect(await server.request("account/login/start", params)).toMatchObject({
      error: { code: -32600, message: expect.stringContaining(words) as unknown },
    });
  }
});

test("no sign-in waits, so none can be cancelled", async () => {
  const server = await start();
  const loginId = "01a1f7ca-0000-7000-8000-000000000000";
  expect(await server.request("account/login/cancel", { loginId })).toMatchObject({ result: { status: "notFound" } });
  expect(await server.request("account/login/cancel", { loginId: "x" })).toMatchObject({
    error: { code: -32600, message: "invalid login id: x" },
  });
  expect(sessionErrors(server.session.slice(0, -2)) ?? []).toEqual([]);
});

/** Answers with these headers, well or with an error. */
const withHeaders =
  (headers: Readonly<Record<string, string>>, step: Step): Step =>
  (response, request) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    step(response, request);
  };
const answered = stream(itemDone(message("hi")), completed);

async function runTurn(server: CliServer): Promise<void> {
  const thread = (await server.request("thread/start", { cwd: server.home })) as {
    result: { thread: { id: string } };
  };
  const threadId = thread.result.thread.id;
  await server.request("turn/start", { threadId, input: [{ type: "text", text: "hello" }] });
  await server.until(({ method, params }) => {
    return method === "turn/completed" && (params as { threadId: string }).threadId === threadId;
  });
}

test("limits are those that the provider told with its last answer; before it there are none", async () => {
  const model = await httpScript(
    withHeaders(
      {
        "x-ratelimit-limit-requests": "5000",
        "x-ratelimit-remaining-requests": "4999",
        "x-ratelimit-reset-requests": "12ms",
        "x-ratelimit-limit-tokens": "800000",
        "x-ratelimit-remaining-tokens": "600000",
        "x-ratelimit-reset-tokens": "6m0s",
      },
      answered,
    ),
    withHeaders(
      {
        "x-codex-primary-used-percent": "100",
        "x-codex-primary-window-minutes": "300",
        "x-codex-primary-reset-at": "4070908800",
      },
      status(400, { error: { message: "used up" } }),
    ),
  );
  onTestFinished(() => model[Symbol.asyncDispose]());
  const server = await start({
    config: `model = "m"\nmodel_provider = "test"\n[model_providers.test]\nbase_url = "${model.baseUrl}"\n`,
  });
  expect(await server.request("account/rateLimits/read")).toMatchObject({
    error: {
      code: -32600,
      message: expect.stringMatching(/^chatgpt authentication required to read rate limits/) as unknown,
    },
  });
  await runTurn(server);
  const inSixMinutes = Date.now() / 1000 + 360;
  const limits = (await server.request("account/rateLimits/read")) as {
    result: { rateLimits: { primary: { resetsAt: number } } };
  };
  expect(limits.result.rateLimits).toMatchObject({
    limitId: "test",
    primary: { usedPercent: 25, windowDurationMins: null },
    secondary: { usedPercent: 0, windowDurationMins: null },
  });
  expect(Math.abs(limits.result.rateLimits.primary.resetsAt - inSixMinutes)).toBeLessThan(30);
  await runTurn(server);
  expect(await server.request("account/rateLimits/read")).toMatchObject({
    result: {
      rateLimits: {
        limitId: "test",
        primary: { usedPercent: 100, windowDurationMins: 300, resetsAt: 4070908800 },
        secondary: null,
      },
    },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});
