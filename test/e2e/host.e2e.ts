import { mkdtemp, readFile, rm, watch } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, inject, test } from "vitest";
import * as z from "zod";
import { openEditor } from "./harness/editor.ts";
import { startWorkbench } from "./harness/workbench.ts";

const Report = z.array(z.object({ name: z.string(), error: z.string().nullable() }));

/** Runs test/e2e/host in the extension host of the browser workbench and gives what it reports. */
async function report(): Promise<z.infer<typeof Report>> {
  const folder = await mkdtemp(path.join(tmpdir(), "turnwright-report-"));
  const file = path.join(folder, "report.json");
  await using workbench = await startWorkbench({
    vsix: [inject("e2e").hostVsix],
    env: { TURNWRIGHT_HOST_REPORT: file },
  });
  const written = firstChange(folder);
  await using _editor = await openEditor(workbench);
  await written;
  const text = await readFile(file, "utf8");
  await rm(folder, { recursive: true });
  return Report.parse(JSON.parse(text));
}

async function firstChange(folder: string): Promise<void> {
  for await (const change of watch(folder, { signal: AbortSignal.timeout(120_000) })) {
    if (change.filename === "report.json") return;
  }
}

// The checks are known only when they have run, so they run while this file is collected.
const outcomes = await report();

test.each(outcomes)("in the extension host: $name", ({ error }) => {
  expect(error).toBeNull();
});
