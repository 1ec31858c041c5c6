import type { Usage } from "../model/types.ts";
import type { ThreadEvent } from "./events.ts";
import type { Journal } from "./journal.ts";

/** Tells a client that asked for it what goes to the model and comes from it, as it is. */
export interface RawEvents {
  /** The clients have heard of the turn that began last: what was recorded with its beginning can be told. */
  turnShown(): void;
  responded(turnId: string, responseId: string, usage: Usage | null): void;
}

export function createRawEvents(threadId: string, journal: Journal): RawEvents {
  let turnId: string | null = null;
  /** Null: the turn has been shown. */
  let waiting: ThreadEvent[] | null = null;
  journal.observe(({ type, payload }) => {
    if (type === "turn_started") {
      ({ turnId } = payload);
      waiting = [];
    }
    if (type !== "response_item" || turnId === null) return;
    const event: ThreadEvent = { type: "rawItem", threadId, turnId, item: payload.item };
    if (waiting === null) journal.emit(event);
    else waiting.push(event);
  });
  return {
    turnShown() {
      for (const event of waiting ?? []) journal.emit(event);
      waiting = null;
    },
    responded: (ofTurn, responseId, usage) =>
      journal.emit({ type: "rawResponse", threadId, turnId: ofTurn, responseId, usage }),
  };
}

/** For everybody else. */
export const noRawEvents: RawEvents = { turnShown: () => undefined, responded: () => undefined };
