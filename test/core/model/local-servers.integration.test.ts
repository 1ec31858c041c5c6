import { expect, test } from "vitest";
import { findLocalServers } from "../../../src/core/model/local-servers.ts";
import { localProviders, type ModelProvider, resolveProvider } from "../../../src/core/model/provider.ts";
import { startResponsesServer } from "../../../src/demo/server.ts";
import { type HttpScript, httpScript, status, type Step } from "./http-script.ts";

function providerAt(baseUrl: string, id = "ollama", wireApi: "responses" | "chat" = "responses"): ModelProvider {
  const resolved = resolveProvider(id, {
    providers: {
      [id]: { base_url: baseUrl, http_headers: { "x-team": "blue" }, query_params: { v: "1" }, wire_api: wireApi },
    },
    env: {},
    demoBaseUrl: () => Promise.reject(new Error("no demo here")),
  });
  if (resolved.kind !== "found") throw new Error(resolved.message);
  return resolved.provider;
}

const list = (...ids: readonly string[]): Step =>
  status(200, { object: "list", data: ids.map((id) => ({ id, object: "model", owned_by: "library" })) });
const look = (server: Pick<HttpScript, "baseUrl">) => findLocalServers([providerAt(server.baseUrl)]);

/** What the four answer to a request for a response that says nothing, in the versions that have the endpoint. */
const refusals = {
  "Ollama and vLLM": status(400, { error: { message: "EOF" } }),
  "vLLM, where it validates": status(422, { detail: [] }),
  "llama.cpp, which calls broken JSON its own fault": status(500, { error: { message: "parse error" } }),
};

test.each(Object.entries(refusals))("a server with models and a Responses API is found: %s", async (_who, refusal) => {
  await using server = await httpScript(list("llama3:8b", "qwen3"), refusal);
  expect(await look(server)).toEqual([
    {
      provider: "ollama",
      name: "Ollama",
      baseUrl: server.baseUrl,
      models: ["llama3:8b", "qwen3"],
      access: "usable",
    },
  ]);
});

test("nothing is sent but a request for the list and an empty one, without anything of the configuration's headers", async () => {
  await using server = await httpScript(list("llama3"), status(400, {}));
  await look(server);
  expect(server.requests.map(({ method, url, body }) => [method, url, body])).toEqual([
    ["GET", "/v1/models?v=1", ""],
    ["POST", "/v1/responses?v=1", ""],
  ]);
  for (const { headers } of server.requests) {
    expect(headers).not.toHaveProperty("x-team");
    expect(headers).not.toHaveProperty("authorization");
  }
});

test.each([
  ["an older Ollama", status(404, "404 page not found"), "noEndpoint"],
  [
    "an older LM Studio, which answers 200 to what it does not know",
    status(200, { error: "Unexpected" }),
    "noEndpoint",
  ],
  ["one that has only GET", status(405, {}), "noEndpoint"],
  ["llama.cpp with a key", status(401, { error: { message: "Invalid API Key" } }), "needsKey"],
] as const)("what cannot be talked to is found, and said: %s", async (_who, answer, access) => {
  await using server = await httpScript(list("llama3"), answer);
  expect(await look(server)).toMatchObject([{ models: ["llama3"], access }]);
});

test.each([
  ["a web application", status(200, "<!doctype html><title>My app</title>")],
  ["JSON of another kind", status(200, { data: [{ id: "user-1" }] })],
  ["a list of something without ids", status(200, { object: "list", data: [{ name: "a" }] })],
  ["an error", status(500, { object: "list", data: [{ id: "a" }] })],
  ["a redirect", status(302, "", { location: "http://192.0.2.1/v1/models" })],
  ["an Ollama without a model", status(200, { object: "list", data: null })],
  ["a server of embeddings only", list("nomic-embed-text", "text-embedding-3-small")],
  ["names that hide what they are", list("a\u202eb", "c\nd", "", "e".repeat(201))],
  ["an answer without an end", status(200, `{"object":"list","data":[${'{"id":"a"},'.repeat(200_000)}`)],
])("%s is no model server, and is asked nothing more", async (_what, answer) => {
  await using server = await httpScript(answer);
  expect(await look(server)).toEqual([]);
  expect(server.requests).toHaveLength(1);
});

test("a server that accepts and says nothing is given up", async () => {
  await using server = await httpScript(() => undefined);
  expect(await look(server)).toEqual([]);
  await server.closedConnection;
});

test("a list that never ends is given up", async () => {
  await using server = await httpScript((response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.write('{"object":"list","data":[');
  });
  expect(await look(server)).toEqual([]);
  await server.closedConnection;
});

test("at most 200 models are taken, each once", async () => {
  const ids = Array.from({ length: 300 }, (_, index) => `m${Math.floor(index / 1.2)}`);
  await using server = await httpScript(list(...ids), status(400, {}));
  const [found] = await look(server);
  expect(found?.models).toHaveLength(200);
  expect(new Set(found?.models).size).toBe(200);
});

test("an address that is not loopback is not asked", async () => {
  await using server = await httpScript(list("llama3"), status(400, {}));
  const elsewhere = server.baseUrl.replace("127.0.0.1", "0.0.0.0"); // which reaches this server all the same
  expect(await findLocalServers([providerAt(elsewhere)])).toEqual([]);
  expect(server.requests).toEqual([]);
});

test("several are looked for at once, and found in the order of the providers", async () => {
  await using slow = await httpScript(
    (response, request) => setTimeout(() => list("slow")(response, request), 50),
    status(400, {}),
  );
  await using fast = await httpScript(list("fast"), status(400, {}));
  const found = await findLocalServers([
    providerAt(slow.baseUrl, "lmstudio"),
    providerAt("http://127.0.0.1:1/v1", "llamacpp"), // nobody listens there
    providerAt(fast.baseUrl, "vllm"),
  ]);
  expect(found.map(({ provider, models }) => [provider, ...models])).toEqual([
    ["lmstudio", "slow"],
    ["vllm", "fast"],
  ]);
});

test("our own Responses server, as the tests and the demo use it, passes for a model server", async () => {
  const server = await startResponsesServer({
    models: ["scripted"],
    respond: () => Promise.reject(new Error("nobody asked for a response")),
  });
  expect(await look({ baseUrl: server.url })).toMatchObject([{ models: ["scripted"], access: "usable" }]);
  await server.close();
});

test("a provider that is configured for Chat Completions is asked for those", async () => {
  await using server = await httpScript(list("ancient"), (response, request) =>
    status(request.url.startsWith("/v1/chat/completions") ? 400 : 404, {})(response, request),
  );
  expect(await findLocalServers([providerAt(server.baseUrl, "ollama", "chat")])).toMatchObject([{ access: "usable" }]);
});

test("models that a server only passes on come last", async () => {
  await using server = await httpScript(list("gpt-oss:120b-cloud", "qwen3", "glm:cloud", "llama3"), status(400, {}));
  expect(await look(server)).toMatchObject([{ models: ["qwen3", "llama3", "gpt-oss:120b-cloud", "glm:cloud"] }]);
});

test("Ollama is offered first", () => {
  expect(localProviders).toEqual(["ollama", "lmstudio", "llamacpp", "vllm"]);
});
