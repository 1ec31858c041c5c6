import path from "node:path";
import { chromium, type FrameLocator, type Locator, type Page } from "playwright-core";
import { inject } from "vitest";
import type { Workbench } from "./workbench.ts";

export type Theme = "light" | "dark" | "highContrast";

const themes: Record<Theme, { readonly label: string; readonly bodyClass: string }> = {
  light: { label: "Light Modern", bodyClass: "vs" },
  dark: { label: "Dark Modern", bodyClass: "vs-dark" },
  highContrast: { label: "Dark High Contrast", bodyClass: "hc-black" },
};

/** An editor window in the browser, with the words of what a user does in it. */
export interface Editor extends AsyncDisposable {
  readonly page: Page;
  /** The document of our panel. */
  readonly chat: FrameLocator;
  /** Runs a command of the palette by its full title, "Turnwright: New Thread". */
  runCommand(title: string): Promise<void>;
  /** Shows the panel and waits until it has drawn its composer. */
  openChat(): Promise<FrameLocator>;
  /** The modal dialog that is open, once there is one. */
  modal(): Promise<{ readonly text: string; answer(button: string): Promise<void> }>;
  /** Clicks an action in the title bar of the editor group, by its label ("Accept"). */
  clickTitleAction(label: string): Promise<void>;
  setTheme(theme: Theme): Promise<void>;
  /** Drags the panel's side bar to this width in pixels, as near as the layout lets it, and gives the width it has. */
  setChatWidth(pixels: number): Promise<number>;
  /** Where a picture of that name goes. */
  picture(name: string): string;
  /** Loads the window again, as the command Reload Window does. */
  reload(): Promise<void>;
}

/** Opens a window on the workbench in a fresh browser profile and waits until it can be used. */
export async function openEditor(workbench: Workbench, size = { width: 1500, height: 900 }): Promise<Editor> {
  const browser = await chromium.connect(inject("e2e").browser);
  const context = await browser.newContext({ viewport: size, reducedMotion: "reduce" });
  const page = await context.newPage();
  const chat = page
    .frameLocator('iframe.webview[src*="extensionId=turnwright.turnwright"]')
    .frameLocator("iframe#active-frame");
  const sideBar = page.locator(".part.auxiliarybar");

  const ready = async (): Promise<void> => {
    await page.locator(".monaco-workbench .part.statusbar").waitFor();
  };
  const widget = page.locator(".quick-input-widget:visible");
  const row = (label: string): Locator => widget.locator(`.monaco-list-row[aria-label^="${label}"]`).first();
  const pick = async (label: string): Promise<void> => {
    await widget.locator("input.input").fill(label);
    await row(label).click();
    await widget.waitFor({ state: "hidden" });
  };
  const runCommand = async (title: string): Promise<void> => {
    // The palette lists the commands of the moment it opened: early in a window, those of extensions may be missing. And
    // it closes by itself when what was started before takes the focus.
    for (let attempt = 1; ; attempt++) {
      const timeout = attempt * 2_000;
      try {
        await page.keyboard.press("F1");
        await widget.locator("input.input").fill(`>${title}`, { timeout });
        await row(title).click({ timeout });
        return;
      } catch (error) {
        if (attempt === 5) throw error;
        await page.keyboard.press("Escape");
        await widget.waitFor({ state: "hidden" });
      }
    }
  };

  await page.goto(workbench.url);
  await ready();
  return {
    page,
    chat,
    runCommand,
    async openChat() {
      await runCommand("Turnwright: Open");
      await chat.locator("textarea").waitFor();
      return chat;
    },
    async modal() {
      const dialog = page.locator(".monaco-dialog-box");
      await dialog.waitFor();
      return {
        text: await dialog.innerText(),
        answer: async (button) => {
          // An answer that comes faster than a person reads is not taken, and the same question comes again.
          await page.waitForTimeout(700);
          await dialog
            .locator(".monaco-button")
            .and(page.getByText(button, { exact: true }))
            .click();
          await dialog.waitFor({ state: "detached" });
        },
      };
    },
    async clickTitleAction(label) {
      await titleAction(page, label).click();
    },
    async setTheme(theme) {
      const { label, bodyClass } = themes[theme];
      // By the picker: a settings file that is written from outside is not read again while the window is open.
      await runCommand("Preferences: Color Theme");
      await pick(label);
      await page.locator(`.monaco-workbench.${bodyClass}`).waitFor();
    },
    async setChatWidth(pixels) {
      const box = await boxOf(sideBar);
      const sash = await sashBefore(page, box.x);
      await page.mouse.move(sash.x, sash.y);
      await page.mouse.down();
      // Several moves, as a hand makes them: the first ones only start the drag.
      await page.mouse.move(sash.x + box.width - pixels, sash.y, { steps: 10 });
      await page.mouse.up();
      return (await boxOf(sideBar)).width;
    },
    picture: (name) => path.join(inject("e2e").results, `${name}.png`),
    async reload() {
      await page.reload();
      await ready();
    },
    async [Symbol.asyncDispose]() {
      // By navigation: a page that goes away without unloading leaves its extension host running.
      await page.goto("about:blank");
      await browser.close();
    },
  };
}

type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

async function boxOf(locator: Locator): Promise<Box> {
  const box = await locator.boundingBox();
  if (!box) throw new Error("The secondary side bar is hidden.");
  return box;
}

/** The middle of the vertical divider that stands next to `x`. */
async function sashBefore(page: Page, x: number): Promise<{ x: number; y: number }> {
  const boxes = await Promise.all(
    (await page.locator(".monaco-sash.vertical:not(.disabled)").all()).map((sash) => sash.boundingBox()),
  );
  const middles = boxes.flatMap((box) =>
    box && box.height > 100 ? [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }] : [],
  );
  const [nearest] = middles.sort((a, b) => Math.abs(a.x - x) - Math.abs(b.x - x));
  if (!nearest) throw new Error("The secondary side bar has no divider.");
  return nearest;
}

function titleAction(page: Page, label: string): Locator {
  return page.locator(`.editor-group-container.active .title .editor-actions .action-label[aria-label^="${label}"]`);
}
