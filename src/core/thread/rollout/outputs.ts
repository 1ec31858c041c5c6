import fs from "node:fs/promises";
import type { AnyItem } from "../../../protocol/items.ts";
import { headAndTailOfFile } from "../../exec/head-and-tail.ts";
import type { Replayed } from "./replay.ts";
import type { RolloutStore } from "./store.ts";

/** Characters (nearly bytes) of output that an item carries at most: head and tail of what is longer. */
export const maxItemOutput = 1024 * 1024;

/** A fork reads its own links to the outputs that it shares: those of the other thread go with it. */
export const ownOutputs = (
  threadId: string,
  fileOutputs: Replayed["fileOutputs"],
  store: RolloutStore,
): Replayed["fileOutputs"] =>
  fileOutputs.map((output) => ({ ...output, path: store.inheritedOutput(threadId, output.path), shared: output.path }));

/** Gives a fork links to the outputs that it shares; copies where the file system has none. An output that is gone stays gone. */
export async function shareOutputs(
  threadId: string,
  fileOutputs: Replayed["fileOutputs"],
  store: RolloutStore,
): Promise<void> {
  for (const output of fileOutputs) {
    const to = store.inheritedOutput(threadId, output.path);
    for (const from of [output.path, ...(output.shared === undefined ? [] : [output.shared])]) {
      const isShared = await share(from, to);
      if (isShared) break;
    }
  }
}

const share = (from: string, to: string): Promise<boolean> =>
  fs
    .link(from, to)
    .catch(() => fs.copyFile(from, to))
    .then(
      () => true,
      () => false,
    );

/** Items with the outputs that stand in files beside the rollout, as they were shown. An output whose file is gone says so. */
export async function readOutputs(items: readonly AnyItem[], fileOutputs: Replayed["fileOutputs"]): Promise<AnyItem[]> {
  if (fileOutputs.length === 0) return [...items];
  const outputs = new Map<AnyItem, Replayed["fileOutputs"][number]>(fileOutputs.map((output) => [output.item, output]));
  const filled: AnyItem[] = [];
  for (const item of items) {
    const output = outputs.get(item);
    filled.push(output === undefined ? item : { ...item, aggregatedOutput: await textOf(output) });
  }
  return filled;
}

async function textOf({ path, shared }: Replayed["fileOutputs"][number]): Promise<string> {
  const own = await outputIn(path);
  const found = typeof own === "string" || shared === undefined ? own : await outputIn(shared);
  return typeof found === "string" ? found : `[the output is gone: ${found.message}]`;
}

const outputIn = (file: string): Promise<string | Error> =>
  headAndTailOfFile(file, maxItemOutput).then(
    ({ text }) => text,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  );
