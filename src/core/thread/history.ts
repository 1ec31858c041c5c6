import { Buffer } from "node:buffer";
import type { ResponseItem } from "../model/types.ts";

/** Older items are kept in buffers of about this size, so that a long history is a short list. */
const chunkBytes = 256 * 1024;

/**
 * The prompt ledger: the `input` of every request of an epoch, serialised once. It only grows at its end, so the bytes of one request are
 * the beginning of the next. Appending costs what is new; {@link History.chunks} hands out the same buffers again.
 */
export interface History {
  /** Number of items. */
  readonly length: number;
  /** Appends one item by its JSON text (no surrounding blanks). */
  append(json: string): void;
  /** The items, comma-separated, as a list of buffers in order. The buffers are never changed after they were handed out. */
  chunks(): readonly Uint8Array[];
  /** Bytes of all chunks. */
  readonly byteLength: number;
}

export function createHistory(): History {
  const full: Uint8Array[] = [];
  let recent: Uint8Array[] = [];
  let recentBytes = 0;
  let byteLength = 0;
  let length = 0;
  return {
    get length() {
      return length;
    },
    get byteLength() {
      return byteLength;
    },
    append(json) {
      const bytes = Buffer.from(length === 0 ? json : `,${json}`, "utf8");
      length += 1;
      byteLength += bytes.length;
      recent.push(bytes);
      recentBytes += bytes.length;
      if (recentBytes < chunkBytes) return;
      full.push(recent.length === 1 ? bytes : Buffer.concat(recent, recentBytes));
      recent = [];
      recentBytes = 0;
    },
    chunks: () => [...full, ...recent],
  };
}

const serialized = new WeakMap<ResponseItem, string>();

/** The one place where an item becomes bytes, once: what is recorded, resumed and sent is this text. */
export function serializeItem(item: ResponseItem): string {
  const known = serialized.get(item);
  if (known !== undefined) return known;
  const json = JSON.stringify(item);
  serialized.set(item, json);
  return json;
}
