import fs from "node:fs/promises";
import { readCheckpoints } from "./checkpoints.ts";
import type { Checkpoint, RolloutLine } from "./lines.ts";
import { parseLine } from "./parse-line.ts";

export interface RolloutContent {
  readonly lines: readonly RolloutLine[];
  /** Texts of items that were open when the writer died. */
  readonly checkpoints: readonly Checkpoint[];
  /** Bytes up to the end of the last whole line; a writer goes on from here. */
  readonly offset: number;
  readonly nextOrdinal: number;
  /** What was wrong with the file, for a warning; the rest of it was read all the same. */
  readonly damage: readonly string[];
}

/**
 * Reads a rollout to its end. A torn last line is left out; a line of garbage is skipped and said. The file is only read.
 * @throws the file system's error when there is no such file or it may not be read
 */
export async function readRollout(file: string): Promise<RolloutContent> {
  const bytes = await fs.readFile(file);
  const lines: RolloutLine[] = [];
  const damage: string[] = [];
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
      const parsed = parseLine(bytes.toString("utf8", offset, end));
      if (parsed.kind === "unreadable") damage.push(`line ${number} cannot be read and is skipped`);
      else {
        const ordinal = parsed.kind === "line" ? parsed.line.ordinal : parsed.ordinal;
        nextOrdinal = Math.max(nextOrdinal, ordinal + 1);
        if (parsed.kind === "line") lines.push(parsed.line);
      }
    }
    offset = end + 1;
  }
  return { lines, checkpoints: await readCheckpoints(file), offset, nextOrdinal, damage };
}
