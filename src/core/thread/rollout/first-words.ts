import fs from "node:fs";
import { readFile } from "node:fs/promises";
import type { BasePart } from "./history-bases.ts";
import type { RolloutLine } from "./lines.ts";
import type { RolloutContent } from "./reader.ts";
import { visibleLines } from "./visible-lines.ts";

/**
 * Where lists look for the first words of the user in a thread whose beginning was reverted: a byte offset in its rollout, in a file beside
 * it. A cache, written anew when the thread is loaded: without it a list shows words that are hidden now.
 */
export const firstWordsFile = (rollout: string): string => `${rollout}.first`;

/** Where the first words that are visible stand, or will stand; null: no revert of this thread has hidden any. */
export function firstWordsOffset(
  base: readonly Pick<BasePart, "lines">[],
  { lines, starts, offset }: Pick<RolloutContent, "lines" | "starts" | "offset">,
): number | null {
  if (!lines.some(({ type }) => type === "reverted")) return null;
  const visible = visibleLines([...base.flatMap((part) => part.lines), ...lines]);
  const first = visible.find(isUserMessage);
  // What is shared with another thread stands in the first line.
  return first === undefined ? offset : (starts[lines.indexOf(first)] ?? null);
}

/** Best effort. */
export function keepFirstWords(rollout: string, offset: number | null): void {
  const file = firstWordsFile(rollout);
  try {
    if (offset === null) return fs.rmSync(file, { force: true });
    const temporary = `${file}.new`;
    fs.writeFileSync(temporary, String(offset), { mode: 0o600 });
    fs.renameSync(temporary, file);
  } catch {
    // The rollout has it.
  }
}

/** Null: at its beginning. */
export async function readFirstWords(rollout: string): Promise<number | null> {
  const text = await readFile(firstWordsFile(rollout), "utf8").catch(() => "");
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}

const isUserMessage = (line: RolloutLine): boolean =>
  line.type === "response_item" && line.payload.view?.kind === "userMessage";
