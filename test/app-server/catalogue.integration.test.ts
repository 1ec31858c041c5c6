import { expect, onTestFinished, test } from "vitest";
import { startCliServer, type CliOptions, type CliServer } from "../helpers/cli.ts";
import { sessionErrors } from "../helpers/wire-session.ts";

async function start(options: CliOptions = {}, capabilities: object = { experimentalApi: true }): Promise<CliServer> {
  const server = await startCliServer(options);
  onTestFinished(() => server[Symbol.asyncDispose]());
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" }, capabilities });
  return server;
}
const ids = (answer: Readonly<Record<string, unknown>>): readonly string[] =>
  (answer as { result: { data: { id: string }[] } }).result.data.map(({ id }) => id);

test("providers are those of the configuration and the built-in ones, without a key of any of them", async () => {
  const server = await start({
    config: `model_provider = "mine"
[model_providers.mine]
name = "Mine"
base_url = "http://127.0.0.1:9/v1"
env_key = "MINE_KEY"
[model_providers.token]
base_url = "http://127.0.0.1:9/v1"
experimental_bearer_token = "sk-secret-of-mine"
[model_providers.header.env_http_headers]
X-Api-Key = "HEADER_KEY"
[model_providers.open]
base_url = "http://127.0.0.1:9/v1"
`,
    env: { MINE_KEY: "sk-secret-of-mine", HEADER_KEY: "sk-secret-of-mine" },
  });
  const answer = await server.request("modelProvider/list", {});
  const gateway = (auth: object) => ({ type: "customGateway", auth });
  const baseUrl = "http://127.0.0.1:9/v1";
  expect(answer).toMatchObject({
    result: {
      data: [
        {
          id: "header",
          name: "header",
          canEdit: true,
          baseUrl: null,
          settings: gateway({ mode: "externallyConfigured", envKey: null }),
        },
        {
          id: "mine",
          name: "Mine",
          canEdit: true,
          baseUrl,
          settings: gateway({ mode: "environmentVariable", envKey: "MINE_KEY" }),
        },
        { id: "open", name: "open", canEdit: true, baseUrl, settings: gateway({ mode: "none" }) },
        {
          id: "token",
          name: "token",
          canEdit: true,
          baseUrl,
          settings: gateway({ mode: "externallyConfigured", envKey: null }),
        },
        { id: "demo", canEdit: false, baseUrl: null, settings: gateway({ mode: "none" }) },
        { id: "llamacpp", name: "llama.cpp", canEdit: false, settings: gateway({ mode: "none" }) },
        { id: "lmstudio", name: "LM Studio", canEdit: false, settings: gateway({ mode: "none" }) },
        { id: "ollama", canEdit: false, settings: gateway({ mode: "none" }) },
        { id: "openai", name: "OpenAI", canEdit: false, baseUrl: null, settings: { type: "openai" } },
        {
          id: "openrouter",
          name: "OpenRouter",
          canEdit: false,
          settings: gateway({ mode: "environmentVariable", envKey: "OPENROUTER_API_KEY" }),
        },
        { id: "vllm", name: "vLLM", canEdit: false, settings: gateway({ mode: "none" }) },
      ],
      defaultProviderId: "mine",
      canChangeDefault: true,
    },
  });
  expect(JSON.stringify(answer)).not.toContain("sk-secret");
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("a provider given on the command line cannot be changed in the file", async () => {
  const server = await start({ args: ["-c", "model_provider=demo"] });
  expect(await server.request("modelProvider/list", {})).toMatchObject({
    result: { defaultProviderId: "demo", canChangeDefault: false },
  });
});

test("models come page by page", async () => {
  const server = await start();
  const all = ids(await server.request("model/list", {}));
  const seen: string[] = [];
  for (let cursor: string | null = null, pages = 0; pages < all.length; pages++) {
    const page = await server.request("model/list", { limit: 2, cursor, includeHidden: true });
    seen.push(...ids(page));
    ({ nextCursor: cursor } = (page as { result: { nextCursor: string | null } }).result);
    if (cursor === null) break;
  }
  expect(seen).toEqual(all);
  expect(ids(await server.request("model/list", { limit: 0 }))).toEqual(all.slice(0, 1));
  const { length } = all;
  expect(await server.request("model/list", { cursor: "x" })).toMatchObject({
    error: { message: "invalid cursor: x" },
  });
  expect(await server.request("model/list", { cursor: "9999" })).toMatchObject({
    error: { message: `cursor 9999 exceeds total models ${length}` },
  });
  expect(ids(await server.request("model/list", { modelProvider: "demo" }))).toEqual(["turnwright-demo"]);
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("the profiles are the three sandboxes, page by page", async () => {
  const server = await start();
  const first = await server.request("permissionProfile/list", { limit: 1 });
  expect(first).toMatchObject({ result: { data: [{ id: ":read-only", allowed: true }], nextCursor: "1" } });
  expect(ids(await server.request("permissionProfile/list", { cursor: "1", cwd: null }))).toEqual([
    ":workspace",
    ":danger-full-access",
  ]);
  expect(await server.request("permissionProfile/list", { cursor: "x" })).toMatchObject({
    error: { message: "invalid cursor: x" },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("there are no features to switch, and no tools that a provider runs", async () => {
  const server = await start();
  expect(await server.request("experimentalFeature/list", { limit: 2 })).toMatchObject({
    result: { data: [], nextCursor: null },
  });
  expect(await server.request("modelProvider/capabilities/read", {})).toMatchObject({
    result: { imageGeneration: false, webSearch: false },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
});

test("the modes are Plan and Default, for clients of the experimental protocol", async () => {
  const server = await start();
  expect(await server.request("collaborationMode/list", {})).toMatchObject({
    result: {
      data: [
        { name: "Plan", mode: "plan", model: null, reasoning_effort: null },
        { name: "Default", mode: "default", model: null, reasoning_effort: null },
      ],
    },
  });
  expect(sessionErrors(server.session) ?? []).toEqual([]);
  const plain = await start({}, {});
  expect(await plain.request("collaborationMode/list", {})).toMatchObject({
    error: { code: -32600, message: "collaborationMode/list requires experimentalApi capability" },
  });
});
