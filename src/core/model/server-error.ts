import { stripVTControlCharacters } from "node:util";
import { isJsonObject } from "./items.ts";

const maxServerWords = 2_000;

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An error as a server puts it. */
export interface ServerError {
  /** `code` and `type`, as far as given: some servers name the cause in the one, some in the other. */
  readonly codes: readonly string[];
  readonly message: string;
}

/** The error in the body of an answer, whichever of the usual shapes it has. */
export function errorOfBody(body: string): ServerError {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    // A page of HTML helps nobody; the status says it all.
    return { codes: [], message: /^\s*</.test(body) ? "" : clip(body) };
  }
  if (!isJsonObject(value)) return { codes: [], message: "" };
  if (isJsonObject(value.error)) return readError(value.error);
  if (typeof value.error === "string") return { codes: [], message: clip(value.error) };
  if (typeof value.detail === "string") return { codes: [], message: clip(value.detail) };
  return readError(value);
}

/** The error of an event or a body: `{code, type, message}`. */
export function readError(error: unknown): ServerError {
  if (!isJsonObject(error)) return { codes: [], message: "" };
  const codes = [error.code, error.type].filter((code) => typeof code === "string").map(clip);
  return { codes, message: typeof error.message === "string" ? clip(error.message) : "" };
}

/**
 * Milliseconds to wait by `retry-after-ms`, or by `retry-after` in seconds or as a date; null if absent or without
 * sense.
 */
export function askedWaitMs(headers: ResponseHeaders): number | null {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (Number.isFinite(exact) && exact >= 0) return exact;
  const asked = headers["retry-after"];
  if (typeof asked !== "string") return null;
  const seconds = Number(asked);
  if (Number.isFinite(seconds)) return seconds >= 0 ? seconds * 1_000 : null;
  const date = Date.parse(asked);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds to wait by words like "Please try again in 1m30.5s"; null if there are none. */
export function waitInWordsMs(words: string): number | null {
  const span = /try again in ((?:\d+(?:\.\d+)?\s?(?:ms|[smhd])[a-z]*\s?)+)/i.exec(words)?.[1];
  if (span === undefined) return null;
  let total = 0;
  for (const [, amount, unit] of span.matchAll(/(\d+(?:\.\d+)?)\s?(ms|[smhd])/gi)) {
    total += Number(amount) * (unitsMs[unit?.toLowerCase() ?? ""] ?? 0);
  }
  return Math.ceil(total);
}

/** Words of a server for people: bounded, and nothing that a terminal would obey. */
export function clip(words: string): string {
  const text = clean(words).trim();
  return text.length > maxServerWords ? `${text.slice(0, maxServerWords)}...` : text;
}
/** Without control characters other than tab and newline. */
export function clean(words: string): string {
  return stripVTControlCharacters(words).replace(/(?![\t\n])\p{Cc}/gu, "");
}
