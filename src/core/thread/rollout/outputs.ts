import type { AnyItem } from "../../../protocol/items.ts";
import { headAndTailOfFile } from "../../exec/head-and-tail.ts";
import type { Replayed } from "./replay.ts";

/** Characters (nearly bytes) of output that an item carries at most: head and tail of what is longer. */
export const maxItemOutput = 1024 * 1024;

/** Items with the outputs that stand in files beside the rollout, as they were shown. An output whose file is gone says so. */
export async function readOutputs(items: readonly AnyItem[], fileOutputs: Replayed["fileOutputs"]): Promise<AnyItem[]> {
  if (fileOutputs.length === 0) return [...items];
  const paths = new Map<AnyItem, string>(fileOutputs.map(({ item, path }) => [item, path]));
  const filled: AnyItem[] = [];
  for (const item of items) {
    const path = paths.get(item);
    filled.push(path === undefined ? item : { ...item, aggregatedOutput: await outputIn(path) });
  }
  return filled;
}

async function outputIn(file: string): Promise<string> {
  try {
    return (await headAndTailOfFile(file, maxItemOutput)).text;
  } catch (error) {
    return `[the output is gone: ${error instanceof Error ? error.message : String(error)}]`;
  }
}
