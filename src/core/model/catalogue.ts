import type { Model } from "../../protocol/catalogue.ts";
import type { ModelInfo } from "./types.ts";

/** Share of a window that is left for a conversation; the rest is kept for what the provider adds. */
const usableShare = 0.95;
const usualWindow = 272_000 * usableShare;

/** What each effort means, for pickers. */
const effortTexts: Readonly<Record<string, string>> = {
  low: "Answers quickly, thinks little",
  medium: "Balances speed and care",
  high: "Thinks longer, for hard problems",
  xhigh: "Thinks much longer, for the hardest problems",
  max: "Thinks as long as the model can",
  ultra: "Thinks as long as the model can and checks itself",
};
const efforts = ["low", "medium", "high", "xhigh", "max", "ultra"];

type Entry = readonly [slug: string, displayName: string, effortCount: number, defaultEffort: string];
/** In the order of pickers. All of them read images and take freeform tools and a verbosity. */
const openaiModels: readonly Entry[] = [
  ["gpt-5.5", "GPT-5.5", 4, "medium"],
  ["gpt-6.1-sol", "GPT-6.1-Sol", 6, "low"],
  ["gpt-6.1-terra", "GPT-6.1-Terra", 6, "low"],
  ["gpt-6-astra", "GPT-6-Astra", 6, "low"],
  ["gpt-6-sol", "GPT-6-Sol", 6, "medium"],
  ["gpt-6-luna", "GPT-6-Luna", 5, "medium"],
  ["gpt-5.6-sol", "GPT-5.6-Sol", 6, "low"],
  ["gpt-5.6-terra", "GPT-5.6-Terra", 6, "medium"],
  ["gpt-5.6-luna", "GPT-5.6-Luna", 5, "medium"],
];

const demoModel: ModelInfo = {
  slug: "turnwright-demo",
  displayName: "Demo",
  description: "Scripted answers for the sample workspace; needs no key and no network",
  isKnown: true,
  contextWindow: usualWindow,
  efforts: [],
  defaultEffort: null,
  inputModalities: ["text"],
  patchTool: "freeform",
  verbosity: null,
  maxToolOutputBytes: 40_000,
};

const knownModels: ReadonlyMap<string, ModelInfo> = new Map(
  [...openaiModels.map(fromEntry), demoModel].map((info) => [info.slug, info]),
);

function fromEntry([slug, displayName, effortCount, defaultEffort]: Entry): ModelInfo {
  return {
    slug,
    displayName,
    description: `OpenAI model with ${usualWindow / 1000}k tokens of context`,
    isKnown: true,
    contextWindow: usualWindow,
    efforts: efforts.slice(0, effortCount),
    defaultEffort,
    inputModalities: ["text", "image"],
    patchTool: "freeform",
    verbosity: "low",
    maxToolOutputBytes: 40_000,
  };
}

/**
 * What is known of a model; for others what works with most.
 * @param contextWindow `model_context_window`: the whole window in tokens, over what the catalogue says
 */
export function modelInfo(slug: string, contextWindow: number | null): ModelInfo {
  const info: ModelInfo = knownModels.get(slug) ?? {
    slug,
    displayName: slug,
    description: "Not in the catalogue; used with careful defaults",
    isKnown: false,
    contextWindow: usualWindow,
    efforts: efforts.slice(0, 3),
    defaultEffort: null,
    inputModalities: ["text", "image"],
    patchTool: "function",
    verbosity: null,
    maxToolOutputBytes: 10_000,
  };
  return contextWindow === null ? info : { ...info, contextWindow: Math.floor(contextWindow * usableShare) };
}

/** The model to use when none is configured; null where only the user can know, such as a local server. */
export function defaultModel(provider: string): string | null {
  if (provider === "openai") return "gpt-5.5";
  return provider === "demo" ? demoModel.slug : null;
}

/**
 * The models a user can choose from, for `model/list`: the configured one first if it is not among those on offer.
 * `isDefault` marks what a new thread uses.
 * @param config.served what the provider itself lists; null: it is not asked
 */
export function listModels(config: {
  readonly provider: string;
  readonly model: string | null;
  readonly served: readonly string[] | null;
}): Model[] {
  const chosen = config.model ?? defaultModel(config.provider);
  const { served } = config;
  // A gateway in the place of a known provider that lists nothing has at least what it stands for.
  const offered = served === null || served.length === 0 ? slugsOf(config.provider) : served;
  const slugs = chosen === null || offered.includes(chosen) ? offered : [chosen, ...offered];
  return slugs.map((slug) => published(modelInfo(slug, null), slug === chosen));
}

/** What the program itself knows to be there. */
function slugsOf(provider: string): readonly string[] {
  if (provider === "openai") return openaiModels.map(([slug]) => slug);
  return provider === "demo" ? [demoModel.slug] : [];
}

function published(info: ModelInfo, isDefault: boolean): Model {
  return {
    id: info.slug,
    model: info.slug,
    upgrade: null,
    upgradeInfo: null,
    availabilityNux: null,
    displayName: info.displayName,
    description: info.description,
    modelSpecialty: null,
    hidden: false,
    supportedReasoningEfforts: info.efforts.map((effort) => ({
      reasoningEffort: effort,
      description: effortTexts[effort] ?? effort,
    })),
    defaultReasoningEffort: info.defaultEffort ?? "medium",
    inputModalities: [...info.inputModalities],
    supportsPersonality: false,
    multiAgentVersion: null,
    additionalSpeedTiers: [],
    serviceTiers: [],
    defaultServiceTier: null,
    availableAccessPrograms: null,
    isDefault,
  };
}
