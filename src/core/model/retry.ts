import type { CodexErrorInfo } from "../../protocol/turns.ts";
import type { ModelFailure } from "./types.ts";

const firstBackoffMs = 200;
const firstNetworkPauseMs = 1_000;
const longestNetworkPauseMs = 30_000;

/**
 * Pause before retry number `attempt` (from 1): 200 ms doubling each time, up to 10 % more or less so that clients do
 * not come in step.
 * @param random a number in [0, 1)
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(firstBackoffMs * 2 ** (attempt - 1) * jitter(random));
}

/**
 * Whether and when the visible layer asks the model again. Pure.
 *
 * A broken stream is tried again `streamMaxRetries` times. Without a network, a client with a user waits for as long as
 * it takes, with pauses that grow to 30 s (the user has a countdown and Stop); others give up like on a broken stream.
 * @param attempt number of the retry asked for, from 1: counts failures in a row of whatever kind, and from 1 again once
 * the turn has got further
 * @returns null: give up and show the failure
 */
export function nextRetry(
  failure: Pick<ModelFailure, "retry" | "retryAfterMs">,
  attempt: number,
  options: { readonly streamMaxRetries: number; readonly hasUser: boolean; readonly random: number },
): { readonly delayMs: number } | null {
  if (failure.retry === "no") return null;
  if (failure.retry === "network" && options.hasUser) {
    const pause = Math.min(longestNetworkPauseMs, firstNetworkPauseMs * 2 ** Math.min(attempt - 1, 10));
    return { delayMs: Math.round(pause * jitter(options.random)) };
  }
  if (attempt > options.streamMaxRetries) return null;
  return { delayMs: failure.retryAfterMs ?? backoffMs(attempt, options.random) };
}

/**
 * The `error` notification (`willRetry: true`) that goes with a retry; `additionalDetails` is the failure's `details`.
 */
export function retryNotice(
  failure: ModelFailure,
  attempt: number,
  options: { readonly streamMaxRetries: number; readonly hasUser: boolean },
): { readonly message: string; readonly codexErrorInfo: CodexErrorInfo } {
  const status = { httpStatusCode: statusOf(failure.info) };
  if (failure.retry === "network" && options.hasUser) {
    return { message: "Reconnecting... waiting for network", codexErrorInfo: { httpConnectionFailed: status } };
  }
  return {
    message: `Reconnecting... ${attempt}/${options.streamMaxRetries}`,
    codexErrorInfo: { responseStreamDisconnected: status },
  };
}

function statusOf(info: CodexErrorInfo): number | null {
  if (typeof info === "string") return null;
  for (const cause of Object.values(info)) {
    if (
      typeof cause === "object" &&
      cause !== null &&
      "httpStatusCode" in cause &&
      typeof cause.httpStatusCode === "number"
    ) {
      return cause.httpStatusCode;
    }
  }
  return null;
}

function jitter(random: number): number {
  return 0.9 + 0.2 * random;
}
