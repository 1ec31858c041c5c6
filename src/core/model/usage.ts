import { addTokens, type ThreadTokenUsage, type TokenUsageBreakdown } from "../../protocol/settings.ts";
import type { Usage } from "./types.ts";

/**
 * The usage of a thread after one more response.
 * @param before null: the first response of the thread
 * @param modelContextWindow tokens that fit; null: not known
 */
export function addUsage(
  before: ThreadTokenUsage | null,
  usage: Usage,
  modelContextWindow: number | null,
): ThreadTokenUsage {
  const last: TokenUsageBreakdown = { ...usage, cacheWriteInputTokens: 0 };
  return { total: before === null ? last : addTokens(before.total, last), last, modelContextWindow };
}
