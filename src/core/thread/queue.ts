import type { QueuedSubmission } from "../../protocol/queue.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Journal } from "./journal.ts";
import { notRecorded } from "./not-recorded.ts";
import type { RolloutEntry } from "./rollout/lines.ts";
import { applyQueueChange, type QueueChange } from "./rollout/queue-change.ts";
import { findQueued, type QueueRequest, requestedChange } from "./queue-request.ts";
import { ThreadRequestError } from "./threads.ts";

/** Messages of a loaded thread that wait for their turn, and when they are sent. */
export interface TurnQueue {
  readonly list: readonly QueuedSubmission[];
  /** What is recorded together with the turn that the message begins; nothing when it did not have to wait. */
  leaving(submission: QueuedSubmission | null): readonly RolloutEntry[];
  /** A turn has begun and is recorded: with this message, or (null) another one. */
  turnBegan(submission: QueuedSubmission | null): void;
  turnEnded(status: Turn["status"]): void;
  /** Changes the queue as asked; a message that need not wait is sent. False: nothing to change. Rejects with ThreadRequestError. */
  change(request: QueueRequest): Promise<boolean>;
  /** Sends one message (null: the first one) now. Rejects with ThreadRequestError. */
  start(id: string | null): Promise<Turn>;
  /** Sends the next message, if nothing runs and nothing holds it back. Never rejects: what cannot be sent waits, and the user is told. */
  advance(): Promise<void>;
}

export function createTurnQueue(
  from: {
    readonly queue: readonly QueuedSubmission[];
    /** How the last turn ended; null: there was none. */
    readonly lastTurn: Turn["status"] | null;
  },
  thread: {
    readonly threadId: string;
    readonly journal: Journal;
    /** Runs work when no turn is being prepared. */
    exclusively<T>(work: () => Promise<T>): Promise<T>;
    /** Nothing begins in it any more. */
    isOver(): boolean;
    /** @throws ThreadRequestError when it has just been closed */
    refuseRetired(): void;
    isActive(): Promise<boolean>;
    begin(submission: QueuedSubmission): Promise<Turn>;
  },
): TurnQueue {
  const { threadId, journal } = thread;
  let list = from.queue;
  /** Whoever stopped a turn, or has to read why it failed, wants to decide what comes next. */
  let isHeld = list.length > 0 && from.lastTurn !== "completed";

  const tell = (): void => journal.emit({ type: "queueChanged", threadId });

  const refuse = (message: string): ThreadRequestError => new ThreadRequestError("badInput", message);

  const record = (change: QueueChange): void => {
    try {
      journal.commit([entryOf(change)], []);
    } catch (error) {
      throw notRecorded(error);
    }
    list = applyQueueChange(list, change);
    tell();
  };

  const leaving = (submission: QueuedSubmission | null): QueueChange | null =>
    submission !== null && list.includes(submission) ? { op: "remove", id: submission.id } : null;

  return {
    get list() {
      return list;
    },
    leaving(submission) {
      const change = leaving(submission);
      return change === null ? [] : [entryOf(change)];
    },
    turnBegan(submission) {
      const change = leaving(submission);
      if (change !== null) list = applyQueueChange(list, change);
      isHeld = false;
      if (submission !== null) tell();
    },
    turnEnded(status) {
      isHeld = status !== "completed" && list.length > 0;
    },
    change: (request) =>
      thread.exclusively(async () => {
        thread.refuseRetired();
        if (request.kind === "add" && list.length === 0 && !(await thread.isActive())) {
          await thread.begin(request.submission);
          return true;
        }
        const change = requestedChange(list, request);
        if (change !== null) record(change);
        return change !== null;
      }),
    start: (id) =>
      thread.exclusively(async () => {
        thread.refuseRetired();
        if (await thread.isActive()) throw refuse("thread already has an active or pending turn");
        const [first] = list;
        if (first === undefined) throw refuse("queue is empty");
        return thread.begin(id === null ? first : findQueued(list, id));
      }),
    advance: () =>
      thread.exclusively(async () => {
        const [next] = list;
        if (next === undefined || isHeld || thread.isOver() || (await thread.isActive())) return;
        try {
          await thread.begin(next);
        } catch (error) {
          isHeld = true;
          const reason = error instanceof Error ? error.message : String(error);
          journal.emit({
            type: "warning",
            threadId,
            message: `A queued message could not be sent and waits: ${reason}`,
          });
        }
      }),
  };
}

const entryOf = (change: QueueChange): RolloutEntry => ({ type: "queue", payload: change });
