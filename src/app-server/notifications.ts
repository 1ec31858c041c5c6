import type { ThreadEvent } from "../core/thread/events.ts";
import { wireSettings } from "./thread-settings.ts";
import type { NoticeIn, ServerNotifications } from "../protocol/methods.ts";

/** A notification as it is sent. */
export type OutgoingNotification = {
  [M in keyof ServerNotifications]: { readonly method: M; readonly params: NoticeIn<ServerNotifications, M> };
}[keyof ServerNotifications];

const unreachable = (event: never): never => {
  throw new Error(`There is no notification for ${JSON.stringify(event)}.`);
};

/** What a client hears of an event. `hasReview`: the client opted in to Turnwright's own members. */
export function notificationOf(event: ThreadEvent, hasReview: boolean): OutgoingNotification {
  const { threadId } = event;
  switch (event.type) {
    case "threadStarted":
      return { method: "thread/started", params: { thread: event.thread } };
    case "statusChanged":
      return { method: "thread/status/changed", params: { threadId, status: event.status } };
    case "threadClosed":
      return { method: "thread/closed", params: { threadId } };
    case "turnStarted":
      return { method: "turn/started", params: { threadId, turn: event.turn } };
    case "turnCompleted":
      return { method: "turn/completed", params: { threadId, turn: event.turn } };
    case "queueChanged":
      return { method: "thread/queue/changed", params: { threadId } };
    case "settingsUpdated":
      return {
        method: "thread/settings/updated",
        params: { threadId, threadSettings: wireSettings(event.settings, hasReview) },
      };
    case "warning":
      return { method: "warning", params: { threadId, message: event.message } };
    case "itemStarted": {
      const { item, turnId, startedAtMs } = event;
      return { method: "item/started", params: { item, threadId, turnId, startedAtMs } };
    }
    case "itemCompleted": {
      const { item, turnId, completedAtMs } = event;
      return { method: "item/completed", params: { item, threadId, turnId, contentTokenCount: null, completedAtMs } };
    }
    case "agentMessageDelta": {
      const { turnId, itemId, delta } = event;
      return { method: "item/agentMessage/delta", params: { threadId, turnId, itemId, delta } };
    }
    case "reasoningSummaryPartAdded": {
      const { turnId, itemId, summaryIndex } = event;
      return { method: "item/reasoning/summaryPartAdded", params: { threadId, turnId, itemId, summaryIndex } };
    }
    case "reasoningSummaryTextDelta": {
      const { turnId, itemId, delta, summaryIndex } = event;
      return { method: "item/reasoning/summaryTextDelta", params: { threadId, turnId, itemId, delta, summaryIndex } };
    }
    case "reasoningTextDelta": {
      const { turnId, itemId, delta, contentIndex } = event;
      return { method: "item/reasoning/textDelta", params: { threadId, turnId, itemId, delta, contentIndex } };
    }
    case "commandOutputDelta": {
      const { turnId, itemId, delta } = event;
      return { method: "item/commandExecution/outputDelta", params: { threadId, turnId, itemId, delta } };
    }
    case "rawItem": {
      const { turnId, item } = event;
      return { method: "rawResponseItem/completed", params: { threadId, turnId, item: { ...item } } };
    }
    case "rawResponse": {
      const { turnId, responseId, usage } = event;
      const counted = usage === null ? null : { ...usage, cacheWriteInputTokens: 0 };
      const params = { threadId, turnId, responseId, usage: counted, usageMetadata: null };
      return { method: "rawResponse/completed", params };
    }
    case "planUpdated": {
      const { turnId, explanation, plan } = event;
      return { method: "turn/plan/updated", params: { threadId, turnId, explanation, plan: [...plan] } };
    }
    case "diffUpdated": {
      const { turnId, diff } = event;
      return { method: "turn/diff/updated", params: { threadId, turnId, diff } };
    }
    case "tokenUsageUpdated": {
      const { turnId } = event;
      const { cost, ...common } = event.tokenUsage;
      const tokenUsage = hasReview && cost !== undefined ? { ...common, cost } : common;
      return { method: "thread/tokenUsage/updated", params: { threadId, turnId, tokenUsage } };
    }
    case "error": {
      const { turnId, error, willRetry } = event;
      const { retryInMs: _, ...common } = error;
      return { method: "error", params: { error: hasReview ? error : common, willRetry, threadId, turnId } };
    }
    default:
      return unreachable(event);
  }
}
