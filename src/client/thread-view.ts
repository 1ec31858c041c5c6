import type { AnyItem } from "../protocol/items.ts";
import type { ServerNotification } from "../protocol/methods.ts";
import type { PlanStep } from "../protocol/notifications.ts";
import { addTokens, type ThreadTokenUsage, type TokenUsageBreakdown } from "../protocol/settings.ts";
import type { Thread } from "../protocol/threads.ts";
import type { Turn, TurnError, TurnStatus } from "../protocol/turns.ts";
import { applyItemDelta, type ItemDelta } from "./item-delta.ts";

/**
 * A thread as a client shows it: the snapshot of `thread/resume`, brought forward by notifications. Pure: reads no clock, does no I/O.
 * Values are never changed after they were handed out, and what a notification does not touch keeps its identity, so that a view
 * can compare by reference.
 */
export type ThreadView = {
  /** The thread itself; its own list of turns is left empty, they are in `turns`. */
  readonly thread: Thread;
  /** Oldest first. */
  readonly turns: readonly TurnView[];
  /** For `thread/turns/list`, newest first: what stands before the first of `turns`; null: nothing. */
  readonly earlier: string | null;
  readonly usage: ThreadTokenUsage | null;
  /** Warnings of the server, oldest first, at most {@link maxNotices}. */
  readonly notices: readonly Notice[];
};

export type Notice = { readonly summary: string; readonly details: string | null };

export type PlanView = { readonly explanation: string | null; readonly steps: readonly PlanStep[] };

export type TurnView = {
  readonly id: string;
  readonly items: readonly AnyItem[];
  readonly status: TurnStatus;
  /** Why the turn failed. */
  readonly error: TurnError | null;
  /** Set while the server waits before the next attempt; gone as soon as anything else happens in the turn. */
  readonly retry: TurnError | null;
  readonly plan: PlanView | null;
  /** All file changes of the turn as one unified diff; empty until there is one. */
  readonly diff: string;
  /** Tokens of all responses of the turn; null until the server reports them. */
  readonly tokens: TokenUsageBreakdown | null;
  /** Unix seconds. */
  readonly startedAt: number | null;
  readonly durationMs: number | null;
};

export const maxNotices = 20;

/** The view of a snapshot: a thread as `thread/start`, `thread/resume` or `thread/read` return it. */
export function fromThread(thread: Thread): ThreadView {
  const turns = thread.turns.map(fromTurn);
  return { thread: { ...thread, turns: [] }, turns, earlier: null, usage: null, notices: [] };
}

/** Advances a view by one notification. What does not concern the thread, or is unknown, returns the same object. */
export function reduceThread(view: ThreadView, notification: ServerNotification): ThreadView {
  return foldThread(view, [notification]);
}

/**
 * Advances a view by many notifications at once, in order. Lists are copied once per call and then appended to, so a burst of
 * n deltas costs O(n), however long the thread is.
 */
export function foldThread(view: ThreadView, notifications: readonly ServerNotification[]): ThreadView {
  const draft = new Draft(view);
  for (const notification of notifications) draft.apply(notification);
  return draft.finish();
}

/** The view of a turn as the server returns it, with all its items. */
export function fromTurn(turn: Turn): TurnView {
  return {
    id: turn.id,
    items: turn.items,
    status: turn.status,
    error: turn.error ?? null,
    retry: null,
    plan: null,
    diff: "",
    tokens: null,
    startedAt: turn.startedAt ?? null,
    durationMs: turn.durationMs ?? null,
  };
}

type TurnDraft = { -readonly [K in keyof TurnView]: TurnView[K] } & { items: AnyItem[] };

/** The copy-on-first-write state of one {@link foldThread}. Nothing of it is visible before `finish`. */
class Draft {
  readonly #start: ThreadView;
  #next: ThreadView;
  #turns: TurnView[] | undefined;
  readonly #owned = new Map<number, TurnDraft>();

  constructor(view: ThreadView) {
    this.#start = view;
    this.#next = view;
  }

  finish(): ThreadView {
    if (this.#next === this.#start && this.#turns === undefined) return this.#start;
    return this.#turns === undefined ? this.#next : { ...this.#next, turns: this.#turns };
  }

  apply(notification: ServerNotification): void {
    const { method, params } = notification;
    switch (method) {
      case "configWarning":
      case "deprecationNotice":
        return this.#notice(params.summary, params.details ?? null);
      case "warning":
        if (this.#isOurs(params.threadId ?? this.#start.thread.id)) this.#notice(params.message, null);
        return;
      case "thread/started":
        if (this.#isOurs(params.thread.id)) this.#next = { ...this.#next, thread: { ...params.thread, turns: [] } };
        return;
      case "account/updated":
      case "account/login/completed":
      case "account/rateLimits/updated":
      case "account/gatewayOAuth/changed":
      case "remoteControl/status/changed":
      case "serverRequest/resolved":
      case "command/exec/outputDelta":
      case "fs/changed":
      case "fuzzyFileSearch/sessionUpdated":
      case "fuzzyFileSearch/sessionCompleted":
        return;
    }
    if (!this.#isOurs(params.threadId)) return;
    switch (method) {
      case "thread/status/changed":
        this.#next = { ...this.#next, thread: { ...this.#next.thread, status: params.status } };
        return;
      case "thread/name/updated":
        this.#next = { ...this.#next, thread: { ...this.#next.thread, name: params.threadName ?? null } };
        return;
      case "thread/tokenUsage/updated":
        return this.#usage(params.turnId, params.tokenUsage);
      case "turn/started":
        return this.#turnStarted(params.turn);
      case "turn/completed":
        return this.#turnCompleted(params.turn);
      case "turn/diff/updated":
        this.#turn(params.turnId).diff = params.diff;
        return;
      case "turn/plan/updated":
        // Told again after a resume, also of a turn that is over: a turn that is not shown is not made for its plan.
        if (this.#known(params.turnId) === undefined) return;
        this.#turn(params.turnId).plan = { explanation: params.explanation ?? null, steps: params.plan };
        return;
      case "item/started":
        return this.#startItem(params.turnId, params.item);
      case "item/completed":
        return this.#putItem(params.turnId, params.item);
      case "item/agentMessage/delta":
      case "item/reasoning/summaryPartAdded":
      case "item/reasoning/summaryTextDelta":
      case "item/reasoning/textDelta":
      case "item/commandExecution/outputDelta":
        return this.#delta(params.turnId, params.itemId, notification);
      case "error":
        return this.#error(params.turnId, params.error, params.willRetry);
    }
  }

  #isOurs(threadId: string): boolean {
    return threadId === this.#start.thread.id;
  }

  #notice(summary: string, details: string | null): void {
    this.#next = { ...this.#next, notices: [...this.#next.notices, { summary, details }].slice(-maxNotices) };
  }

  #known(turnId: string): TurnView | undefined {
    return (this.#turns ?? this.#start.turns).findLast((turn) => turn.id === turnId);
  }

  /** The turn, ready to be written to; made if the client joined too late to have heard of it. */
  #turn(turnId: string): TurnDraft {
    const turns = (this.#turns ??= [...this.#start.turns]);
    let index = turns.findLastIndex((turn) => turn.id === turnId);
    if (index === -1) {
      index = turns.length;
      turns.push(fromTurn({ id: turnId, items: [], itemsView: "full", status: "inProgress" }));
    }
    const owned = this.#owned.get(index);
    if (owned !== undefined) return owned;
    const turn = turns[index];
    if (turn === undefined) throw new Error("unreachable: the turn was just found or added");
    const draft: TurnDraft = { ...turn, items: [...turn.items] };
    this.#owned.set(index, draft);
    turns[index] = draft;
    return draft;
  }

  #turnStarted(started: Turn): void {
    const turn = this.#turn(started.id);
    turn.startedAt = started.startedAt ?? turn.startedAt;
    // A turn that is over stays so: the snapshot can be ahead of what the server still had to tell.
    if (turn.status === "inProgress") turn.status = started.status;
    for (const item of started.items) this.#startItem(started.id, item);
  }

  #turnCompleted(completed: Turn): void {
    const turn = this.#turn(completed.id);
    turn.status = completed.status;
    turn.error = completed.error ?? turn.error;
    turn.retry = null;
    turn.startedAt = completed.startedAt ?? turn.startedAt;
    turn.durationMs = completed.durationMs ?? null;
    // The items were told one by one; the list here may be a summary. Only what was missed is taken from it.
    const known = new Set(turn.items.map((item) => item.id));
    for (const item of completed.items) if (!known.has(item.id)) turn.items.push(item);
  }

  #startItem(turnId: string, item: AnyItem): void {
    const isOver = this.#turn(turnId).items.some((known) => known.id === item.id && isClosed(known));
    if (!isOver) this.#putItem(turnId, item);
  }

  #putItem(turnId: string, item: AnyItem): void {
    const turn = this.#turn(turnId);
    turn.retry = null;
    putItem(turn, item);
  }

  #delta(turnId: string, itemId: string, delta: ItemDelta): void {
    const turn = this.#turn(turnId);
    turn.retry = null;
    const index = turn.items.findLastIndex((item) => item.id === itemId);
    const item = turn.items[index];
    // A delta without an open item has nowhere to go: `item/completed` brings the whole text, or has brought it.
    if (item !== undefined && !isClosed(item)) turn.items[index] = applyItemDelta(item, delta);
  }

  #error(turnId: string, error: TurnError, willRetry: boolean): void {
    const turn = this.#turn(turnId);
    if (willRetry) turn.retry = error;
    else turn.error = error;
  }

  #usage(turnId: string, usage: ThreadTokenUsage): void {
    const isRepeated = usage.total.totalTokens === this.#next.usage?.total.totalTokens;
    this.#next = { ...this.#next, usage };
    // Each report covers one response (`last`), so a turn's share is the sum of its reports. One with the same total, or on a turn
    // that is over, repeats what is known: servers send it after each resume, whoever asked for that.
    if (isRepeated || this.#known(turnId)?.status !== "inProgress") return;
    const turn = this.#turn(turnId);
    turn.tokens = turn.tokens === null ? usage.last : addTokens(turn.tokens, usage.last);
  }
}

/** Complete, in a snapshot or by `item/completed`: nothing that arrives late opens it again. */
const isClosed = (item: AnyItem): boolean => typeof item.completedAtMs === "number";

function putItem(turn: TurnDraft, item: AnyItem): void {
  const index = turn.items.findLastIndex((other) => other.id === item.id);
  if (index === -1) turn.items.push(item);
  else turn.items[index] = item;
}
