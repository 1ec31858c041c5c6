import type { ThreadItem } from "../../../protocol/items.ts";
import type { Turn } from "../../../protocol/turns.ts";
import { seconds } from "../clock.ts";
import { type Checkpoint, maxPartIndex, type RolloutEntry } from "./lines.ts";

/** One turn as it is rebuilt: its items in the order in which they began. */
export class TurnView {
  private readonly items: ThreadItem[] = [];
  /** Where the latest item of an id stands. Ids come from the model, and some give the same one again. */
  private readonly latest = new Map<string, number>();
  private readonly id: string;
  private readonly startedAtMs: number;
  private end: Pick<Turn, "status" | "error" | "completedAt" | "durationMs"> | null = null;

  constructor(id: string, startedAtMs: number) {
    this.id = id;
    this.startedAtMs = startedAtMs;
  }

  /** The latest item with this id. */
  get(itemId: string): ThreadItem | undefined {
    return this.items[this.latest.get(itemId) ?? -1];
  }

  /** A completed item takes the place where it was started; after its end, the same id is another item. Returns the item as it is shown. */
  put(item: ThreadItem): ThreadItem {
    const before = this.get(item.id);
    if (before !== undefined && !isClosed(before)) {
      const shown = { ...item, id: before.id };
      this.items[this.latest.get(item.id) ?? 0] = shown;
      return shown;
    }
    const shown = before === undefined ? item : { ...item, id: `${item.id}~${this.items.length}` };
    this.latest.set(item.id, this.items.length);
    this.items.push(shown);
    return shown;
  }

  complete(status: Turn["status"], atMs: number, error: Turn["error"]): void {
    this.end = { status, error: error ?? null, completedAt: seconds(atMs), durationMs: atMs - this.startedAtMs };
  }

  applyCheckpoint({ itemId, part, text }: Checkpoint): void {
    const item = this.get(itemId);
    if (item === undefined || isClosed(item)) return;
    this.items[this.latest.get(itemId) ?? 0] = withText(item, part, text);
  }

  /** Ends what a dead writer left open, and returns the lines that say so. */
  close(nowMs: number): RolloutEntry[] {
    const entries: RolloutEntry[] = [];
    for (const [itemId, index] of this.latest) {
      const item = this.items[index];
      if (item === undefined || isClosed(item)) continue;
      const closed = closeDead(item, nowMs);
      this.items[index] = closed;
      entries.push({ type: "item_completed", payload: { turnId: this.id, item: { ...closed, id: itemId } } });
    }
    if (this.end !== null) return entries;
    this.complete("interrupted", nowMs, null);
    entries.push({
      type: "turn_completed",
      payload: { turnId: this.id, status: "interrupted", error: null, at: nowMs },
    });
    return entries;
  }

  toTurn(): Turn {
    return {
      id: this.id,
      rootTurnId: this.id,
      items: [...this.items],
      itemsView: "full",
      status: this.end?.status ?? "inProgress",
      error: this.end?.error ?? null,
      startedAt: seconds(this.startedAtMs),
      completedAt: this.end?.completedAt ?? null,
      durationMs: this.end?.durationMs ?? null,
    };
  }
}

const isClosed = (item: ThreadItem): boolean => typeof item.completedAtMs === "number";

function closeDead(item: ThreadItem, completedAtMs: number): ThreadItem {
  switch (item.type) {
    case "agentMessage":
      return { ...item, phase: "partial_answer", completedAtMs };
    case "commandExecution":
    case "fileChange":
      return { ...item, status: "failed", completedAtMs };
    case "reasoning":
    case "userMessage":
    case "webSearch":
    case "contextCompaction":
      return { ...item, completedAtMs };
    default:
      return item satisfies never;
  }
}

function withText(item: ThreadItem, part: Checkpoint["part"], text: string): ThreadItem {
  if (item.type === "agentMessage" && part.of === "text") return { ...item, text: item.text + text };
  if (item.type === "commandExecution" && part.of === "output") {
    return { ...item, aggregatedOutput: (item.aggregatedOutput ?? "") + text };
  }
  if (item.type === "reasoning" && (part.of === "summary" || part.of === "content")) {
    if (part.index > maxPartIndex) return item;
    const parts = [...item[part.of]];
    while (parts.length <= part.index) parts.push("");
    parts[part.index] = (parts[part.index] ?? "") + text;
    return { ...item, [part.of]: parts };
  }
  return item;
}
