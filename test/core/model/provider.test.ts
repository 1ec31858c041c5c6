import { expect, test } from "vitest";
import { defaultProvider, resolveProvider, type ModelProvider } from "../../../src/core/model/provider.ts";
import type { ModelProviderSettings } from "../../../src/core/config/schema.ts";

const demoBaseUrl = (): Promise<string> => Promise.resolve("http://127.0.0.1:1/v1");
function resolve(id: string, providers: Record<string, ModelProviderSettings> = {}, env: NodeJS.ProcessEnv = {}) {
  return resolveProvider(id, { providers, env, demoBaseUrl });
}
function found(
  id: string,
  providers: Record<string, ModelProviderSettings> = {},
  env: NodeJS.ProcessEnv = {},
): ModelProvider {
  const result = resolve(id, providers, env);
  if (result.kind !== "found") throw new Error(result.message);
  return result.provider;
}

test("the default provider is openai, which needs a key", async () => {
  const provider = found(defaultProvider());
  expect(provider).toMatchObject({
    id: "openai",
    keyName: "OPENAI_API_KEY",
    requestMaxRetries: 4,
    streamMaxRetries: 5,
  });
  expect(provider.streamIdleTimeoutMs).toBe(300_000);
  await expect(provider.baseUrl()).resolves.toBe("https://api.openai.com/v1");
});

test("local servers and the demo need no key; the demo's address is asked for", async () => {
  for (const [id, url] of [
    ["ollama", "http://127.0.0.1:11434/v1"],
    ["lmstudio", "http://127.0.0.1:1234/v1"],
    ["llamacpp", "http://127.0.0.1:8080/v1"],
    ["vllm", "http://127.0.0.1:8000/v1"],
    ["demo", "http://127.0.0.1:1/v1"],
  ] as const) {
    const provider = found(id);
    expect(provider.keyName).toBeNull();
    await expect(provider.baseUrl()).resolves.toBe(url);
  }
});

test("settings go over a built-in provider, member by member", async () => {
  const provider = found("ollama", { ollama: { base_url: "http://box:1/v1", stream_max_retries: 1 } });
  expect(provider).toMatchObject({ name: "Ollama", streamMaxRetries: 1, requestMaxRetries: 4 });
  await expect(provider.baseUrl()).resolves.toBe("http://box:1/v1");
});

test("headers are taken from the environment where it has them", () => {
  const settings = {
    base_url: "http://x/v1",
    http_headers: { "X-A": "1" },
    env_http_headers: { "X-B": "B_VAR", "X-C": "C_VAR", "X-D": "D_VAR" },
  };
  expect(found("x", { x: settings }, { B_VAR: " b ", C_VAR: "" }).headers).toEqual({ "X-A": "1", "X-B": "b" });
});

test("a provider that calls for the OpenAI login uses its key", () => {
  expect(found("x", { x: { base_url: "http://x/v1", requires_openai_auth: true } }).keyName).toBe("OPENAI_API_KEY");
});

test("an unknown provider and one without an address say what to set", () => {
  expect(resolve("nope", { mine: {} })).toEqual({
    kind: "unusable",
    message:
      'Model provider "nope" is not defined. Known: openai, demo, openrouter, ollama, lmstudio, llamacpp, vllm, mine. Add [model_providers.nope] with a base_url to config.toml.',
  });
  expect(resolve("mine", { mine: {} })).toMatchObject({ kind: "unusable" });
  expect(resolve("toString").kind).toBe("unusable");
});

test("a provider that signs in by OAuth has no key, and its tokens are for its own server", () => {
  const oauth = { issuer: "https://issuer.example", client_id: "turnwright" };
  const gateway = { name: "Gateway", base_url: "https://models.example:8443/v1", env_key: "IGNORED", oauth };
  expect(found("gateway", { gateway })).toMatchObject({
    keyName: null,
    oauth: {
      provider: "gateway",
      providerName: "Gateway",
      issuer: "https://issuer.example",
      clientId: "turnwright",
      scopes: [],
      resource: null,
      redirectPort: null,
      origin: "https://models.example:8443",
    },
  });
  expect(found("openai").oauth).toBeNull();
});

test("tokens do not travel in the open, except on this machine", () => {
  const oauth = { issuer: "https://issuer.example", client_id: "turnwright" };
  expect(resolve("gateway", { gateway: { base_url: "http://models.example/v1", oauth } })).toMatchObject({
    kind: "unusable",
    message: expect.stringContaining("Set model_providers.gateway.base_url to an https:// address.") as unknown,
  });
  expect(resolve("gateway", { gateway: { base_url: "http://127.0.0.1:1/v1", oauth } })).toMatchObject({
    kind: "found",
  });
  for (const half of [{ issuer: "https://issuer.example" }, { client_id: "turnwright" }]) {
    expect(resolve("gateway", { gateway: { base_url: "https://models.example/v1", oauth: half } })).toMatchObject({
      kind: "unusable",
      message: expect.stringContaining("Set model_providers.gateway.oauth.issuer and") as unknown,
    });
  }
});
