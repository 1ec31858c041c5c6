import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { createWatches } from "../../../src/core/files/watches.ts";
import { testFolder } from "../../helpers/wire-client.ts";

/** Watches a new folder; what is told comes one by one. */
async function watched() {
  const folder = testFolder();
  const told: (readonly string[])[] = [];
  let wake = (): void => undefined;
  const watches = createWatches({
    guard: { mayRead: async () => undefined },
    onChanged(_id, paths) {
      told.push(paths);
      wake();
    },
  });
  onTestFinished(() => watches.close());
  await watches.add("w", folder);
  const next = async (): Promise<readonly string[]> => {
    if (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return told.shift() ?? [];
  };
  return { folder, next };
}

test("changes of one moment are told together, each path once, in order", async () => {
  const { folder, next } = await watched();
  const files = ["c", "a", "b"].map((name) => path.join(folder, name));
  for (const file of [...files, ...files]) writeFileSync(file, "");
  expect(await next()).toEqual(files.toSorted());
});

test("a flood of changes is told as one change of the folder", async () => {
  const { folder, next } = await watched();
  // Without a pause for the watcher, so that it reads them all together.
  for (let index = 0; index < 1500; index += 1) writeFileSync(path.join(folder, `f${index}`), "");
  expect(await next()).toEqual([folder]);
});
