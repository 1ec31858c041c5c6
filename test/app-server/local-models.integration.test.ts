import { expect, test } from "vitest";
import { message } from "../../src/demo/script.ts";
import { startResponsesServer } from "../../src/demo/server.ts";
import { startCliServer, type CliServer } from "../helpers/cli.ts";
import { httpScript, status } from "../core/model/http-script.ts";

/** The four providers, those that are not named at an address where nobody listens: what else runs on this machine is not met. */
const providers = (urls: Readonly<Record<string, string>>): string =>
  ["ollama", "lmstudio", "llamacpp", "vllm"]
    .map((id) => `[model_providers.${id}]\nbase_url = "${urls[id] ?? "http://127.0.0.1:1/v1"}"\n`)
    .join("\n");

const scripted = () =>
  startResponsesServer({
    models: ["small", "large"],
    respond: () => ({ kind: "stream", items: [message("Hello from this machine.")] }),
  });

async function initialize(server: CliServer): Promise<void> {
  await server.request("initialize", { clientInfo: { name: "probe", version: "1" } });
  server.send({ method: "initialized" });
}

test("what runs on this machine is listed, with what cannot be used and why", async () => {
  const model = await scripted();
  const list = status(200, { object: "list", data: [{ id: "ancient" }] });
  const missing = status(404, "404 page not found");
  await using old = await httpScript((response, request) =>
    (request.url === "/v1/models" ? list : missing)(response, request),
  );
  await using server = await startCliServer({ config: providers({ vllm: model.url, ollama: old.baseUrl }) });
  await initialize(server);
  expect(await server.request("turnwright/localModels/list", {})).toMatchObject({
    result: {
      data: [
        { provider: "ollama", name: "Ollama", baseUrl: old.baseUrl, models: ["ancient"], access: "noEndpoint" },
        { provider: "vllm", name: "vLLM", baseUrl: model.url, models: ["small", "large"], access: "usable" },
      ],
    },
  });
  await model.close();
  expect(await server.request("turnwright/localModels/list")).toMatchObject({
    result: { data: [{ models: ["ancient"] }] },
  });
});

test("a local provider offers what its server lists, and answers with the model that the client names", async () => {
  const model = await scripted();
  await using server = await startCliServer({
    config: providers({ llamacpp: model.url }),
    args: ["-c", 'model_provider="llamacpp"'],
  });
  await initialize(server);
  expect(await server.request("model/list", {})).toMatchObject({
    result: {
      data: [
        { id: "small", isDefault: false },
        { id: "large", isDefault: false },
      ],
    },
  });
  expect(await server.request("thread/start", {})).toMatchObject({
    error: { message: expect.stringContaining("No model is set for the provider llamacpp") as string },
  });
  const started = await server.request("thread/start", { model: "large" });
  expect(started).toMatchObject({ result: { model: "large", modelProvider: "llamacpp" } });
  const { thread } = started["result"] as { thread: { id: string } };
  await server.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "Hi" }] });
  const done = await server.until(
    ({ method, params }) =>
      method === "item/completed" && (params as { item: { type: string } }).item.type === "agentMessage",
  );
  expect(done).toMatchObject({ params: { item: { text: "Hello from this machine." } } });
  await server.until(({ method }) => method === "turn/completed");
  await model.close();
  // Another provider than the configured one does not get the model of that one.
  const elsewhere = await server.request("thread/start", { modelProvider: "demo" });
  expect(elsewhere).toMatchObject({ result: { model: "turnwright-demo", modelProvider: "demo" } });
  // A thread of a provider without a configured model is there again, also when its server is not.
  expect(await server.request("thread/resume", { threadId: thread.id })).toMatchObject({ result: { model: "large" } });
  expect(await server.request("model/list", {})).toMatchObject({ result: { data: [] } });
});

test("a client that names another provider, and no model, gets the first that its server lists, or is told to name one", async () => {
  const model = await scripted();
  await using server = await startCliServer({ config: `model = "gpt-5.5"\n${providers({ vllm: model.url })}` });
  await initialize(server);
  expect(await server.request("thread/start", { modelProvider: "vllm" })).toMatchObject({
    result: { model: "small", modelProvider: "vllm" },
  });
  expect(await server.request("thread/start", { modelProvider: "vllm", model: "large" })).toMatchObject({
    result: { model: "large" },
  });
  expect(await server.request("thread/start", { modelProvider: "ollama" })).toMatchObject({
    error: { message: "No model is set for the provider ollama, and it lists none. Name a model beside it." },
  });
  await model.close();
});
