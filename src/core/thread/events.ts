import type { ThreadItem } from "../../protocol/items.ts";
import type { PlanStep } from "../../protocol/notifications.ts";
import type { ThreadTokenUsage } from "../../protocol/settings.ts";
import type { Thread, ThreadStatus } from "../../protocol/threads.ts";
import type { Turn, TurnError } from "../../protocol/turns.ts";
import type { ResponseItem, Usage } from "../model/types.ts";
import type { ThreadSettings } from "./settings.ts";

/**
 * Everything a thread tells the outside, in the order it happened. Whatever carries an item was recorded in the rollout before
 * the event was emitted. Events are plain data and are never changed after they were emitted.
 */
export type ThreadEvent = { readonly threadId: string } & (
  | { readonly type: "threadStarted"; readonly thread: Thread }
  | { readonly type: "statusChanged"; readonly status: ThreadStatus }
  /** Nobody followed it, and it was put out of memory; told to everybody. */
  | { readonly type: "threadClosed" }
  | { readonly type: "turnStarted"; readonly turn: Turn }
  | { readonly type: "turnCompleted"; readonly turn: Turn }
  | { readonly type: "queueChanged" }
  /** What later turns run under. */
  | { readonly type: "settingsUpdated"; readonly settings: ThreadSettings }
  | { readonly type: "warning"; readonly message: string }
  | ({ readonly turnId: string } & TurnEvent)
);

type TurnEvent =
  | { readonly type: "itemStarted"; readonly item: ThreadItem; readonly startedAtMs: number }
  | { readonly type: "itemCompleted"; readonly item: ThreadItem; readonly completedAtMs: number }
  | { readonly type: "agentMessageDelta"; readonly itemId: string; readonly delta: string }
  | { readonly type: "reasoningSummaryPartAdded"; readonly itemId: string; readonly summaryIndex: number }
  | {
      readonly type: "reasoningSummaryTextDelta";
      readonly itemId: string;
      readonly summaryIndex: number;
      readonly delta: string;
    }
  | {
      readonly type: "reasoningTextDelta";
      readonly itemId: string;
      readonly contentIndex: number;
      readonly delta: string;
    }
  /** For clients that asked for it: an item of the history, and the end of a response. */
  | { readonly type: "rawItem"; readonly item: ResponseItem }
  | { readonly type: "rawResponse"; readonly responseId: string; readonly usage: Usage | null }
  | { readonly type: "commandOutputDelta"; readonly itemId: string; readonly delta: string }
  | { readonly type: "planUpdated"; readonly explanation: string | null; readonly plan: readonly PlanStep[] }
  | { readonly type: "diffUpdated"; readonly diff: string }
  | { readonly type: "tokenUsageUpdated"; readonly tokenUsage: ThreadTokenUsage }
  | { readonly type: "error"; readonly error: TurnError; readonly willRetry: boolean };
