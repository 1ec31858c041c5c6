import fs from "node:fs/promises";
import type { Thread } from "../../../protocol/threads.ts";
import type { StoredThreads } from "../stored-threads.ts";
import { ThreadRequestError } from "../threads.ts";
import type { ThreadPage } from "./entries.ts";
import { fold } from "./fold.ts";
import type { Pace } from "./pace.ts";
import { cursorAfter, cursorBefore, type Position, sourceOf, type ThreadOrder } from "./query.ts";
import {
  isUnreadable,
  type ItemText,
  NotPlain,
  nothingRead,
  readItemText,
  readTexts,
  replayTexts,
} from "./read-texts.ts";
import { snippetOf } from "./snippet.ts";

export interface ThreadSearch extends ThreadOrder {
  readonly term: string;
  readonly archived: boolean;
  /** Null: whichever. */
  readonly sources: readonly string[] | null;
}

/** A thread in which a term occurs, with the newest item that it occurs in; null: it is in the name only. */
export interface ThreadHit {
  readonly thread: Thread;
  readonly snippet: string;
  readonly item: Pick<ItemText, "turnId" | "itemId"> | null;
}

/** A thread that may have the term. */
export interface Candidate {
  readonly position: Position;
  readonly file: string;
  /** Where to look; null: everywhere. */
  readonly places: readonly Pick<Place, "line" | "other">[] | null;
  /** They are not all there are. */
  readonly hasMorePlaces: boolean;
  /** As it is listed; null: it is not. */
  readonly thread: () => Promise<Thread | null>;
}

type Place = { readonly line: number; readonly other: number | null };
type Found = Omit<ThreadHit, "thread">;

const maxTerm = 1000;
/** A search that takes this long gives what it has, and its cursor goes on from there. */
const enoughMs = 2500;
/** The same for one that has nothing yet. */
const tooLongMs = 10_000;

/** @throws ThreadRequestError `badInput`; `method` is the one that the client called */
export function checkTerm(term: string, method: string): void {
  if (term.trim() === "") throw new ThreadRequestError("badInput", `${method} requires a non-empty searchTerm`);
  if (term.length <= maxTerm) return;
  throw new ThreadRequestError("badInput", `the searchTerm must not be longer than ${maxTerm} characters`);
}

/** One page of the candidates that have the term, which come in order. */
export async function pageOfHits(
  candidates: AsyncIterable<Candidate>,
  { term, limit, direction, sources }: ThreadSearch,
  stored: StoredThreads,
  pace: Pace,
): Promise<ThreadPage<ThreadHit>> {
  const folded = fold(term);
  let startedAt: number | null = null;
  const hits: { readonly position: Position; readonly hit: ThreadHit }[] = [];
  let next: Position | null = null;
  let last: Position | null = null;
  for await (const candidate of candidates) {
    startedAt ??= performance.now();
    const took = performance.now() - startedAt;
    if (last !== null && took > (hits.length > 0 ? enoughMs : tooLongMs)) {
      next = last;
      break;
    }
    const hit = await hitOf(candidate, folded, sources, stored, pace);
    if (hit !== null && hits.length === limit) {
      next = hits.at(-1)?.position ?? null;
      break;
    }
    last = candidate.position;
    if (hit !== null) hits.push({ position: candidate.position, hit });
    if (pace.isDue) await pace.rest();
  }
  const first = hits[0]?.position;
  return {
    data: hits.map(({ hit }) => hit),
    nextCursor: next === null ? null : cursorAfter(next),
    backwardsCursor: first === undefined ? null : cursorBefore(first, direction),
  };
}

/** Null: it has not the term, or is not looked for, or has gone. */
async function hitOf(
  candidate: Candidate,
  folded: string,
  sources: readonly string[] | null,
  stored: StoredThreads,
  pace: Pace,
): Promise<ThreadHit | null> {
  const found = await foundIn(candidate, folded, stored, pace).catch((error: unknown) => {
    if (isUnreadable(error)) return null;
    throw error;
  });
  const thread = await candidate.thread();
  if (thread === null || sources?.includes(sourceOf(thread)) === false) return null;
  if (found !== null) return { thread, ...found };
  const inName = match(thread.name ?? "", folded);
  return inName === null ? null : { thread, snippet: inName, item: null };
}

async function foundIn(candidate: Candidate, folded: string, stored: StoredThreads, pace: Pace): Promise<Found | null> {
  const { file, places } = candidate;
  if (places !== null) {
    const found = await foundAt(file, places, folded, pace);
    if (found !== "changed" && (found !== null || !candidate.hasMorePlaces)) return found;
  }
  let last: Found | null = null;
  const take = (texts: readonly ItemText[]): void => {
    for (const { turnId, itemId, text } of texts) {
      const snippet = match(text, folded);
      if (snippet !== null) last = { snippet, item: { turnId, itemId } };
    }
  };
  try {
    for await (const { texts } of readTexts(file, nothingRead, pace)) take(texts);
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    last = null;
    take((await replayTexts(file, stored)).texts);
  }
  return last;
}

/** `changed`: what stands there is no item. */
async function foundAt(
  file: string,
  places: readonly Place[],
  folded: string,
  pace: Pace,
): Promise<Found | "changed" | null> {
  const handle = await fs.open(file, "r");
  try {
    for (const { line, other } of places) {
      const item = await readItemText(handle, line, other);
      if (item === null) return "changed";
      const snippet = match(item.text, folded);
      if (snippet !== null) return { snippet, item: { turnId: item.turnId, itemId: item.itemId } };
      if (pace.isDue) await pace.rest();
    }
    return null;
  } finally {
    await handle.close();
  }
}

function match(text: string, folded: string): string | null {
  const start = fold(text).indexOf(folded);
  return start === -1 ? null : snippetOf(text, start, start + folded.length).text;
}
