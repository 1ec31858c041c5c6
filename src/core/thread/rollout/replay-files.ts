import { readFirstLine, sharesTheSame } from "./first-line.ts";
import { type HistoryBases, inShared } from "./history-bases.ts";
import type { Span } from "./layout.ts";
import type { Layouts } from "./layouts.ts";
import type { RolloutLine, SessionMeta } from "./lines.ts";
import { readLines, type RolloutEnd } from "./reader.ts";
import { createReplay, type Replay } from "./replay.ts";
import { parseRolloutName } from "./store.ts";
import { isHistory } from "./visible-lines.ts";

/** A thread that was replayed as its files were read: no line was kept. */
export interface ReplayedFiles {
  readonly meta: SessionMeta;
  readonly replay: Replay;
  readonly end: RolloutEnd;
  /** What was wrong with the files of the threads that it comes from. */
  readonly baseDamage: readonly string[];
  /** See first-words.ts. */
  readonly firstWordsAt: number | null;
}

/** A line hides earlier ones: which lines count must be known before. */
class HidesLines extends Error {}

/**
 * Reads a rollout and what it shares with others, and replays each line as it comes: about half of what it costs to keep them all, and
 * a fraction of the memory. `end`: what comes after is not looked at. Null: what it tells can be told only from all lines together, since its
 * beginning or a file that it shares is not as it should be, or some lines are hidden and others cannot be read. Rejects with the file system's error.
 */
export async function replayFiles(
  file: string,
  end: number | null,
  { bases, layouts }: { readonly bases: Pick<HistoryBases, "locate">; readonly layouts: Layouts },
): Promise<ReplayedFiles | null> {
  try {
    return await replayOnce(file, end, bases, null);
  } catch (error) {
    if (!(error instanceof HidesLines)) throw error;
  }
  const layout = await layouts.of(file, end);
  if (layout === null) return null;
  // It may have been read further than to the end.
  const stop = end === null ? Infinity : (layout.parts.at(-1)?.from ?? 0) + end;
  const hidden = layout.hidden.filter(({ to }) => to <= stop);
  const read = await replayOnce(file, end, bases, hidden);
  return read === null || read.end.damage.length + read.baseDamage.length > 0 ? null : read;
}

/** `hidden`: what does not count; null: nothing. @throws HidesLines */
async function replayOnce(
  file: string,
  end: number | null,
  bases: Pick<HistoryBases, "locate">,
  hidden: readonly Span[] | null,
): Promise<ReplayedFiles | null> {
  const head = await readFirstLine(file);
  const parts = head === null ? null : await bases.locate(parseRolloutName(file)?.threadId ?? head.id, head);
  if (head === null || parts === null) return null;
  const replay = createReplay();
  let firstWordsFrom: number | null = null;
  const add = (line: RolloutLine, itemJson: string | null, at: number): void => {
    if (line.type === "reverted" && hidden === null) throw new HidesLines();
    const isVisible = !isHistory(line) || hidden === null || !hidden.some(({ from, to }) => at >= from && at < to);
    replay.add(line, itemJson, isVisible);
    if (isVisible && line.type === "response_item" && line.payload.view?.kind === "userMessage") firstWordsFrom ??= at;
  };
  const baseDamage: string[] = [];
  let base = 0;
  for (const { file: shared, endByteOffset, endOrdinal, threadId } of parts) {
    const from = base;
    const read = await readLines(shared, endByteOffset, (line, itemJson, at) => add(line, itemJson, from + at)).catch(
      unlessHidden,
    );
    if (read === null) return null;
    const isWhole = read.bytes === endByteOffset && read.offset === endByteOffset;
    if (!isWhole || read.nextOrdinal > endOrdinal) return null;
    baseDamage.push(...read.damage.map((what) => inShared(threadId, what)));
    base += endByteOffset;
  }
  const own: { meta: SessionMeta; isReverted: boolean } = { meta: head, isReverted: false };
  const read = await readLines(file, end, (line, itemJson, at) => {
    add(line, itemJson, base + at);
    if (line.type === "session_meta") own.meta = line.payload;
    if (line.type === "reverted") own.isReverted = true;
  });
  if (!sharesTheSame(own.meta, head)) return null;
  const firstWordsAt = own.isReverted ? placeIn(firstWordsFrom, base, read.offset) : null;
  return { meta: own.meta, replay, end: read, baseDamage, firstWordsAt };
}

/** A shared file that cannot be read is looked for elsewhere, which takes all lines together. @throws HidesLines */
const unlessHidden = (error: unknown): null => {
  if (error instanceof HidesLines) throw error;
  return null;
};

/** In the thread's own file; null: before it. */
const placeIn = (from: number | null, base: number, end: number): number | null =>
  from === null ? end : from < base ? null : from - base;
