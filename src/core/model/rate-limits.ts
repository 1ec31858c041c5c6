import type { RateLimitSnapshot } from "../../protocol/account.ts";
import type { ResponseHeaders } from "./server-error.ts";
import { waitInWordsMs } from "./server-error.ts";

/** What an answer says of the limits of an account, the narrower kind of limit first as the provider orders it. */
export type RateLimits = Required<Pick<RateLimitSnapshot, "primary" | "secondary">>;
type Window = NonNullable<RateLimits["primary"]>;

/**
 * The limits in the headers of an answer, or null if it names none. Plans tell `x-codex-primary-used-percent`,
 * `-window-minutes` and `-reset-at` (Unix seconds) or `-reset-after-seconds`, and the same of `secondary`; API keys
 * `x-ratelimit-limit-tokens`, `-remaining-tokens` and `-reset-tokens` (`6m0s`), and the same of `requests`.
 */
export function rateLimitsOf(headers: ResponseHeaders, nowMs: number): RateLimits | null {
  const planned = { primary: ofPlan(headers, "primary", nowMs), secondary: ofPlan(headers, "secondary", nowMs) };
  if (planned.primary !== null || planned.secondary !== null) return planned;
  const counted = { primary: ofKey(headers, "tokens", nowMs), secondary: ofKey(headers, "requests", nowMs) };
  return counted.primary === null && counted.secondary === null ? null : counted;
}

function ofPlan(headers: ResponseHeaders, name: "primary" | "secondary", nowMs: number): Window | null {
  const used = numberOf(headers[`x-codex-${name}-used-percent`]);
  if (used === null) return null;
  const resetAt = numberOf(headers[`x-codex-${name}-reset-at`]);
  const resetAfter = numberOf(headers[`x-codex-${name}-reset-after-seconds`]);
  const minutes = numberOf(headers[`x-codex-${name}-window-minutes`]);
  return {
    usedPercent: percent(used),
    windowDurationMins: minutes === null ? null : Math.round(minutes),
    resetsAt: resetAt !== null ? Math.round(resetAt) : inFuture(nowMs, resetAfter === null ? null : resetAfter * 1000),
  };
}

function ofKey(headers: ResponseHeaders, name: "tokens" | "requests", nowMs: number): Window | null {
  const limit = numberOf(headers[`x-ratelimit-limit-${name}`]);
  const remaining = numberOf(headers[`x-ratelimit-remaining-${name}`]);
  if (limit === null || remaining === null || limit === 0) return null;
  const reset = headers[`x-ratelimit-reset-${name}`];
  // The words are those of "try again in 6m0s".
  const resetMs = typeof reset === "string" ? waitInWordsMs(`try again in ${reset.slice(0, 100)}`) : null;
  return {
    usedPercent: percent((1 - remaining / limit) * 100),
    windowDurationMins: null,
    resetsAt: inFuture(nowMs, resetMs),
  };
}

const percent = (value: number): number => Math.round(Math.max(0, Math.min(100, value)));

const inFuture = (nowMs: number, ms: number | null): number | null =>
  ms === null ? null : Math.round((nowMs + ms) / 1000);

/** A number of a header, not below zero; null for whatever else stands there. */
function numberOf(header: string | string[] | undefined): number | null {
  if (typeof header !== "string" || header.trim() === "") return null;
  const value = Number(header);
  return Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value : null;
}
