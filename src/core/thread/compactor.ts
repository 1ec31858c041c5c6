import type { ItemOf } from "../../protocol/items.ts";
import type { ModelClient, ModelEvent, ModelFailure, ModelRequest, ResponseItem, Usage } from "../model/types.ts";
import {
  type InputEntry,
  keptUserMessages,
  summaryMessage,
  summaryOf,
  summaryRequest,
  withoutOldOutputs,
} from "../prompt/compaction.ts";
import type { Clock } from "./clock.ts";
import type { History } from "./history.ts";
import type { Journal } from "./journal.ts";
import type { RequestRecord, RolloutEntry } from "./rollout/lines.ts";
import { contextCompaction, messageText } from "../turn/view-items.ts";

/** Why a context is compacted: the user asked, it is nearly full, or the model refused it as too long. */
export type CompactionReason = "manual" | "limit" | "overflow";

export type CompactionOutcome =
  /** The history is another one now. */
  | { readonly kind: "compacted" }
  /** It could not be done, and the thread can go on as it is; the user was told. */
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly failure: ModelFailure }
  | { readonly kind: "aborted" };

type CompactionRequest = Pick<RequestRecord, "purpose" | "question" | "input">;

/** What a compaction needs of its thread. */
export interface CompactionPort {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly journal: Journal;
  readonly history: History;
  readonly clock: Clock;
  readonly client: ModelClient;
  /** A request with the history, or `input` in its place, and `question` behind it. It is recorded as sent. @throws RolloutWriteError */
  request(asked: CompactionRequest): ModelRequest;
  /** All that stands before the conversation, read anew. Call `told` once it is recorded. */
  surroundings(): Promise<{
    readonly entries: readonly RolloutEntry[];
    readonly messages: readonly ResponseItem[];
    readonly told: () => void;
  }>;
  /** Plan and files, for after the user's messages; null: there is nothing to tell. */
  workingState(): ResponseItem | null;
  /** Tokens that fit in the context. */
  readonly window: number;
  /** Weight, in bytes, that must go where no model helps; see {@link History.weight}. */
  readonly excessBytes: number;
  addUsage(usage: Usage): void;
}

/**
 * Replaces the history by what matters of it: the surroundings read anew, the user's last messages, plan and files, and a summary by the model
 * or the provider's own form of one. The transcript keeps everything; the compaction is an item in it. Without a model to ask, the oldest
 * outputs of tools are dropped. Rejects with RolloutWriteError.
 */
export async function compact(
  port: CompactionPort,
  reason: CompactionReason,
  wishes: string | null,
  signal: AbortSignal,
): Promise<CompactionOutcome> {
  const { threadId, turnId, itemId, journal, clock } = port;
  const startedAt = clock.now();
  let isOpen = true;
  const show = (item: ItemOf<"contextCompaction">, at: number) =>
    ({ type: "itemCompleted", threadId, turnId, item, completedAtMs: at }) as const;
  const end = (): void => {
    if (!isOpen) return;
    isOpen = false;
    const at = clock.now();
    const item = contextCompaction({ id: itemId, summary: null, startedAtMs: startedAt, completedAtMs: at });
    journal.commit([{ type: "item_completed", payload: { turnId, item } }], [show(item, at)]);
  };
  const opened = contextCompaction({ id: itemId, summary: null, startedAtMs: startedAt, completedAtMs: null });
  journal.commit(
    [{ type: "item_started", payload: { turnId, item: opened } }],
    [{ type: "itemStarted", threadId, turnId, item: opened, startedAtMs: startedAt }],
  );
  // A turn that is stopped ends at once, and its items before it.
  signal.addEventListener("abort", end, { once: true });

  const replace = (input: Replacement, before: readonly RolloutEntry[]): void => {
    const at = clock.now();
    isOpen = false;
    const payload = { turnId, id: itemId, startedAt, at, reason, ...input };
    const item = contextCompaction({
      id: itemId,
      summary: input.summaryAt === null ? null : summaryOf(input.input[input.summaryAt]),
      startedAtMs: startedAt,
      completedAtMs: at,
    });
    journal.commit([...before, { type: "compacted", payload }], [show(item, at)]);
  };

  try {
    const items = port.history.items();
    const made = await digest(port, items, wishes, signal);
    if (made.kind === "digest") {
      const surroundings = await port.surroundings();
      if (signal.aborted) return { kind: "aborted" };
      replace(arrange(made, surroundings.messages, port.workingState()), surroundings.entries);
      surroundings.told();
      return { kind: "compacted" };
    }
    if (signal.aborted || made.kind === "aborted") return { kind: "aborted" };
    const smaller = withoutOldOutputs(items, Math.max(1, port.excessBytes));
    if (reason === "manual" || smaller === null) {
      end();
      if (reason === "overflow" || reason === "manual") return made;
      warn(
        port,
        `The conversation is long and could not be summarized (${made.failure.message}). It goes on as it is.`,
      );
      return { kind: "unchanged" };
    }
    replace({ input: smaller, userMessages: port.history.userMessages, summaryAt: null }, []);
    warn(
      port,
      `The conversation could not be summarized (${made.failure.message}). To make room, the model no longer sees the oldest outputs of its tools; you still do.`,
    );
    return { kind: "compacted" };
  } finally {
    signal.removeEventListener("abort", end);
  }
}

const warn = ({ journal, threadId }: CompactionPort, message: string): void =>
  journal.emit({ type: "warning", threadId, message });

interface Replacement {
  readonly input: readonly InputEntry[];
  /** Indices of the user's own messages in `input`. */
  readonly userMessages: readonly number[];
  /** Index of the readable summary in `input`; null: there is none. */
  readonly summaryAt: number | null;
}

type Digest =
  | {
      readonly kind: "digest";
      readonly userMessages: readonly InputEntry[];
      readonly rest: ResponseItem;
    }
  | { readonly kind: "failed"; readonly failure: ModelFailure }
  | { readonly kind: "aborted" };

/** New surroundings first, so that they are where they were and their beginning is still in the provider's cache. */
function arrange(
  { userMessages, rest }: Extract<Digest, { kind: "digest" }>,
  messages: readonly ResponseItem[],
  workingState: ResponseItem | null,
): Replacement {
  const before = messages.length;
  const input = [...messages, ...userMessages, ...(workingState === null ? [] : [workingState]), rest];
  return {
    input,
    userMessages: userMessages.map((_, index) => before + index),
    summaryAt: rest.type === "message" ? input.length - 1 : null,
  };
}

async function digest(
  port: CompactionPort,
  items: readonly ResponseItem[],
  wishes: string | null,
  signal: AbortSignal,
): Promise<Digest> {
  const { client, history } = port;
  // What the user wants of a summary, only an ordinary request can carry.
  const kind = wishes === null ? client.compaction : "summary";
  const userMessages = keptUserMessages(items, history.userMessages, port.window);
  if (kind === "endpoint") {
    const outcome = await client.compact(port.request({ purpose: "endpoint" }), signal);
    if (outcome.kind === "compacted") {
      if (outcome.usage !== null) port.addUsage(outcome.usage);
      const rest = outcome.output.findLast(({ type }) => type === "compaction");
      if (rest !== undefined) return { kind: "digest", userMessages, rest };
    }
    if (outcome.kind === "aborted") return outcome;
    // Whatever the endpoint has against it, a summary may still come through.
  }
  if (kind === "trigger") {
    const outcome = await ask(port, { purpose: "trigger", question: { type: "compaction_trigger" } }, signal);
    const rest = outcome.items.findLast(({ type }) => type === "compaction");
    if (rest !== undefined) return { kind: "digest", userMessages, rest };
    if (outcome.kind !== "completed") return outcome;
  }
  return summarize(port, items, userMessages, wishes, signal);
}

async function summarize(
  port: CompactionPort,
  items: readonly ResponseItem[],
  userMessages: readonly InputEntry[],
  wishes: string | null,
  signal: AbortSignal,
): Promise<Digest> {
  const question = summaryRequest(wishes);
  let outcome = await ask(port, { purpose: "summary", question }, signal);
  if (outcome.kind === "failed" && outcome.failure.info === "contextWindowExceeded") {
    // Too long even to be summarized: without the oldest outputs it may fit.
    const smaller = withoutOldOutputs(items, Math.max(1, port.excessBytes)) ?? [];
    if (smaller.length > 0) outcome = await ask(port, { purpose: "summary", question, input: smaller }, signal);
  }
  if (outcome.kind !== "completed") return outcome;
  const summary = outcome.items
    .map((item) => (item.type === "message" ? messageText(item) : ""))
    .join("\n\n")
    .trim();
  if (summary !== "") return { kind: "digest", userMessages, rest: summaryMessage(summary) };
  return {
    kind: "failed",
    failure: { message: "the model gave no summary", info: "other", details: null, retry: "no", retryAfterMs: null },
  };
}

type Asked =
  | { readonly kind: "completed"; readonly items: readonly ResponseItem[] }
  | { readonly kind: "failed"; readonly failure: ModelFailure; readonly items: readonly ResponseItem[] }
  | { readonly kind: "aborted"; readonly items: readonly ResponseItem[] };

/** One request whose answer is not shown. */
async function ask(port: CompactionPort, asked: CompactionRequest, signal: AbortSignal): Promise<Asked> {
  const items: ResponseItem[] = [];
  const collect = (event: ModelEvent): void => {
    if (event.type === "itemDone") items.push(event.item);
  };
  const outcome = await port.client.createResponse(port.request(asked), collect, signal);
  if (outcome.kind !== "completed") return { ...outcome, items };
  if (outcome.usage !== null) port.addUsage(outcome.usage);
  return { kind: "completed", items };
}
