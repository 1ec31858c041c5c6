import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findViolations } from "./helpers/axe.ts";
import { findOverflow } from "./helpers/overflow.ts";
import { hasBrowser, type PanelBrowser, type PanelPage, startPanelBrowser } from "./helpers/panel-page.ts";
import { type Scene, scenes } from "./helpers/scenes.ts";
import { dark, themes } from "./helpers/themes.ts";

if (!hasBrowser)
  process.stderr.write("Left out: the panel's looks (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n");

function sceneOf(name: string): Scene {
  const scene = scenes.find((one) => one.name === name);
  if (scene === undefined) throw new Error(`There is no scene ${name}.`);
  return scene;
}

const widths = [280, 420, 900];

describe.runIf(hasBrowser)("every state of the panel", () => {
  let browser: PanelBrowser;
  beforeAll(async () => {
    browser = await startPanelBrowser();
  });
  afterAll(() => browser.close());

  const show = async (scene: Scene): Promise<PanelPage> => {
    const panel = await browser.open({ theme: dark, width: 900, ...scene });
    for (const notification of scene.then ?? []) await panel.burst([notification]);
    return panel;
  };

  test.each(scenes)("$name fits at every width, is accessible in every theme, and stays quiet", async (scene) => {
    const panel = await show(scene);
    const found: string[] = [];
    for (const width of widths) {
      await panel.page.setViewportSize({ width, height: 700 });
      found.push(...(await findOverflow(panel.page)).map((what) => `${width} px: ${what}`));
    }
    for (const theme of themes) {
      await panel.applyTheme(theme);
      found.push(...(await findViolations(panel.page)).map((what) => `${theme.name}: ${what}`));
    }
    expect([...found, ...panel.errors, ...panel.outside]).toEqual([]);
    await panel.close();
  });

  test.each(["commands", "changes", "answer", "unknown-item", "failed", "compacted"])(
    "what unfolds in %s fits and is accessible, too",
    async (name) => {
      const panel = await show(sceneOf(name));
      const { page } = panel;
      const folded = page.locator('button.row[aria-expanded="false"]');
      while ((await folded.count()) > 0) await folded.first().click();
      const more = page.locator("button.link.more", { hasText: /earlier/ });
      while ((await more.count()) > 0) await more.first().click();
      const found: string[] = [];
      for (const width of widths) {
        await page.setViewportSize({ width, height: 700 });
        found.push(...(await findOverflow(page)).map((what) => `${width} px: ${what}`));
      }
      for (const theme of themes) {
        await panel.applyTheme(theme);
        found.push(...(await findViolations(page)).map((what) => `${theme.name}: ${what}`));
      }
      expect(found).toEqual([]);
      await panel.close();
    },
  );

  test("the pickers and the meter fit and are accessible, too", async () => {
    const panel = await show(sceneOf("answer"));
    const found: string[] = [];
    await panel.page.setViewportSize({ width: 280, height: 500 });
    for (const label of [/^Add context/, /^Mode:/, /^Model:/, /^Context/]) {
      await panel.page.getByRole("button", { name: label }).click();
      found.push(...(await findOverflow(panel.page)).map((what) => `${label.source}: ${what}`));
      for (const theme of themes) {
        await panel.applyTheme(theme);
        found.push(...(await findViolations(panel.page)).map((what) => `${label.source}, ${theme.name}: ${what}`));
      }
      await panel.page.keyboard.press("Escape");
    }
    expect(found).toEqual([]);
    await panel.close();
  });
});
