import type { Usage } from "./types.ts";

/** Tokens of an image, whatever its size in bytes: about what a picture of a screen costs. */
export const imageTokens = 1_500;
/** What a token has in bytes of JSON, until a provider has counted. */
const usualBytesPerToken = 4;
/** Beyond these a count says more about the provider than about the text. */
const plausible = { least: 1.5, most: 8 };

/**
 * How full the context is, in tokens: what the provider counted with its last answer, and an estimate of what came since. The estimate learns
 * from each count how many bytes a token has in this thread.
 */
export interface TokenMeter {
  /** A response ended. `bytesSent`: weight of its request's input (see {@link weightOf}). */
  counted(usage: Pick<Usage, "inputTokens" | "totalTokens">, bytesSent: number, bytesNow: number): void;
  /** Tokens of a request whose input weighs this much. */
  estimate(bytesNow: number): number;
  /** The input was replaced: nothing of it has been counted yet. */
  reset(): void;
}

export function createTokenMeter(): TokenMeter {
  let bytesPerToken = usualBytesPerToken;
  let known: { readonly tokens: number; readonly bytes: number } | null = null;
  return {
    counted({ inputTokens, totalTokens }, bytesSent, bytesNow) {
      if (totalTokens <= 0) return;
      known = { tokens: totalTokens, bytes: bytesNow };
      const ratio = bytesSent / inputTokens;
      // A short prompt is mostly instructions and tools, which are not in the input.
      if (inputTokens > 10_000 && ratio >= plausible.least && ratio <= plausible.most) bytesPerToken = ratio;
    },
    estimate: (bytesNow) =>
      known === null
        ? Math.ceil(bytesNow / bytesPerToken)
        : known.tokens + Math.ceil(Math.max(0, bytesNow - known.bytes) / bytesPerToken),
    reset() {
      known = null;
    },
  };
}

const inlinedImage = /"image_url":"data:[^"]*"/g;

/** Bytes of an item's JSON text as they count for an estimate: an inlined image weighs what it costs, not what it measures. */
export function weightOf(json: string): number {
  if (!json.includes('"image_url":"data:')) return Buffer.byteLength(json);
  let images = 0;
  const rest = json.replace(inlinedImage, () => {
    images += 1;
    return "";
  });
  return Buffer.byteLength(rest) + images * imageTokens * usualBytesPerToken;
}

/** Tokens that are kept free for the answer. */
const outputReserve = (contextWindow: number): number => Math.min(16_000, Math.floor(contextWindow / 4));

/** From how many tokens on the context is compacted: what is configured, but never more than fits. */
export function compactionLimit(contextWindow: number, configured: number | null): number {
  const usable = contextWindow - outputReserve(contextWindow);
  return configured === null ? Math.floor(usable * 0.9) : Math.min(configured, usable);
}
