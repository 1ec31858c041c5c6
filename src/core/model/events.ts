import { StringDecoder } from "node:string_decoder";
import { createParser } from "eventsource-parser";
import { failureOfEvent, incomplete, streamBroken } from "./failures.ts";
import { isJsonObject, parseItem } from "./items.ts";
import type { ModelEvent, ModelFailure, Usage } from "./types.ts";

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

/** Longest single event, in UTF-16 units. */
const maxEventLength = 32 * 1024 * 1024;
/** Longest stream, in bytes: far above what any model writes, far below what would fill the memory. */
const maxStreamBytes = 512 * 1024 * 1024;

/**
 * Reads the server-sent events of one response (Responses API, `stream: true`). `onEvent` is called for each event in
 * order; `onEnd` exactly once, and nothing is delivered after it. Event types that we do not know are skipped.
 */
export function createEventReader(onEvent: (event: ModelEvent) => void, onEnd: (end: StreamEnd) => void): EventReader {
  let ended = false;
  let bytes = 0;
  const decoder = new StringDecoder("utf8");
  const end = (result: StreamEnd): void => {
    if (ended) return;
    ended = true;
    onEnd(result);
  };
  const broken = (reason: string): void => end({ kind: "failed", failure: streamBroken(reason) });

  const parser = createParser({
    maxBufferSize: maxEventLength,
    onEvent: ({ data, event }) => {
      if (!ended) receive(data, event);
    },
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") broken("an event is larger than 32 MiB");
    },
  });

  function receive(data: string, name: string | undefined): void {
    let value: unknown;
    try {
      value = JSON.parse(data);
    } catch {
      // Servers that grew out of Chat Completions close with this word.
      if (data !== "[DONE]") broken("an event is not JSON");
      return;
    }
    if (!isJsonObject(value)) return broken("an event is not a JSON object");
    switch (value.type ?? name) {
      case "response.output_text.delta":
      case "response.refusal.delta":
        if (typeof value.item_id === "string" && typeof value.delta === "string") {
          onEvent({ type: "textDelta", itemId: value.item_id, delta: value.delta });
        }
        return;
      case "response.reasoning_summary_text.delta":
        if (typeof value.item_id === "string" && typeof value.delta === "string") {
          onEvent({
            type: "reasoningSummaryDelta",
            itemId: value.item_id,
            summaryIndex: count(value.summary_index),
            delta: value.delta,
          });
        }
        return;
      case "response.reasoning_text.delta":
        if (typeof value.item_id === "string" && typeof value.delta === "string") {
          onEvent({
            type: "reasoningTextDelta",
            itemId: value.item_id,
            contentIndex: count(value.content_index),
            delta: value.delta,
          });
        }
        return;
      case "response.reasoning_summary_part.added":
        if (typeof value.item_id === "string") {
          onEvent({
            type: "reasoningSummaryPartAdded",
            itemId: value.item_id,
            summaryIndex: count(value.summary_index),
          });
        }
        return;
      case "response.output_item.added": {
        const parsed = parseItem(value.item);
        if (parsed.kind === "known") onEvent({ type: "itemAdded", item: parsed.item });
        return;
      }
      case "response.output_item.done": {
        const parsed = parseItem(value.item);
        if (parsed.kind === "malformed") return broken(parsed.what);
        if (parsed.kind === "known") onEvent({ type: "itemDone", item: parsed.item });
        return;
      }
      case "response.completed": {
        const response = isJsonObject(value.response) ? value.response : {};
        const responseId = typeof response.id === "string" ? response.id : "";
        return end({ kind: "completed", responseId, usage: readUsage(response.usage) });
      }
      case "response.incomplete": {
        const response = isJsonObject(value.response) ? value.response : {};
        const details = isJsonObject(response.incomplete_details) ? response.incomplete_details : {};
        return end({ kind: "failed", failure: incomplete(details.reason) });
      }
      case "response.failed":
        return end({
          kind: "failed",
          failure: failureOfEvent(isJsonObject(value.response) ? value.response.error : undefined),
        });
      case "error":
        return end({ kind: "failed", failure: failureOfEvent(isJsonObject(value.error) ? value.error : value) });
    }
  }

  return {
    feed: (chunk) => {
      if (ended) return;
      bytes += chunk.length;
      if (bytes > maxStreamBytes) return broken("the answer is larger than 512 MiB");
      parser.feed(decoder.write(chunk));
    },
    end: () => broken("stream closed before response.completed"),
  };
}

function readUsage(usage: unknown): Usage | null {
  if (!isJsonObject(usage)) return null;
  const input = isJsonObject(usage.input_tokens_details) ? usage.input_tokens_details : {};
  const output = isJsonObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const inputTokens = count(usage.input_tokens);
  const outputTokens = count(usage.output_tokens);
  return {
    inputTokens,
    cachedInputTokens: count(input.cached_tokens),
    outputTokens,
    reasoningOutputTokens: count(output.reasoning_tokens),
    totalTokens: typeof usage.total_tokens === "number" ? count(usage.total_tokens) : inputTokens + outputTokens,
  };
}

/** A count from 0; whatever is none is 0. */
function count(value: unknown): number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}
