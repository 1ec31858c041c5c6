import http from "node:http";
import { once } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import type { ModelProviderSettings } from "../../../src/core/config/schema.ts";
import { resolveProvider } from "../../../src/core/model/provider.ts";
import { createServedModels } from "../../../src/core/model/served-models.ts";
import { httpScript, status } from "./http-script.ts";

const list = (...ids: string[]) => status(200, { data: ids.map((id) => ({ id })) });

function served(env: NodeJS.ProcessEnv = {}, key: string | null = "k") {
  const models = createServedModels({ env, key: async () => key });
  onTestFinished(() => models.close());
  return (id: string, settings: ModelProviderSettings = {}) => {
    const resolved = resolveProvider(id, {
      providers: { [id]: settings },
      env,
      demoBaseUrl: () => Promise.reject(new Error("no demo")),
    });
    if (resolved.kind !== "found") throw new Error(resolved.message);
    return models.of(resolved.provider);
  };
}

test("a provider of the user's is asked for its models, with its key, headers and query", async () => {
  await using server = await httpScript(list("a", "text-embedding-x", "b"));
  const settings = {
    base_url: server.baseUrl,
    env_key: "K",
    http_headers: { "x-team": "t" },
    query_params: { v: "1" },
  };
  expect(await served()("mine", settings)).toEqual(["a", "b"]);
  expect(server.requests[0]).toMatchObject({
    url: "/v1/models?v=1",
    headers: { authorization: "Bearer k", "x-team": "t" },
  });
});

test("one that lists nothing, is not there or has no key yet has none", async () => {
  await using server = await httpScript(status(404, "no"));
  expect(await served()("mine", { base_url: server.baseUrl })).toEqual([]);
  expect(await served()("mine", { base_url: "http://127.0.0.1:1/v1" })).toEqual([]);
  expect(await served({}, null)("mine", { base_url: server.baseUrl, env_key: "K" })).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test("models that the catalogue knows are not asked for", async () => {
  expect(await served()("openai")).toBeNull();
  expect(await served()("demo")).toBeNull();
});

test("a provider elsewhere is asked through the proxy, and once for a while", async () => {
  const asked: string[] = [];
  const proxy = http.createServer((request, response) => {
    asked.push(request.url ?? "");
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ object: "list", data: [{ id: "far" }] }));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => void proxy.close());
  const address = proxy.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const of = served({ HTTP_PROXY: `http://127.0.0.1:${address.port}` });
  const settings = { base_url: "http://models.example/v1" };
  expect([await of("mine", settings), await of("mine", settings)]).toEqual([["far"], ["far"]]);
  expect(asked).toEqual(["http://models.example/v1/models"]);
});
