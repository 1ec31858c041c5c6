import { expect, test } from "vitest";
import type { ModelInfo } from "../../../src/core/model/types.ts";
import { modelInfo } from "../../../src/core/model/catalogue.ts";
import { familyInstructions } from "../../../src/core/prompt/base-instructions.ts";
import { createEpochs } from "../../../src/core/thread/epochs.ts";
import type { Epoch } from "../../../src/core/thread/rollout/lines.ts";
import { toolSpecs } from "../../../src/core/tools/index.ts";

const trained = modelInfo("gpt-5.5", null);
const other = modelInfo("some-model", null);
const gone = (): Promise<string | null> => Promise.reject(new Error("ENOENT"));
const hostedTools = () => [];
const none = async (): Promise<string | null> => null;

const epochsOf = (current: Epoch | null, file: string | null = null, readFile = async () => file) => {
  const epochs = createEpochs({ current, file, readFile, hostedTools });
  if (current === null) epochs.begun(epochs.for(trained));
  return epochs;
};
const said = ({ instructions, source }: Epoch) => ({ instructions, source });
const recorded = (source: Epoch["source"], instructions: string, info: ModelInfo = trained): Epoch => ({
  instructions,
  ...(source === undefined ? {} : { source }),
  tools: toolSpecs(info),
  patchTool: info.patchTool,
});

test("a model of the same family goes on in the epoch that is there, one of another begins its own", () => {
  const epochs = epochsOf(null);
  expect(epochs.for(modelInfo("gpt-6-sol", null))).toBe(epochs.current);
  expect(said(epochs.for(other))).toEqual({ instructions: familyInstructions("general"), source: "general" });
  expect(epochs.for(other).tools).not.toEqual(epochs.current?.tools);
});

test("instructions of the user's file hold for every family, and are read anew only for a prompt that begins anew", async () => {
  const epochs = createEpochs({
    current: recorded("file", "Be brief."),
    file: "Be long.",
    readFile: async () => "Be long.",
    hostedTools,
  });
  expect(epochs.for(trained)).toBe(epochs.current);
  expect(said(epochs.for(other))).toEqual({ instructions: "Be brief.", source: "file" });
  const next = await epochs.renewed(trained);
  expect(said(next)).toEqual({ instructions: "Be long.", source: "file" });
  epochs.begun(next);
  expect(await epochs.renewed(trained)).toBe(next);
});

test("a file that is gone leaves its words as they are recorded; one that is not configured any more does not", async () => {
  const lost = createEpochs({ current: recorded("file", "Be brief."), file: null, readFile: gone, hostedTools });
  expect(await lost.renewed(trained)).toBe(lost.current);
  const dropped = createEpochs({ current: recorded("file", "Be brief."), file: null, readFile: none, hostedTools });
  expect(said(await dropped.renewed(trained))).toEqual({
    instructions: familyInstructions("agentic"),
    source: "agentic",
  });
});

test("what a client said stays for good, and so does what an older version recorded", async () => {
  for (const source of ["client", undefined] as const) {
    const epochs = epochsOf(recorded(source, "Sing."), "Be brief.");
    expect(await epochs.renewed(trained)).toBe(epochs.current);
    expect(said(epochs.for(other))).toEqual({ instructions: "Sing.", source });
    epochs.replaceInstructions("Dance.");
    expect(said(epochs.for(trained))).toEqual({ instructions: "Dance.", source: "client" });
    expect(said(await epochs.renewed(trained))).toEqual({ instructions: "Dance.", source: "client" });
  }
});

test("a file that is configured later, and our own words of a newer version, come with the next prompt", async () => {
  const file = epochsOf(recorded("agentic", "old words"), null, async () => "Be brief.");
  expect(file.for(trained)).toBe(file.current);
  expect(said(await file.renewed(trained))).toEqual({ instructions: "Be brief.", source: "file" });
  const ours = epochsOf(recorded("agentic", "old words"));
  expect(ours.for(trained)).toBe(ours.current);
  expect((await ours.renewed(trained)).instructions).toBe(familyInstructions("agentic"));
});

test("a tool that the provider lacks begins a new list at once; one that came or changed waits for a prompt that begins anew", async () => {
  type Hosted = { readonly type: "web_search"; readonly search_context_size?: "low" };
  const tools = (...hosted: readonly Hosted[]) => [...toolSpecs(trained), ...hosted];
  let hosted: readonly Hosted[] = [];
  const epochs = createEpochs({ current: null, file: null, readFile: none, hostedTools: () => hosted });
  epochs.begun(epochs.for(trained));
  const forms: readonly Hosted[] = [{ type: "web_search" }, { type: "web_search", search_context_size: "low" }];
  for (const form of forms) {
    hosted = [form];
    expect(epochs.for(trained)).toBe(epochs.current);
    const next = await epochs.renewed(trained);
    expect(next.tools).toEqual(tools(form));
    epochs.begun(next);
    expect(epochs.for(trained)).toBe(next);
  }
  hosted = [];
  expect(epochs.for(trained).tools).toEqual(tools());
});
