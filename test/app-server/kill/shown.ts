import type { Travelled } from "../../helpers/cli.ts";

/** Unfinished text that may be missing, and what a busy machine may add to it. */
const missingMs = 250 + 250;

type Json = Readonly<Record<string, unknown>>;

/** An item as a client sees it, with the turn that it is of. */
export interface Item {
  readonly id: string;
  readonly type: string;
  readonly turnId: string;
  readonly status?: string;
  readonly text?: string;
  readonly summary?: string | readonly string[];
  readonly aggregatedOutput?: string | null;
  readonly completedAtMs?: number | null;
}
export interface Turn {
  readonly id: string;
  readonly status: string;
  readonly items: readonly Item[];
}

/** By thread and item. */
export type Shown = Map<string, Map<string, Item>>;

export const itemsOf = (turns: readonly Turn[]): Map<string, Item> =>
  new Map(turns.flatMap((turn) => turn.items.map((item) => [item.id, { ...item, turnId: turn.id }] as const)));

/**
 * Adds what a session showed: each item as it came last, with the text that had come `missingMs` before the last that was heard. Both
 * times are the server's own.
 */
export function showOn(shown: Shown, session: readonly Travelled[]): void {
  const sent = session.flatMap(({ direction, message }) => (direction === "out" ? [message] : []));
  const emittedAt = (message: Json): number => Number(message["emittedAtMs"] ?? 0);
  const endedAt = Math.max(...sent.map(emittedAt));
  for (const message of sent) {
    const params = (message["params"] ?? {}) as Json;
    const threadId = String(params["threadId"]);
    const items = shown.get(threadId) ?? new Map<string, Item>();
    if (message["method"] === "item/started" || message["method"] === "item/completed") {
      const item = { ...(params["item"] as Item), turnId: String(params["turnId"]) };
      shown.set(threadId, items.set(item.id, item));
    }
    const item = items.get(String(params["itemId"]));
    const delta = params["delta"];
    if (item === undefined || typeof delta !== "string" || endedAt - emittedAt(message) < missingMs) continue;
    items.set(item.id, withDelta(item, delta));
  }
}

function withDelta(item: Item, delta: string): Item {
  if (item.type === "agentMessage") return { ...item, text: (item.text ?? "") + delta };
  if (item.type === "commandExecution") return { ...item, aggregatedOutput: (item.aggregatedOutput ?? "") + delta };
  return { ...item, summary: [(item.summary?.[0] ?? "") + delta] };
}

export const textOf = ({ text, aggregatedOutput, summary }: Item): string =>
  text ?? aggregatedOutput ?? (typeof summary === "string" ? summary : (summary ?? []).join(""));
