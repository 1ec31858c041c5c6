import fs from "node:fs/promises";
import { readCheckpoints } from "./checkpoints.ts";
import { type Checkpoint, rolloutFormat, type RolloutLine } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import type { RolloutMark } from "./writer.ts";

export interface RolloutContent {
  readonly lines: readonly RolloutLine[];
  /** Where each line begins, in bytes. */
  readonly starts: readonly number[];
  /** Texts of items that were open when the writer died. */
  readonly checkpoints: readonly Checkpoint[];
  /** Bytes up to the end of the last whole line; a writer goes on from here. */
  readonly offset: number;
  readonly nextOrdinal: number;
  /** What was wrong with the file, for a warning; the rest of it was read all the same. */
  readonly damage: readonly string[];
}

/**
 * Reads a rollout to its end, or as it was at `mark`. A torn last line is left out; a line of garbage is skipped and said. The file is only read.
 * @throws the file system's error when there is no such file or it may not be read
 */
export async function readRollout(file: string, mark: RolloutMark | null = null): Promise<RolloutContent> {
  const bytes = await fs.readFile(file);
  if (mark === null) return { ...parseRollout(bytes), checkpoints: await readCheckpoints(file) };
  return { ...parseRollout(bytes.subarray(0, mark.offset)), checkpoints: mark.checkpoints };
}

/** The lines in the bytes of a rollout, or of its beginning. */
export function parseRollout(bytes: Buffer): Omit<RolloutContent, "checkpoints"> {
  const lines: RolloutLine[] = [];
  const starts: number[] = [];
  const damage: string[] = [];
  let format = rolloutFormat;
  let offset = 0;
  let number = 0;
  let nextOrdinal = 0;
  while (offset < bytes.length) {
    const end = bytes.indexOf(0x0a, offset);
    if (end === -1) {
      damage.push("the last line was not written to its end and is left out");
      break;
    }
    number += 1;
    if (end > offset) {
      const parsed = parseLine(bytes.toString("utf8", offset, end), format);
      if (parsed.kind === "unreadable") damage.push(`line ${number} cannot be read and is skipped`);
      else {
        const ordinal = parsed.kind === "line" ? parsed.line.ordinal : parsed.ordinal;
        nextOrdinal = Math.max(nextOrdinal, ordinal + 1);
        if (parsed.kind === "line") {
          if (parsed.line.type === "session_meta") ({ format } = parsed.line.payload);
          lines.push(parsed.line);
          starts.push(offset);
        }
      }
    }
    offset = end + 1;
  }
  return { lines, starts, offset, nextOrdinal, damage };
}
