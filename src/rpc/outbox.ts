import type { WireMessage } from "./message.ts";

/** How messages that wait for a slow reader are made fewer. Pure. */
export interface Coalescing {
  /** Where a message belongs; null: nowhere, and no message that comes later goes ahead of it. */
  placeOf(message: WireMessage): Place | null;
  /** Two messages of one place as one that says the same, and by how many characters it is longer than the earlier one, about. */
  merge(earlier: WireMessage, later: WireMessage): { readonly message: WireMessage; readonly moreChars: number };
}

export interface Place {
  /** A thread, for example: what is said of another lane may be overtaken. */
  readonly lane: string;
  /** Messages of a lane with the same key become one, if only messages with keys are between them; null: it is never merged. */
  readonly key: string | null;
  /** True: they become one only if nothing at all of the lane is between them. */
  readonly isStrict: boolean;
}

export interface OutboxOptions {
  readonly coalescing?: Coalescing | undefined;
  /** With more than so many characters waiting, messages are coalesced. Default 256 Ki. */
  readonly coalesceFrom?: number | undefined;
}

/** What waits to be written to one reader, in order. */
export interface Outbox {
  /** Characters that wait. */
  readonly chars: number;
  readonly isEmpty: boolean;
  /** @throws when the message cannot be written, being too large or no JSON */
  push(message: WireMessage): void;
  /** The next texts, of at most so many characters together, or a longer one alone; none when nothing waits. */
  take(maxChars: number): readonly string[];
  clear(): void;
}

/** Written down already, or still open to what comes later. */
type Entry = { readonly text: string; readonly chars: number } | { text: null; message: WireMessage; chars: number };
type OpenEntry = Extract<Entry, { text: null }>;

export function createOutbox({ coalescing, coalesceFrom = 256 * 1024 }: OutboxOptions): Outbox {
  const entries: Entry[] = [];
  let chars = 0;
  /** By lane and key, the entry that a later message can join. */
  const lanes = new Map<string, Map<string, OpenEntry>>();

  const add = (entry: Entry): void => {
    entries.push(entry);
    chars += entry.chars;
  };

  const push = (message: WireMessage): void => {
    // Where a message belongs is not looked up while the reader keeps up.
    const isBehind = chars >= coalesceFrom || lanes.size > 0;
    const place = isBehind ? (coalescing?.placeOf(message) ?? null) : null;
    const key = place?.key ?? null;
    const known = place === null || key === null ? undefined : lanes.get(place.lane)?.get(key);
    if (coalescing !== undefined && known !== undefined) {
      const merged = coalescing.merge(known.message, message);
      known.message = merged.message;
      known.chars += merged.moreChars;
      chars += merged.moreChars;
      return;
    }
    const text = JSON.stringify(message);
    if (place === null) lanes.clear();
    else if (key === null || place.isStrict) lanes.delete(place.lane);
    if (place === null || key === null || chars < coalesceFrom) return add({ text, chars: text.length });
    const entry: OpenEntry = { text: null, message, chars: text.length };
    add(entry);
    const keys = lanes.get(place.lane) ?? new Map<string, OpenEntry>();
    lanes.set(place.lane, keys.set(key, entry));
  };

  return {
    get chars() {
      return chars;
    },
    get isEmpty() {
      return entries.length === 0;
    },
    push,
    take(maxChars) {
      const texts: string[] = [];
      let taken = 0;
      for (const entry of entries) {
        if (texts.length > 0 && taken + entry.chars > maxChars) break;
        texts.push(entry.text ?? JSON.stringify(entry.message));
        taken += entry.chars;
      }
      entries.splice(0, texts.length);
      chars -= taken;
      // What is gone cannot grow any more; the few that still could are begun anew.
      lanes.clear();
      return texts;
    },
    clear() {
      entries.length = 0;
      chars = 0;
      lanes.clear();
    },
  };
}
