import fs from "node:fs/promises";
import type { Turn } from "../../../protocol/turns.ts";
import type { Span, TurnSpan } from "./layout.ts";
import type { FileLayout } from "./layouts.ts";
import { type Checkpoint, rolloutFormat, type RolloutLine } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { linesIn } from "./reader.ts";
import { createReplay, type Replayed } from "./replay.ts";
import { wholeLines } from "./whole-lines.ts";

/** How a page of turns is shown. */
export interface Shown {
  /** What comes after is not looked at; counted through all files. Null: all that the layout has. */
  readonly end: number | null;
  readonly checkpoints: readonly Checkpoint[];
  /** See {@link replay}. */
  readonly closedAtMs: number | null;
}

/**
 * Some turns of a thread, one behind the other, as the whole rollout shows them; read from their place, without the rest. Null: they are not all
 * there, or show something that stands before them, as no writer of ours leaves it. Rejects with the file system's error.
 */
export async function readTurns(
  layout: FileLayout,
  turns: readonly TurnSpan[],
  { end, checkpoints, closedAtMs }: Shown,
): Promise<{ readonly turns: readonly Turn[]; readonly fileOutputs: Replayed["fileOutputs"] } | null> {
  if (turns.length === 0) return { turns: [], fileOutputs: [] };
  const from = Math.min(...turns.map((turn) => turn.from));
  const to = Math.min(end ?? Infinity, Math.max(...turns.map((turn) => turn.to)));
  const hidden = layout.hidden.filter((span) => span.from < to && span.to > from);
  const replay = createReplay();
  for await (const { line, itemJson, at } of readSpan(layout, { from, to })) {
    if (!hidden.some((span) => at >= span.from && at < span.to)) replay.add(line, itemJson, true);
  }
  const replayed = replay.finish(checkpoints, closedAtMs);
  if (replayed.lacksOutput) return null;
  const byId = new Map(replayed.turns.map((turn) => [turn.id, turn]));
  const found = turns.flatMap(({ id }) => byId.get(id) ?? []);
  return found.length === turns.length ? { turns: found, fileOutputs: replayed.fileOutputs } : null;
}

/** The last plan and the last usage that are shown; what cannot be read does not count. Rejects with the file system's error. */
export async function readStanding(layout: FileLayout, end: number | null): Promise<Pick<Replayed, "plan" | "usage">> {
  const last = async <P>(places: readonly number[], payloadOf: (line: RolloutLine) => P | null): Promise<P | null> => {
    for (const at of places.filter((place) => end === null || place < end).toReversed()) {
      const line = await readLineAt(layout, at);
      const payload = line === null ? null : payloadOf(line);
      if (payload !== null) return payload;
    }
    return null;
  };
  return {
    plan: await last(layout.plans, ({ type, payload }) => (type === "plan" ? payload : null)),
    usage: await last(layout.usages, ({ type, payload }) => (type === "usage" ? payload : null)),
  };
}

/** Null: the line cannot be read. */
async function readLineAt(layout: FileLayout, at: number): Promise<RolloutLine | null> {
  for await (const read of readSpan(layout, { from: at, to: Infinity })) return read.at === at ? read.line : null;
  return null;
}

/** The lines that begin in a span which begins with a line; those that cannot be read are passed over. */
async function* readSpan(
  { parts, metas }: FileLayout,
  span: Span,
): AsyncGenerator<{ readonly line: RolloutLine; readonly itemJson: string | null; readonly at: number }> {
  for (const part of parts) {
    const [from, to] = [Math.max(span.from, part.from), Math.min(span.to, part.to)];
    if (from >= to) continue;
    const handle = await fs.open(part.file, "r");
    try {
      for await (const { bytes, at, isWhole } of wholeLines(handle, from - part.from, to - part.from)) {
        if (!isWhole) break;
        for (const [start, stop] of linesIn(bytes)) {
          const place = part.from + at + start;
          const format = metas.findLast((meta) => meta.from < place)?.meta.format ?? rolloutFormat;
          const parsed = parseLine(bytes.toString("utf8", start, stop), format);
          if (parsed.kind === "line") yield { line: parsed.line, itemJson: parsed.itemJson, at: place };
        }
      }
    } finally {
      await handle.close();
    }
  }
}
