import type { Clock } from "./clock.ts";
import type { ThreadEvent } from "./events.ts";
import { type History, serializeItem } from "./history.ts";
import { isPartIndex } from "./rollout/checkpoints.ts";
import type { Checkpoint, RolloutEntry } from "./rollout/lines.ts";
import type { RolloutMark, RolloutWriter } from "./rollout/writer.ts";

/** Unfinished text reaches the disk after this time or this much of it, whichever comes first. */
const checkpointMs = 250;
const checkpointChars = 16 * 1024;

type Part = Omit<Checkpoint, "text">;

/**
 * The one way in which a thread changes: what happened is recorded, then it is part of the prompt, then it is shown. Deltas are shown at once
 * and checkpointed shortly after.
 */
export interface Journal {
  /**
   * Records all entries with one write, appends their response items to the history, then emits the events in order.
   * @throws RolloutWriteError; then nothing was appended and nothing is emitted
   */
  commit(entries: readonly RolloutEntry[], events: readonly ThreadEvent[]): void;
  /** Hears of each entry from now on, once it is recorded. Must not throw. */
  observe(observer: (entry: RolloutEntry) => void): void;
  /** A commit failed: what is in memory is not what is on the disk. */
  readonly isBroken: boolean;
  /** Shows a piece of unfinished text of an open item. */
  delta(event: ThreadEvent, part: Part, text: string): void;
  /** Shows something that leaves no trace of its own (a status, a warning). */
  emit(event: ThreadEvent): void;
  /** Everything committed so far is on the disk when it resolves. Rejects with RolloutWriteError. */
  sync(): Promise<void>;
  /**
   * Brings unfinished text to the disk now, for a reader of a running thread. What was emitted before is in what the mark tells, what is
   * emitted after it is not. Null: nothing is recorded.
   */
  mark(): RolloutMark | null;
  close(): Promise<void>;
}

/** `writer` is null for an ephemeral thread. */
export function createJournal(
  writer: RolloutWriter | null,
  history: History,
  emit: (event: ThreadEvent) => void,
  clock: Clock,
): Journal {
  const observers: ((entry: RolloutEntry) => void)[] = [];
  let pending: { part: Part; text: string }[] = [];
  let pendingChars = 0;
  let lastFlush = 0;
  let timer: NodeJS.Timeout | null = null;
  let isBroken = false;

  /** Only the text of an item that is open is worth a checkpoint. */
  const openItems = new Set<string>();

  const track = (entry: RolloutEntry): void => {
    if (entry.type === "item_started") openItems.add(entry.payload.item.id);
    else if (entry.type === "item_completed") ended(entry.payload.item.id);
    else if (entry.type === "compacted") ended(entry.payload.id);
    else if (entry.type === "response_item" && entry.payload.view !== undefined) ended(entry.payload.view.id);
  };

  const ended = (itemId: string): void => {
    if (!openItems.delete(itemId)) return;
    pending = pending.filter(({ part }) => part.itemId !== itemId);
    pendingChars = pending.reduce((sum, { text }) => sum + text.length, 0);
    if (pending.length === 0) stopTimer();
    writer?.forget(itemId);
  };

  const stopTimer = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  const flush = (): void => {
    stopTimer();
    lastFlush = clock.now();
    for (const { part, text } of pending) writer?.checkpoint({ ...part, text });
    pending = [];
    pendingChars = 0;
  };

  return {
    get isBroken() {
      return isBroken;
    },
    observe: (observer) => void observers.push(observer),
    commit(entries, events) {
      try {
        writer?.append(entries);
      } catch (error) {
        isBroken = true;
        throw error;
      }
      for (const entry of entries) {
        if (entry.type === "response_item") {
          history.append(serializeItem(entry.payload.item), entry.payload.view?.kind === "userMessage");
        } else if (entry.type === "compacted") history.replace(entry.payload.input, entry.payload.userMessages);
        track(entry);
        for (const observe of observers) observe(entry);
      }
      for (const event of events) emit(event);
    },
    delta(event, part, text) {
      emit(event);
      if (writer === null || !openItems.has(part.itemId) || !isPartIndex(part.part.index)) return;
      const last = pending.at(-1);
      if (last !== undefined && isSame(last.part, part)) last.text += text;
      else pending.push({ part, text });
      pendingChars += text.length;
      if (pendingChars >= checkpointChars) return flush();
      timer ??= setTimeout(flush, Math.max(0, Math.min(checkpointMs, lastFlush + checkpointMs - clock.now())));
    },
    emit,
    mark() {
      flush();
      return writer?.mark() ?? null;
    },
    sync: () => writer?.sync() ?? Promise.resolve(),
    async close() {
      if (timer !== null) flush();
      await writer?.close();
    },
  };
}

const isSame = (a: Part, b: Part): boolean =>
  a.itemId === b.itemId && a.part.of === b.part.of && a.part.index === b.part.index;
