import { test } from "vitest";
import { openEditor } from "../test/e2e/harness/editor.ts";
import { startWorkbench } from "../test/e2e/harness/workbench.ts";

/**
 * What the editor measures of us, in a real window: run by `npm run bench -- editor`, through scripts/e2e.mjs. Prints one line of JSON
 * that bench/editor.ts reads.
 */
const runs = 10;

test("activation and first paint", { timeout: 600_000 }, async () => {
  // The panel is opened when the window has come to rest: while it starts, everything waits for the two processors.
  await using workbench = await startWorkbench({
    settings: { "workbench.secondarySideBar.defaultVisibility": "hidden" },
  });
  const activation: number[] = [];
  const paint: number[] = [];
  for (let run = 0; run < runs; run++) {
    // High enough for the whole list of running extensions, which draws only the rows that are seen.
    await using editor = await openEditor(workbench, { width: 1500, height: 4000 });
    await editor.page.waitForTimeout(5_000);
    const chat = await editor.openChat();
    // From the birth of the panel's document to the first text in it, as the browser tells.
    paint.push(
      await chat.locator("body").evaluate(async () => {
        const known = performance.getEntriesByName("first-contentful-paint")[0];
        if (known !== undefined) return known.startTime;
        return new Promise<number>((resolve) => {
          new PerformanceObserver((list) => {
            for (const entry of list.getEntriesByName("first-contentful-paint")) resolve(entry.startTime);
          }).observe({ type: "paint", buffered: true });
        });
      }),
    );
    await editor.runCommand("Developer: Show Running Extensions");
    const row = editor.page.locator(".runtime-extensions-editor .monaco-list-row", { hasText: "Turnwright" }).first();
    const text = await row.locator(".activation-time, .msg-container").first().innerText();
    const all = `${text} ${await row.innerText()}`;
    const ms = /(\d+)\s?ms/.exec(all)?.[1];
    if (ms === undefined) throw new Error(`no activation time in: ${all}`);
    activation.push(Number(ms));
  }
  process.stdout.write(`\n${JSON.stringify({ figures: "editor", activation, paint })}\n`);
});
