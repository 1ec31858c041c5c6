import type { Turn } from "../../../protocol/turns.ts";
import type { BasePart } from "./history-bases.ts";
import { maxHistorySegments } from "./lines.ts";
import { isHistory, startOfTurn, visibleLines } from "./visible-lines.ts";

/** Up to where a fork takes the history of a thread. At most one of the two is given; none: all that is completed. */
export interface ForkRange {
  readonly lastTurnId: string | null;
  readonly beforeTurnId: string | null;
}

/** Why there is no such place, for the client's user; else what stands before it: the beginning of each file that it needs. */
export type ForkPoint =
  | { readonly kind: "found"; readonly parts: readonly BasePart[] }
  | { readonly kind: "refused"; readonly message: string };

/**
 * Finds the place at which a thread is forked. Pure. `parts`: all its files, its own last; `turns`: those that are visible. The place is the
 * beginning of a turn or the end of all: what was appended between two turns belongs to the one before it.
 */
export function forkPoint(parts: readonly BasePart[], turns: readonly Turn[], range: ForkRange): ForkPoint {
  const { lastTurnId, beforeTurnId } = range;
  if (lastTurnId !== null && beforeTurnId !== null) {
    return { kind: "refused", message: "lastTurnId and beforeTurnId exclude each other; give one of them" };
  }
  const next = nextTurn(turns, range);
  if (typeof next === "string") return { kind: "refused", message: next };
  const needed = withHistory(next === null ? parts : partsBeforeTurn(parts, next.id));
  if (needed.length <= maxHistorySegments) return { kind: "found", parts: needed };
  const message = `the thread comes from ${needed.length} others, one forked from the other; at most ${maxHistorySegments} can be, so fork from an earlier turn`;
  return { kind: "refused", message };
}

/** The turn that the fork does not take any more; null: it takes all. A text: there is no such fork. */
function nextTurn(turns: readonly Turn[], { lastTurnId, beforeTurnId }: ForkRange): Turn | string | null {
  const wanted = lastTurnId ?? beforeTurnId;
  if (wanted === null) {
    // Of a thread that runs, what is completed.
    return turns.find(({ status }) => status === "inProgress") ?? null;
  }
  const index = turns.findIndex(({ id }) => id === wanted);
  const turn = turns[index];
  if (turn === undefined) return `turn not found: ${wanted}`;
  if (lastTurnId === null) return turn;
  if (turn.status === "inProgress") {
    return `turn ${wanted} is still running; interrupt it, or fork from an earlier turn`;
  }
  return turns[index + 1] ?? null;
}

function partsBeforeTurn(parts: readonly BasePart[], turnId: string): readonly BasePart[] {
  const visible = visibleLines(parts.flatMap(({ lines }) => lines));
  const line = visible[startOfTurn(visible, turnId)];
  if (line === undefined) return parts;
  const at = parts.findIndex(({ lines }) => lines.includes(line));
  const last = parts[at];
  if (last === undefined) return parts;
  const index = last.lines.indexOf(line);
  const cut: BasePart = {
    ...last,
    lines: last.lines.slice(0, index),
    starts: last.starts.slice(0, index),
    endOrdinal: line.ordinal,
    endByteOffset: last.starts[index] ?? last.endByteOffset,
  };
  return [...parts.slice(0, at), cut];
}

/** A file of which nothing is needed but what it says of its own thread is not pointed to. */
const withHistory = (parts: readonly BasePart[]): readonly BasePart[] =>
  parts.filter(({ lines }) => lines.some(isHistory));
