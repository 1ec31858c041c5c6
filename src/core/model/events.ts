import { count, type EventReader, sseReader, type StreamEnd } from "./event-stream.ts";
import { failureOfEvent, incomplete, streamBroken } from "./failures.ts";
import { isJsonObject, parseItem } from "./items.ts";
import type { ModelEvent } from "./types.ts";
import { readUsage } from "./usage.ts";

/**
 * Reads the server-sent events of one response (Responses API, `stream: true`). `onEvent` is called for each event in
 * order; `onEnd` exactly once, and nothing is delivered after it. Event types that we do not know are skipped.
 */
export function createEventReader(onEvent: (event: ModelEvent) => void, onEnd: (end: StreamEnd) => void): EventReader {
  return sseReader(
    {
      event(value, name) {
        switch (value.type ?? name) {
          case "response.output_text.delta":
          case "response.refusal.delta":
            if (typeof value.item_id === "string" && typeof value.delta === "string") {
              onEvent({ type: "textDelta", itemId: value.item_id, delta: value.delta });
            }
            return null;
          case "response.reasoning_summary_text.delta":
            if (typeof value.item_id === "string" && typeof value.delta === "string") {
              onEvent({
                type: "reasoningSummaryDelta",
                itemId: value.item_id,
                summaryIndex: count(value.summary_index),
                delta: value.delta,
              });
            }
            return null;
          case "response.reasoning_text.delta":
            if (typeof value.item_id === "string" && typeof value.delta === "string") {
              onEvent({
                type: "reasoningTextDelta",
                itemId: value.item_id,
                contentIndex: count(value.content_index),
                delta: value.delta,
              });
            }
            return null;
          case "response.reasoning_summary_part.added":
            if (typeof value.item_id === "string") {
              onEvent({
                type: "reasoningSummaryPartAdded",
                itemId: value.item_id,
                summaryIndex: count(value.summary_index),
              });
            }
            return null;
          case "response.output_item.added": {
            const parsed = parseItem(value.item);
            if (parsed.kind === "known") onEvent({ type: "itemAdded", item: parsed.item });
            return null;
          }
          case "response.output_item.done": {
            const parsed = parseItem(value.item);
            if (parsed.kind === "malformed") return { kind: "failed", failure: streamBroken(parsed.what) };
            if (parsed.kind === "known") onEvent({ type: "itemDone", item: parsed.item });
            return null;
          }
          case "response.completed": {
            const response = isJsonObject(value.response) ? value.response : {};
            const responseId = typeof response.id === "string" ? response.id : "";
            return { kind: "completed", responseId, usage: readUsage(response.usage) };
          }
          case "response.incomplete": {
            const response = isJsonObject(value.response) ? value.response : {};
            const details = isJsonObject(response.incomplete_details) ? response.incomplete_details : {};
            return { kind: "failed", failure: incomplete(details.reason) };
          }
          case "response.failed":
            return {
              kind: "failed",
              failure: failureOfEvent(isJsonObject(value.response) ? value.response.error : undefined),
            };
          case "error":
            return { kind: "failed", failure: failureOfEvent(isJsonObject(value.error) ? value.error : value) };
          default:
            return null;
        }
      },
      done: () => null,
      closed: () => ({ kind: "failed", failure: streamBroken("stream closed before response.completed") }),
    },
    onEnd,
  );
}
