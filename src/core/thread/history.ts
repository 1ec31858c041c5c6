import { Buffer } from "node:buffer";
import { weightOf } from "../model/token-meter.ts";
import type { ResponseItem } from "../model/types.ts";
import type { InputEntry } from "../prompt/compaction.ts";

/** Older items are kept in buffers of about this size, so that a long history is a short list. */
const chunkBytes = 256 * 1024;
const encoder = new TextEncoder();

/**
 * The prompt ledger: the `input` of every request of an epoch, serialised once. It only grows at its end, so the bytes of one request are
 * the beginning of the next. Appending costs what is new; {@link History.chunks} hands out the same buffers again.
 */
export interface History {
  /** Number of items. */
  readonly length: number;
  /** Appends one item by its JSON text (no surrounding blanks). `isUserMessage`: the user's own words. */
  append(json: string, isUserMessage: boolean): void;
  /** A new epoch: the input is made of items that it had, by their index, and of new ones. */
  replace(input: readonly InputEntry[], userMessages: readonly number[]): void;
  /** The items, parsed anew; for what is done seldom. */
  items(): readonly ResponseItem[];
  /** Indices of the user's own messages, ascending. */
  readonly userMessages: readonly number[];
  /** Bytes as they count for an estimate of tokens. */
  readonly weight: number;
  /** The items, comma-separated, as a list of buffers in order. The buffers are never changed after they were handed out. */
  chunks(): readonly Uint8Array[];
  /** Bytes of all chunks. */
  readonly byteLength: number;
}

export function createHistory(): History {
  let full: Uint8Array[] = [];
  let recent: Uint8Array[] = [];
  let recentBytes = 0;
  let byteLength = 0;
  let length = 0;
  let weight = 0;
  let userMessages: number[] = [];

  const append = (json: string): void => {
    // Memory of its own: a piece of Node's shared pool would keep the whole pool for as long as the thread is loaded.
    const bytes = encoder.encode(length === 0 ? json : `,${json}`);
    length += 1;
    byteLength += bytes.length;
    weight += weightOf(json);
    recent.push(bytes);
    recentBytes += bytes.length;
    if (recentBytes < chunkBytes) return;
    full.push(recent.length === 1 ? bytes : Buffer.concat(recent, recentBytes));
    recent = [];
    recentBytes = 0;
  };
  const items = (): readonly ResponseItem[] =>
    JSON.parse(`[${Buffer.concat([...full, ...recent]).toString("utf8")}]`) as readonly ResponseItem[];

  return {
    get length() {
      return length;
    },
    get byteLength() {
      return byteLength;
    },
    get weight() {
      return weight;
    },
    get userMessages() {
      return userMessages;
    },
    append(json, isUserMessage) {
      if (isUserMessage) userMessages.push(length);
      append(json);
    },
    replace(input, kept) {
      const before = input.some((entry) => typeof entry === "number") ? items() : [];
      full = [];
      recent = [];
      recentBytes = 0;
      byteLength = 0;
      length = 0;
      weight = 0;
      for (const json of resolveInput(before, input).map(serializeItem)) append(json);
      userMessages = [...kept];
    },
    items,
    chunks: () => [...full, ...recent],
  };
}

/** The items of a new input. An index that leads nowhere, in a damaged rollout, is left out. */
export const resolveInput = (before: readonly ResponseItem[], input: readonly InputEntry[]): ResponseItem[] =>
  input.flatMap((entry) => (typeof entry === "number" ? (before[entry] ?? []) : entry));

const serialized = new WeakMap<ResponseItem, string>();

/** The one place where an item becomes bytes, once: what is recorded, resumed and sent is this text. */
export function serializeItem(item: ResponseItem): string {
  const known = serialized.get(item);
  if (known !== undefined) return known;
  const json = JSON.stringify(item);
  serialized.set(item, json);
  return json;
}
