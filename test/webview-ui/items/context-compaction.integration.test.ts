import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hasBrowser, type PanelBrowser, startPanelBrowser } from "../helpers/panel-page.ts";
import { dark } from "../helpers/themes.ts";
import { compacted, hostState, threadWith, turnWith } from "../helpers/threads.ts";

if (!hasBrowser)
  process.stderr.write("Left out: the view of a compaction (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n");

describe.runIf(hasBrowser)("a compaction", () => {
  let browser: PanelBrowser;
  beforeAll(async () => {
    browser = await startPanelBrowser();
  });
  afterAll(() => browser.close());

  const open = (items: Parameters<typeof turnWith>[0], change: Parameters<typeof turnWith>[1] = {}) =>
    browser.open({ theme: dark, width: 420, host: hostState(), thread: threadWith([turnWith(items, change)]) });
  const done = "The conversation up to here was summarized for the model";

  test("says where it was, and shows the summary as Markdown when it is unfolded", async () => {
    const panel = await open([compacted({ summary: "Left: **the tests**" })]);
    const row = panel.page.getByRole("button", { name: done });
    expect(await row.getAttribute("aria-expanded")).toBe("false");
    expect(await panel.page.getByText("the tests").count()).toBe(0);
    await row.click();
    expect(await panel.page.locator("strong", { hasText: "the tests" }).count()).toBe(1);
    await panel.close();
  });

  test("without a summary, which a provider may keep to itself, there is nothing to unfold", async () => {
    const panel = await open([compacted()]);
    await panel.page.getByText(done).waitFor();
    expect(await panel.page.getByRole("button", { name: done }).count()).toBe(0);
    await panel.close();
  });

  test("that runs says so, until its end is told", async () => {
    const running = { status: "inProgress", completedAt: null, durationMs: null } as const;
    const item = compacted({ completedAtMs: null });
    const panel = await open([item], running);
    await panel.page.getByText("Summarizing the conversation to make room").waitFor();
    await panel.notify("item/completed", {
      threadId: "t1",
      turnId: "turn1",
      item: { ...item, completedAtMs: 1_790_000_003_200, summary: "Short." },
      completedAtMs: 1_790_000_003_200,
    });
    await panel.page.getByRole("button", { name: done }).waitFor();
    expect(await panel.page.getByText("Summarizing").count()).toBe(0);
    await panel.close();
  });
});
