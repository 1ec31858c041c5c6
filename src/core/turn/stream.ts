import type { ItemOf } from "../../protocol/items.ts";
import type { MessageItem, ModelEvent, ReasoningResponseItem, ResponseItem, WebSearchCall } from "../model/types.ts";
import type { Clock } from "../thread/clock.ts";
import type { Journal } from "../thread/journal.ts";
import type { RolloutEntry } from "../thread/rollout/lines.ts";
import type { ToolCall } from "./machine.ts";
import { agentMessage, reasoning, webSearch } from "./view-items.ts";

interface OpenMessage {
  readonly kind: "agentMessage";
  readonly id: string;
  readonly startedAtMs: number;
  readonly phase: "commentary" | "final_answer" | null;
  text: string;
}
interface OpenReasoning {
  readonly kind: "reasoning";
  readonly id: string;
  readonly startedAtMs: number;
  readonly summary: string[];
  readonly content: string[];
}
interface OpenSearch {
  readonly kind: "webSearch";
  readonly id: string;
  readonly startedAtMs: number;
}
type OpenItem = OpenMessage | OpenReasoning | OpenSearch;

/** Turns the events of one response into recorded items and shown deltas. One for each request. */
export interface ResponseStream {
  /** The last message of the model that came to its end; null before. */
  readonly lastMessage: ItemOf<"agentMessage"> | null;
  /** @returns the tool call that became complete with this event, if one did. @throws RolloutWriteError */
  accept(event: ModelEvent): ToolCall | null;
  /**
   * Ends what is still open because the stream broke or the user stopped it. `keep`: the text of a message also stays in the history, so that
   * the model knows what it had said. @throws RolloutWriteError
   */
  closeOpen(options: { readonly keep: boolean }): void;
}

export function createResponseStream(
  journal: Journal,
  ids: {
    readonly threadId: string;
    readonly turnId: string;
    /** Gives an item of the model its id in the thread: its own, or a new one when that is missing or taken. */
    readonly claimId: (wanted: string | undefined) => string;
  },
  clock: Clock,
): ResponseStream {
  const { threadId, turnId } = ids;
  /** By the model's own id, which may be another one than the item's in the thread. */
  const open = new Map<string, OpenItem>();
  // Deltas come in runs for one item: the last one is kept at hand.
  let current: OpenItem | undefined;
  let lastMessage: ItemOf<"agentMessage"> | null = null;

  let currentId: string | undefined;
  const find = (modelId: string): OpenItem | undefined => {
    if (currentId !== modelId) {
      currentId = modelId;
      current = open.get(modelId);
    }
    return current;
  };

  const start = (modelId: string | undefined, item: OpenItem): OpenItem => {
    if (modelId !== undefined) open.set(modelId, item);
    currentId = undefined;
    const view = toView(item, null, false);
    journal.commit(
      [{ type: "item_started", payload: { turnId, item: view } }],
      [{ type: "itemStarted", threadId, turnId, item: view, startedAtMs: item.startedAtMs }],
    );
    return item;
  };

  const openFor = (item: ResponseItem): OpenItem | null => {
    const startedAtMs = clock.now();
    if (item.type === "message" && item.role === "assistant") {
      const id = ids.claimId(item.id);
      return start(item.id, { kind: "agentMessage", id, startedAtMs, phase: item.phase ?? null, text: "" });
    }
    if (item.type === "reasoning") {
      const id = ids.claimId(item.id);
      return start(item.id, { kind: "reasoning", id, startedAtMs, summary: [], content: [] });
    }
    if (item.type === "web_search_call") {
      return start(item.id, { kind: "webSearch", id: ids.claimId(item.id), startedAtMs });
    }
    return null;
  };

  const itemDone = (item: ResponseItem): ToolCall | null => {
    if (item.type === "function_call" || item.type === "custom_tool_call") {
      journal.commit([{ type: "response_item", payload: { item } }], []);
      return item;
    }
    // Never the model's to give.
    if (item.type === "function_call_output" || item.type === "custom_tool_call_output") return null;
    if (item.type === "compaction") return null;
    const opened = (item.id === undefined ? undefined : open.get(item.id)) ?? openFor(item);
    if (opened === null) return null;
    const { id } = opened;
    const at = clock.now();
    const times = { id, startedAtMs: opened.startedAtMs, completedAtMs: at };
    const view = viewOfDone(item, times);
    if (item.id !== undefined) open.delete(item.id);
    currentId = undefined;
    if (view.type === "agentMessage") lastMessage = view;
    journal.commit(
      [
        {
          type: "response_item",
          payload: { item, view: { kind: opened.kind, turnId, id, startedAt: opened.startedAtMs, at } },
        },
      ],
      [{ type: "itemCompleted", threadId, turnId, item: view, completedAtMs: at }],
    );
    return null;
  };

  return {
    get lastMessage() {
      return lastMessage;
    },
    accept(event) {
      switch (event.type) {
        case "textDelta": {
          const item = find(event.itemId);
          if (item?.kind !== "agentMessage") return null;
          item.text += event.delta;
          journal.delta(
            { type: "agentMessageDelta", threadId, turnId, itemId: item.id, delta: event.delta },
            { turnId, itemId: item.id, part: { of: "text", index: 0 } },
            event.delta,
          );
          return null;
        }
        case "reasoningSummaryPartAdded": {
          const item = find(event.itemId);
          if (item?.kind !== "reasoning" || !isPart(event.summaryIndex)) return null;
          extend(item.summary, event.summaryIndex, "");
          journal.emit({
            type: "reasoningSummaryPartAdded",
            threadId,
            turnId,
            itemId: item.id,
            summaryIndex: event.summaryIndex,
          });
          return null;
        }
        case "reasoningSummaryDelta": {
          const item = find(event.itemId);
          if (item?.kind !== "reasoning" || !isPart(event.summaryIndex)) return null;
          const { summaryIndex, delta } = event;
          extend(item.summary, summaryIndex, delta);
          journal.delta(
            { type: "reasoningSummaryTextDelta", threadId, turnId, itemId: item.id, summaryIndex, delta },
            { turnId, itemId: item.id, part: { of: "summary", index: summaryIndex } },
            delta,
          );
          return null;
        }
        case "reasoningTextDelta": {
          const item = find(event.itemId);
          if (item?.kind !== "reasoning" || !isPart(event.contentIndex)) return null;
          const { contentIndex, delta } = event;
          extend(item.content, contentIndex, delta);
          journal.delta(
            { type: "reasoningTextDelta", threadId, turnId, itemId: item.id, contentIndex, delta },
            { turnId, itemId: item.id, part: { of: "content", index: contentIndex } },
            delta,
          );
          return null;
        }
        case "itemAdded": {
          const { item } = event;
          if (item.id !== undefined && !open.has(item.id)) openFor(item);
          return null;
        }
        case "itemDone":
          return itemDone(event.item);
        default:
          return event satisfies never;
      }
    },
    closeOpen({ keep }) {
      const entries: RolloutEntry[] = [];
      const closed = [...open.values()];
      const at = clock.now();
      for (const item of closed) {
        if (keep && item.kind === "agentMessage" && item.text !== "") {
          entries.push({
            type: "response_item",
            payload: {
              item: {
                type: "message",
                role: "assistant",
                content: [{ type: "output_text", text: item.text, annotations: [] }],
              },
              view: { kind: item.kind, turnId, id: item.id, startedAt: item.startedAtMs, at, isPartial: true },
            },
          });
        } else entries.push({ type: "item_completed", payload: { turnId, item: toView(item, at, true) } });
      }
      open.clear();
      currentId = undefined;
      if (closed.length === 0) return;
      journal.commit(
        entries,
        closed.map((item) => ({
          type: "itemCompleted",
          threadId,
          turnId,
          item: toView(item, at, true),
          completedAtMs: at,
        })),
      );
    },
  };
}

type Shown = MessageItem | ReasoningResponseItem | WebSearchCall;

function viewOfDone(item: Shown, times: Parameters<typeof webSearch>[1]) {
  if (item.type === "reasoning") return reasoning(item, times);
  return item.type === "web_search_call" ? webSearch(item, times) : agentMessage(item, { ...times, isPartial: false });
}

function toView(item: OpenItem, completedAtMs: number | null, isPartial: boolean) {
  const times = { id: item.id, startedAtMs: item.startedAtMs, completedAtMs };
  if (item.kind === "webSearch") return webSearch({}, times);
  return item.kind === "agentMessage"
    ? agentMessage(
        { content: [{ type: "output_text", text: item.text }], phase: item.phase },
        { ...times, isPartial: isPartial },
      )
    : reasoning(
        {
          summary: item.summary.map((text) => ({ type: "summary_text", text })),
          content: item.content.map((text) => ({ type: "reasoning_text", text })),
        },
        times,
      );
}

/** Parts of a reasoning come one after the other; an index beyond all reason is not followed. */
const isPart = (index: number): boolean => Number.isInteger(index) && index >= 0 && index <= 1000;

/** Appends to part `index`; a model that skips an index leaves empty parts. */
function extend(parts: string[], index: number, text: string): void {
  while (parts.length <= index) parts.push("");
  parts[index] = (parts[index] ?? "") + text;
}
