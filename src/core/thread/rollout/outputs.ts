import type { AnyItem } from "../../../protocol/items.ts";
import type { Turn } from "../../../protocol/turns.ts";
import { headAndTailOfFile } from "../../exec/head-and-tail.ts";
import type { Replayed } from "./replay.ts";

/** Characters (nearly bytes) of output that an item carries at most: head and tail of what is longer. */
export const maxItemOutput = 1024 * 1024;

/** Fills in the outputs that stand in files beside the rollout, as they were shown. An output whose file is gone says so. */
export async function readOutputs({ turns, fileOutputs }: Replayed): Promise<readonly Turn[]> {
  if (fileOutputs.length === 0) return turns;
  const texts = new Map<AnyItem, string>();
  for (const { item, path } of fileOutputs) texts.set(item, await outputIn(path));
  return turns.map((turn) => ({
    ...turn,
    items: turn.items.map((item) => {
      const text = texts.get(item);
      return text === undefined ? item : { ...item, aggregatedOutput: text };
    }),
  }));
}

async function outputIn(file: string): Promise<string> {
  try {
    return (await headAndTailOfFile(file, maxItemOutput)).text;
  } catch (error) {
    return `[the output is gone: ${error instanceof Error ? error.message : String(error)}]`;
  }
}
