import type { TurnError } from "../../protocol/turns.ts";
import { nextRetry, retryNotice } from "../model/retry.ts";
import type { ModelFailure } from "../model/types.ts";

/** When a turn tries again after a failure, and what the user is told meanwhile; null: not at all. */
export function turnRetry(
  failure: ModelFailure,
  attempt: number,
  options: { readonly streamMaxRetries: number; readonly hasUser: boolean },
): { readonly delayMs: number; readonly error: TurnError } | null {
  const next = nextRetry(failure, attempt, { ...options, random: Math.random() });
  if (next === null) return null;
  return {
    delayMs: next.delayMs,
    error: {
      ...retryNotice(failure, attempt, options),
      additionalDetails: failure.details ?? failure.message,
      misalignment: null,
      retryInMs: next.delayMs,
    },
  };
}
