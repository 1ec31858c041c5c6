import type { ThreadTokenUsage } from "../../protocol/settings.ts";
import { compactionLimit, createTokenMeter } from "../model/token-meter.ts";
import type { Usage } from "../model/types.ts";
import type { History } from "./history.ts";

/** How full the context of a thread is, and when it has to be made smaller. */
export interface ContextWindow {
  /** A request with the history as it is now leaves. */
  sent(): void;
  /** The provider counted the tokens of the last request and its answer. */
  counted(usage: Usage): void;
  /** @param window tokens that fit @param configured `model_auto_compact_token_limit` */
  isFull(window: number, configured: number | null): boolean;
  /** Bytes, as {@link History.weight} counts them, over what leaves room to go on. */
  excessBytes(window: number, configured: number | null): number;
  /** It could not be made small enough: not before it has grown noticeably is it full again. */
  gaveUp(): void;
  /** The history was replaced: the usage as it is from now on, estimated. */
  replaced(before: ThreadTokenUsage | null): ThreadTokenUsage | null;
}

/** Once it is made smaller, this share of the limit is free again at least. */
const freedShare = 0.4;

/** `last`: tokens of the last response of an earlier session. */
export function createContextWindow(history: History, last: ThreadTokenUsage | null): ContextWindow {
  const meter = createTokenMeter();
  let sentWeight = history.weight;
  let fullFrom = 0;
  if (last !== null) meter.counted(last.last, history.weight, history.weight);

  return {
    sent() {
      sentWeight = history.weight;
    },
    counted: (usage) => meter.counted(usage, sentWeight, history.weight),
    isFull: (window, configured) =>
      meter.estimate(history.weight) >= Math.max(fullFrom, compactionLimit(window, configured)),
    gaveUp() {
      fullFrom = Math.ceil(meter.estimate(history.weight) * 1.1);
    },
    excessBytes(window, configured) {
      const aim = compactionLimit(window, configured) * (1 - freedShare);
      const tokens = Math.max(1, meter.estimate(history.weight));
      return Math.ceil(history.weight * Math.max(0, 1 - aim / tokens));
    },
    replaced(before) {
      meter.reset();
      if (before === null) return null;
      const inputTokens = meter.estimate(history.weight);
      const none = { cachedInputTokens: 0, cacheWriteInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 };
      const { cost } = before;
      // Nothing was paid for an estimate; what the compaction itself took is in the sums.
      return {
        ...before,
        last: { totalTokens: inputTokens, inputTokens, ...none },
        ...(cost === undefined ? {} : { cost: { ...cost, last: null } }),
      };
    },
  };
}
