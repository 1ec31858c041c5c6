import { Buffer } from "node:buffer";
import { weightOf } from "../model/token-meter.ts";
import type { ResponseItem } from "../model/types.ts";
import type { InputEntry } from "../prompt/compaction.ts";

/** Items stand in buffers that grow up to about this size, so that a long history is a short list and a short one is small. */
const chunkBytes = { least: 4 * 1024, most: 256 * 1024 };
const comma = 0x2c;

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
  /** The last one; its first `used` bytes are written, and never again. */
  let open = Buffer.alloc(0);
  let used = 0;
  let byteLength = 0;
  let length = 0;
  let weight = 0;
  let userMessages: number[] = [];

  const append = (json: string): void => {
    const bytes = Buffer.byteLength(json) + (length === 0 ? 0 : 1);
    if (used + bytes > open.length) {
      if (used > 0) full.push(open.subarray(0, used));
      const usual = Math.min(chunkBytes.most, Math.max(chunkBytes.least, 2 * open.length));
      // Memory of its own: a piece of Node's shared pool would keep the whole pool for as long as the thread is loaded.
      open = Buffer.allocUnsafeSlow(Math.max(usual, bytes));
      used = 0;
    }
    if (length > 0) open[used++] = comma;
    used += open.write(json, used);
    length += 1;
    byteLength += bytes;
    weight += weightOf(json);
  };
  const chunks = (): Uint8Array[] => (used === 0 ? full : [...full, open.subarray(0, used)]);
  const items = (): readonly ResponseItem[] =>
    JSON.parse(`[${Buffer.concat(chunks()).toString("utf8")}]`) as readonly ResponseItem[];

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
      open = Buffer.alloc(0);
      used = 0;
      byteLength = 0;
      length = 0;
      weight = 0;
      for (const json of resolveInput(before, input).map(serializeItem)) append(json);
      userMessages = [...kept];
    },
    items,
    chunks,
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
