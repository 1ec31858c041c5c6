import { readFirstLine, sharesTheSame } from "./first-line.ts";
import { type HistoryBases, inShared } from "./history-bases.ts";
import type { RolloutLine, SessionMeta } from "./lines.ts";
import { readLines, type RolloutEnd } from "./reader.ts";
import { createReplay, type Replay } from "./replay.ts";
import { parseRolloutName } from "./store.ts";

/** A thread that was replayed as its files were read: no line was kept. */
export interface ReplayedFiles {
  readonly meta: SessionMeta;
  readonly replay: Replay;
  readonly end: RolloutEnd;
  /** What was wrong with the files of the threads that it comes from. */
  readonly baseDamage: readonly string[];
}

/** A line hides earlier ones: which lines count is known when all of them are. */
class HidesLines extends Error {}

/**
 * Reads a rollout and what it shares with others once, and replays each line as it comes: about half of what it costs to keep them all, and
 * a fraction of the memory. Null: what it tells can be told only from all lines together, since some are hidden, or its beginning or a file
 * that it shares is not as it should be. Rejects with the file system's error.
 */
export async function replayFiles(
  file: string,
  end: number | null,
  bases: Pick<HistoryBases, "locate">,
): Promise<ReplayedFiles | null> {
  const head = await readFirstLine(file);
  const parts = head === null ? null : await bases.locate(parseRolloutName(file)?.threadId ?? head.id, head);
  if (head === null || parts === null) return null;
  const replay = createReplay();
  const add = (line: RolloutLine, itemJson: string | null): void => {
    if (line.type === "reverted") throw new HidesLines();
    replay.add(line, itemJson, true);
  };
  const baseDamage: string[] = [];
  const last: { meta: SessionMeta } = { meta: head };
  try {
    for (const { file: shared, endByteOffset, endOrdinal, threadId } of parts) {
      const read = await readLines(shared, endByteOffset, add);
      const isWhole = read.bytes === endByteOffset && read.offset === endByteOffset;
      if (!isWhole || read.nextOrdinal > endOrdinal) return null;
      baseDamage.push(...read.damage.map((what) => inShared(threadId, what)));
    }
    const own = await readLines(file, end, (line, itemJson) => {
      add(line, itemJson);
      if (line.type === "session_meta") last.meta = line.payload;
    });
    return sharesTheSame(last.meta, head) ? { meta: last.meta, replay, end: own, baseDamage } : null;
  } catch (error) {
    if (error instanceof HidesLines) return null;
    throw error;
  }
}
