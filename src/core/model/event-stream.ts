import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";
import { streamBroken } from "./failures.ts";
import { isJsonObject } from "./items.ts";
import type { ModelFailure, Usage } from "./types.ts";

/** How the stream says that it is over. */
export type StreamEnd =
  | { readonly kind: "completed"; readonly responseId: string; readonly usage: Usage | null }
  | { readonly kind: "failed"; readonly failure: ModelFailure };

export interface EventReader {
  /** Takes the next bytes, split anywhere. Throws nothing of its own. */
  feed(chunk: Uint8Array): void;
  /** The body ended. */
  end(): void;
}

/** What a format makes of the events of a stream. */
export interface StreamFormat {
  /** One event; the end of the stream, if that was it. */
  event(value: Readonly<Record<string, unknown>>, name: string | undefined): StreamEnd | null;
  /** The word `[DONE]`, with which servers that grew out of Chat Completions close; null: it means nothing. */
  done(): StreamEnd | null;
  /** The body ended without an end. */
  closed(): StreamEnd;
}

/** Longest single event, in UTF-16 units. */
const maxEventLength = 32 * 1024 * 1024;
/** Longest stream, in bytes: far above what any model writes, far below what would fill the memory. */
const maxStreamBytes = 512 * 1024 * 1024;

/** Reads server-sent events of JSON objects. `onEnd` is called exactly once, and nothing is read after it. */
export function sseReader(format: StreamFormat, onEnd: (end: StreamEnd) => void): EventReader {
  let ended = false;
  let bytes = 0;
  const decoder = new StringDecoder("utf8");
  const end = (result: StreamEnd | null): void => {
    if (ended || result === null) return;
    ended = true;
    onEnd(result);
  };
  const broken = (reason: string): void => end({ kind: "failed", failure: streamBroken(reason) });

  const receive = (data: string, name: string | undefined): void => {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      if (data === "[DONE]") end(format.done());
      else broken("an event is not JSON");
      return;
    }
    if (isJsonObject(value)) end(format.event(value, name));
    else broken("an event is not a JSON object");
  };

  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: ({ data, event }) => {
      if (!ended) receive(data, event);
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") broken("an event is larger than 32 MiB");
    },
  });

  return {
    feed: (chunk) => {
      if (ended) return;
      bytes += chunk.length;
      if (bytes > maxStreamBytes) return broken("the answer is larger than 512 MiB");
      parser.feed(decoder.write(chunk));
    },
    end: () => {
      if (!ended) end(format.closed());
    },
  };
}

/** A count from 0; whatever is none is 0. */
export function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
