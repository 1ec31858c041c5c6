import { bodyOf, type EpochReason, type RecordedCall } from "./calls.ts";

/** Where in a body something stands. */
export type BodyPlace =
  | { readonly part: "model" | "instructions" | "tools" | "parameters" }
  /** `index`: from 0. */
  | { readonly part: "input"; readonly index: number }
  /** Behind the last item of the shorter input. */
  | { readonly part: "endOfInput" };

export interface Comparison {
  /** The first byte, from 0, in which the two bodies differ; null: they are the same. */
  readonly offset: number | null;
  /** What stands there in each of them. */
  readonly places: readonly [BodyPlace, BodyPlace] | null;
  /** Instructions, tools and input of the earlier call are the beginning of those of the later one; what asked for a summary does not count. */
  readonly isPrefix: boolean;
  /** Leading items that both have. */
  readonly sharedItems: number;
  /** What began a new prompt between the two, oldest first. */
  readonly reasons: readonly EpochReason[];
}

/** Compares two calls of a thread. Pure. `earlier` and `later` are their indices in `calls`. @throws RangeError when there is no such call */
export function compareCalls(calls: readonly RecordedCall[], earlier: number, later: number): Comparison {
  const [a, b] = [calls[earlier], calls[later]];
  if (a === undefined || b === undefined) throw new RangeError(`there are ${calls.length} calls`);
  const [bytesA, bytesB] = [bodyOf(a), bodyOf(b)];
  const offset = firstDifference(bytesA, bytesB);
  const sharedItems = sharedCount(a.items, b.items);
  const said = a.items.length - (a.question === undefined ? 0 : 1);
  return {
    offset,
    places: offset === null ? null : [placeOf(a, offset), placeOf(b, offset)],
    // The endpoint of a provider takes no tools.
    isPrefix:
      a.instructions === b.instructions &&
      (a.parameters === null || b.parameters === null || a.toolsJson === b.toolsJson) &&
      sharedItems >= said,
    sharedItems,
    reasons: calls.slice(earlier + 1, later + 1).flatMap(({ reasons }) => reasons),
  };
}

function sharedCount(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((item, index) => item !== b[index]);
  return differs === -1 ? a.length : differs;
}

function firstDifference(a: Buffer, b: Buffer): number | null {
  if (a.equals(b)) return null;
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return at;
  return shorter;
}

/** Which member of the body a byte is in. */
function placeOf({ model, instructions, items, toolsJson, parameters }: RecordedCall, offset: number): BodyPlace {
  const length = (text: string): number => Buffer.byteLength(text);
  let end = length(`{"model":${JSON.stringify(model)}`);
  if (offset < end) return { part: "model" };
  end += length(`,"instructions":${JSON.stringify(instructions)},"input":[`);
  if (offset < end) return { part: "instructions" };
  for (const [index, item] of items.entries()) {
    // With the comma before it.
    end += length(item) + (index === 0 ? 0 : 1);
    if (offset < end) return { part: "input", index };
  }
  if (offset === end || parameters === null) return { part: "endOfInput" };
  end += length(`],"tools":${toolsJson}`);
  return { part: offset < end ? "tools" : "parameters" };
}
