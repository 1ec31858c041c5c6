import fs from "node:fs/promises";
import { readCheckpoints } from "./checkpoints.ts";
import { type Checkpoint, rolloutFormat, type RolloutLine } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { wholeLines } from "./whole-lines.ts";
import type { RolloutMark } from "./writer.ts";

/** Where a rollout ends for who goes on with it, and what was wrong with it. */
export interface RolloutEnd {
  /** Bytes up to the end of the last whole line; a writer goes on from here. */
  readonly offset: number;
  readonly nextOrdinal: number;
  /** What was wrong with the file, for a warning; the rest of it was read all the same. */
  readonly damage: readonly string[];
  /** Bytes that were read: more than `offset` when the last line is torn. */
  readonly bytes: number;
}

export interface RolloutContent extends RolloutEnd {
  readonly lines: readonly RolloutLine[];
  /** Where each line begins, in bytes. */
  readonly starts: readonly number[];
  /** Texts of items that were open when the writer died. */
  readonly checkpoints: readonly Checkpoint[];
}

/** One line that can be read. `itemJson`: see {@link parseLine}. */
export type OnLine = (line: RolloutLine, itemJson: string | null, start: number) => void;

/**
 * Reads a rollout line by line, up to `end` or to its own end, and lets others run every few milliseconds. A torn last line is left out; a line
 * of garbage is skipped and said. The file is only read. Rejects with the file system's error, and with what `onLine` throws.
 */
export async function readLines(file: string, end: number | null, onLine: OnLine): Promise<RolloutEnd> {
  const damage: string[] = [];
  let format = rolloutFormat;
  let offset = 0;
  let number = 0;
  let nextOrdinal = 0;
  let bytes = 0;
  const take = (json: string, start: number): void => {
    const parsed = parseLine(json, format);
    if (parsed.kind === "unreadable") {
      damage.push(`line ${number} cannot be read and is skipped`);
      return;
    }
    const ordinal = parsed.kind === "line" ? parsed.line.ordinal : parsed.ordinal;
    nextOrdinal = Math.max(nextOrdinal, ordinal + 1);
    if (parsed.kind === "unknown") return;
    if (parsed.line.type === "session_meta") ({ format } = parsed.line.payload);
    onLine(parsed.line, parsed.itemJson, start);
  };
  const handle = await fs.open(file, "r");
  try {
    const { size } = await handle.stat();
    for await (const slice of wholeLines(handle, 0, Math.min(end ?? size, size))) {
      bytes = slice.at + slice.bytes.length;
      if (!slice.isWhole) {
        damage.push("the last line was not written to its end and is left out");
        break;
      }
      for (const [from, to] of linesIn(slice.bytes)) {
        number += 1;
        if (to > from) take(slice.bytes.toString("utf8", from, to), slice.at + from);
      }
      offset = bytes;
    }
  } finally {
    await handle.close();
  }
  return { offset, nextOrdinal, damage, bytes };
}

/** Where the lines in a slice begin and end, line breaks left out. */
export function* linesIn(bytes: Buffer): Iterable<readonly [from: number, to: number]> {
  for (let from = 0; from < bytes.length;) {
    const to = bytes.indexOf(0x0a, from);
    yield [from, to];
    from = to + 1;
  }
}

/** All lines of a rollout, or of its beginning, in memory. See {@link readLines}. */
export async function collectLines(file: string, end: number | null): Promise<Omit<RolloutContent, "checkpoints">> {
  const lines: RolloutLine[] = [];
  const starts: number[] = [];
  const read = await readLines(file, end, (line, _, start) => {
    lines.push(line);
    starts.push(start);
  });
  return { ...read, lines, starts };
}

/** All of a rollout, or as it was at `mark`, in memory. See {@link readLines}. */
export async function readRollout(file: string, mark: RolloutMark | null = null): Promise<RolloutContent> {
  const content = await collectLines(file, mark?.offset ?? null);
  return { ...content, checkpoints: mark?.checkpoints ?? (await readCheckpoints(file)) };
}
