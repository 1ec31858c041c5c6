import { readFile, readdir, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import type { Browser, Frame } from "playwright-core";
import { inject } from "vitest";
import type { Editor, Theme } from "./editor.ts";

const themes: readonly Theme[] = ["light", "highContrast", "dark"];
const widths = [280, 900];
const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const axeRules = ["color-contrast", "button-name", "link-name", "label", "aria-valid-attr-value", "aria-required-attr"];

/** The panel's document, for questions that a locator cannot answer. */
export async function panelFrame(editor: Editor): Promise<Frame> {
  const handle = await editor.chat.owner().elementHandle();
  const frame = await handle.contentFrame();
  if (!frame) throw new Error("The panel is not shown.");
  return frame;
}

/**
 * Photographs the panel in every theme and width under `<state>-<theme>-<width>.png`, and gives what is wrong with it: text
 * that runs out of the panel, clipped buttons, contrast that axe finds too low. Leaves the dark theme and a middle width.
 * `arrange` is called before each picture: choosing a theme takes the keyboard from the panel, and what is open for it closes.
 */
export async function photograph(
  editor: Editor,
  state: string,
  arrange: () => Promise<void> = async () => undefined,
): Promise<string[]> {
  const faults: string[] = [];
  for (const width of widths) {
    await editor.setChatWidth(width);
    for (const theme of themes) {
      await editor.setTheme(theme);
      const frame = await panelFrame(editor);
      await frame.waitForFunction((kind) => document.body.classList.contains(kind), bodyClass[theme]);
      await arrange();
      const name = `${state}-${theme}-${width}`;
      await editor.page
        .locator(".part.auxiliarybar")
        .screenshot({ path: path.join(inject("e2e").results, `${name}.png`) });
      faults.push(
        ...(await layoutFaults(frame)).concat(await contrastFaults(frame)).map((fault) => `${name}: ${fault}`),
      );
    }
  }
  await editor.setChatWidth(420);
  return faults;
}

/** The class that VS Code gives the body of a webview. */
const bodyClass: Record<Theme, string> = {
  light: "vscode-light",
  dark: "vscode-dark",
  highContrast: "vscode-high-contrast",
};

async function layoutFaults(frame: Frame): Promise<string[]> {
  return frame.evaluate(() => {
    const found: string[] = [];
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} px wide in ${clientWidth} px`);
    for (const button of document.querySelectorAll("button")) {
      const { left, right, width } = button.getBoundingClientRect();
      if (width === 0) continue;
      const name = (button.getAttribute("aria-label") ?? button.textContent).trim();
      if (left < 0 || right > clientWidth + 0.5)
        found.push(`the button “${name}” leaves the panel (${Math.round(left)} to ${Math.round(right)} px)`);
      if (button.scrollWidth > button.clientWidth + 1) found.push(`the button “${name}” is clipped`);
    }
    return found;
  });
}

async function contrastFaults(frame: Frame): Promise<string[]> {
  // Evaluated through the debugger, which the panel's content security policy does not bind.
  if (!(await frame.evaluate("typeof window.axe === 'object'"))) await frame.evaluate(await readFile(axeFile, "utf8"));
  // A webview is transparent and the side bar shows through, which axe cannot see: it would take white for the ground.
  const found: unknown = await frame.evaluate(`(async () => {
    const { style } = document.documentElement;
    style.backgroundColor = "var(--vscode-sideBar-background)";
    const { violations } = await axe.run(document, { runOnly: ${JSON.stringify(axeRules)} });
    style.backgroundColor = "";
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + " " + target.join(" ") + ": " + (any[0]?.message ?? "")));
  })()`);
  return Array.isArray(found) ? found.map(String) : [];
}

/** Puts all pictures of a run on one page and photographs it: `contact-sheet.png` beside them. */
export async function contactSheet(browser: Browser, folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".png") && name !== "contact-sheet.png").sort();
  if (names.length === 0) return;
  const figures = await Promise.all(
    names.map(async (name) => {
      const picture = (await readFile(path.join(folder, name))).toString("base64");
      return `<figure><img src="data:image/png;base64,${picture}"><figcaption>${name.slice(0, -4)}</figcaption></figure>`;
    }),
  );
  const style =
    "body{margin:16px;background:#777;font:13px sans-serif;display:flex;flex-wrap:wrap;gap:16px;align-items:start}figure{margin:0}img{height:520px;display:block}";
  const html = `<!doctype html><meta charset="utf-8"><title>Turnwright, all states</title><style>${style}</style>${figures.join("")}`;
  await writeFile(path.join(folder, "contact-sheet.html"), html);
  const page = await browser.newPage({ viewport: { width: 2400, height: 1200 } });
  await page.setContent(html);
  await page.screenshot({ path: path.join(folder, "contact-sheet.png"), fullPage: true });
  await page.close();
}
