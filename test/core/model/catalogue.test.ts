import { expect, test } from "vitest";
import { defaultModel, listModels, modelInfo } from "../../../src/core/model/catalogue.ts";
import { catalogueMethods } from "../../../src/protocol/catalogue.ts";
import { wireErrors } from "../../helpers/wire-schema.ts";

test("a known model has its facts", () => {
  expect(modelInfo("gpt-5.5", null)).toMatchObject({
    isKnown: true,
    contextWindow: 258_400,
    efforts: ["low", "medium", "high", "xhigh"],
    defaultEffort: "medium",
    patchTool: "freeform",
    verbosity: "low",
    maxToolOutputBytes: 40_000,
  });
  expect(modelInfo("turnwright-demo", null)).toMatchObject({ isKnown: true, patchTool: "freeform", efforts: [] });
});

test("an unknown model gets careful defaults", () => {
  expect(modelInfo("my-local:7b", null)).toMatchObject({
    slug: "my-local:7b",
    isKnown: false,
    contextWindow: 258_400,
    defaultEffort: null,
    patchTool: "function",
    verbosity: null,
    maxToolOutputBytes: 10_000,
  });
});

test("a configured window goes over the catalogue, less what the provider keeps", () => {
  expect(modelInfo("gpt-5.5", 100_000).contextWindow).toBe(95_000);
  expect(modelInfo("my-local:7b", 8192).contextWindow).toBe(7782);
});

test.each([
  ["openai", null, "gpt-5.5"],
  ["openai", "gpt-6-sol", "gpt-6-sol"],
  ["openai", "gpt-next", "gpt-next"],
  ["demo", null, "turnwright-demo"],
  ["custom", "mock-model", "mock-model"],
])("the list for %s with model %s marks %s as what a new thread uses", (provider, model, expected) => {
  const models = listModels({ provider, model, served: null });
  expect(models.filter((entry) => entry.isDefault).map((entry) => entry.id)).toEqual([expected]);
  expect(new Set(models.map((entry) => entry.id)).size).toBe(models.length);
  const response = { data: models, nextCursor: null };
  expect(catalogueMethods["model/list"].result.parse(response)).toEqual(response);
  expect(wireErrors("ModelListResponse", response) ?? []).toEqual([]);
});

test("only the user knows the model of a server of their own, which lists what it has", () => {
  expect(defaultModel("ollama")).toBeNull();
  const listed = (model: string | null, served: readonly string[]) =>
    listModels({ provider: "ollama", model, served }).map(({ id, isDefault }) => [id, isDefault]);
  expect(listed(null, [])).toEqual([]);
  expect(listed(null, ["qwen", "llama"])).toEqual([
    ["qwen", false],
    ["llama", false],
  ]);
  expect(listed("llama", ["qwen", "llama"])).toEqual([
    ["qwen", false],
    ["llama", true],
  ]);
  expect(listed("mine", ["qwen"])).toEqual([
    ["mine", true],
    ["qwen", false],
  ]);
  expect(listModels({ provider: "custom", model: null, served: null }).some((entry) => entry.isDefault)).toBe(false);
});
