import { expect, test } from "vitest";
import { obstaclesOf, offersOf } from "../../../webview-ui/conversation/local-offers.ts";

const server = (change: object = {}) => ({
  provider: "ollama",
  name: "Ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  models: ["llama3"],
  access: "usable" as const,
  ...change,
});
const found = (...servers: ReturnType<typeof server>[]) => ({ isLooking: false, servers });

test("each server that can be used is offered with its first model and its address", () => {
  const two = server({ provider: "vllm", name: "vLLM", models: ["a", "b", "c"], baseUrl: "http://127.0.0.1:8000/v1" });
  expect(offersOf(found(server(), two, server({ access: "noEndpoint" }), server({ models: [] })))).toEqual([
    { provider: "ollama", name: "Ollama", model: "llama3", detail: "Runs on this machine (127.0.0.1:11434)" },
    {
      provider: "vllm",
      name: "vLLM",
      model: "a",
      detail: "Runs on this machine (127.0.0.1:8000) with 2 more models",
    },
  ]);
  expect(offersOf(null)).toEqual([]);
});

test("what cannot be used is said, with the way out", () => {
  const [old, locked, ...others] = obstaclesOf(
    found(server(), server({ access: "noEndpoint" }), server({ access: "needsKey" })),
  );
  expect(old).toContain("Ollama runs here (127.0.0.1:11434), but has no Responses API");
  expect(locked).toContain("env_key");
  expect(others).toEqual([]);
});
