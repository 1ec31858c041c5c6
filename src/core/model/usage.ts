import { addTokens, type ThreadTokenUsage, type TokenCost, type TokenUsageBreakdown } from "../../protocol/settings.ts";
import { count } from "./event-stream.ts";
import { isJsonObject } from "./items.ts";
import type { Usage } from "./types.ts";

/** `[model_prices]` of one model; amounts are per million tokens. */
export interface ModelPrice {
  readonly input: number;
  readonly cachedInput: number;
  readonly output: number;
  readonly currency: string;
}

/** The `usage` of an answer of the Responses API, or of its compaction endpoint; null: there is none. What is missing counts as 0. */
export function readUsage(usage: unknown): Usage | null {
  if (!isJsonObject(usage)) return null;
  const input = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const output = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const inputTokens = count(usage.input_tokens);
  const outputTokens = count(usage.output_tokens);
  return {
    inputTokens,
    cachedInputTokens: count(input.cached_tokens),
    outputTokens,
    reasoningOutputTokens: count(output.reasoning_tokens),
    totalTokens: typeof usage.total_tokens === "number" ? count(usage.total_tokens) : inputTokens + outputTokens,
  };
}

/**
 * The usage of a thread after one more response.
 * @param before null: the first response of the thread
 * @param options.window tokens that fit; null: not known
 * @param options.price null: the model has none
 * @param options.isSameTurn `before` was counted in the turn of this response
 */
export function addUsage(
  before: ThreadTokenUsage | null,
  usage: Usage,
  options: { readonly window: number | null; readonly price: ModelPrice | null; readonly isSameTurn: boolean },
): ThreadTokenUsage {
  const last: TokenUsageBreakdown = { ...usage, cacheWriteInputTokens: 0 };
  const cost = addCost(before?.cost ?? null, usage, options);
  return {
    total: before === null ? last : addTokens(before.total, last),
    last,
    modelContextWindow: options.window,
    ...(cost === null ? {} : { cost }),
  };
}

function addCost(
  before: TokenCost | null,
  usage: Usage,
  { price, isSameTurn }: { readonly price: ModelPrice | null; readonly isSameTurn: boolean },
): TokenCost | null {
  if (price === null) return before === null ? null : { ...before, last: null, turn: isSameTurn ? before.turn : 0 };
  const last = costOf(usage, price);
  // Sums of two currencies would mean nothing: another one begins anew.
  const known = before?.currency === price.currency ? before : null;
  return {
    currency: price.currency,
    last,
    turn: (isSameTurn ? (known?.turn ?? 0) : 0) + last,
    total: (known?.total ?? 0) + last,
  };
}

function costOf({ inputTokens, cachedInputTokens, outputTokens }: Usage, price: ModelPrice): number {
  const cached = Math.min(cachedInputTokens, inputTokens);
  return ((inputTokens - cached) * price.input + cached * price.cachedInput + outputTokens * price.output) / 1_000_000;
}
