import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findViolations } from "./helpers/axe.ts";
import { findOverflow } from "./helpers/overflow.ts";
import {
  hasBrowser,
  type PanelBrowser,
  type PanelOptions,
  type PanelPage,
  startPanelBrowser,
} from "./helpers/panel-page.ts";
import { dark, themes } from "./helpers/themes.ts";
import { hostState } from "./helpers/threads.ts";

if (!hasBrowser)
  process.stderr.write("Left out: the composer's lists (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n");

const skill = (name: string, description: string) => ({
  name,
  description,
  path: `/repo/.agents/skills/${name}/SKILL.md`,
});
const answers: PanelOptions["answers"] = {
  "host/listSkills": () => ({
    skills: [
      skill("review", "How we review changes here"),
      skill("release", "How a version is made, from the notes to the tag"),
    ],
  }),
  "host/listPrompts": () => ({
    prompts: [
      { name: "port", description: "Port a file", argumentHint: "FILE=<path>", path: "/home/prompts/port.md" },
      { name: "new", description: "Hidden by a command", argumentHint: null, path: "/home/prompts/new.md" },
    ],
  }),
  "host/expandPrompt": ({ path, arguments: typed }: { path: string; arguments: string }) => ({
    text: `${path} with ${typed}`,
  }),
  "host/findFiles": ({ query }: { query: string }) => ({
    files: ["src/amount.ts", "test/amount.test.ts", "README.md"].flatMap((path) =>
      path.includes(query) ? [{ path }] : [],
    ),
  }),
};

describe.runIf(hasBrowser)("the lists of the composer", () => {
  let browser: PanelBrowser;
  beforeAll(async () => {
    browser = await startPanelBrowser();
  });
  afterAll(() => browser.close());

  const open = async (options: Partial<PanelOptions> = {}): Promise<PanelPage> => {
    const panel = await browser.open({
      theme: dark,
      width: 420,
      host: hostState({ threadId: null }),
      answers,
      ...options,
    });
    await panel.page.getByRole("textbox").click();
    return panel;
  };
  const field = ({ page }: PanelPage) => page.getByRole("textbox");
  const options = ({ page }: PanelPage) => page.getByRole("option");
  /** Resolves when the page has read all answers that were given so far, and has been painted. */
  const settled = async (panel: PanelPage): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    await panel.notify("host/focusComposer", {});
    await panel.page.evaluate(
      () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
    );
  };
  /** The text of the entry that the text field names as active. */
  const active = (panel: PanelPage): Promise<string | undefined> =>
    field(panel).evaluate(
      (input) => document.getElementById(input.getAttribute("aria-activedescendant") ?? "")?.innerText,
    );

  test("$ lists the skills; letters, arrows and Enter choose, and the skill goes along with the message", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await keyboard.type("Please $");
    await panel.page.getByRole("listbox", { name: "Skills" }).waitFor();
    expect(await active(panel)).toContain("$review");
    await keyboard.press("ArrowDown");
    expect(await active(panel)).toContain("$release");
    await keyboard.press("ArrowDown");
    expect(await active(panel)).toContain("$review");
    await keyboard.type("rel");
    await expect.poll(() => options(panel).count()).toBe(1);
    await keyboard.press("Enter");
    expect(await field(panel).inputValue()).toBe("Please $release ");
    expect(await panel.page.getByRole("listbox").count()).toBe(0);
    await keyboard.type("now");
    const request = panel.nextRequest("host/submit");
    await keyboard.press("Enter");
    expect(await request).toEqual({
      text: "Please $release now",
      skills: [{ name: "release", path: "/repo/.agents/skills/release/SKILL.md" }],
    });
    await panel.close();
  });

  test("Enter behind a finished name closes the list and goes on behind it; the next one sends", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await field(panel).fill("Use $review now");
    for (let step = 0; step < " now".length; step++) await keyboard.press("ArrowLeft");
    await panel.page.getByRole("listbox").waitFor();
    await keyboard.press("Enter");
    expect(await panel.page.getByRole("listbox").count()).toBe(0);
    await keyboard.type("it ");
    expect(await field(panel).inputValue()).toBe("Use $review it now");
    const request = panel.nextRequest("host/submit");
    await keyboard.press("Enter");
    expect(await request).toMatchObject({ text: "Use $review it now" });
    await panel.close();
  });

  test("Escape closes the list, and what was typed is sent as it is", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await keyboard.type("$re");
    await panel.page.getByRole("listbox").waitFor();
    await keyboard.press("Escape");
    expect(await panel.page.getByRole("listbox").count()).toBe(0);
    await keyboard.type("vie");
    expect(await panel.page.getByRole("listbox").count()).toBe(0);
    await field(panel).fill("");
    await keyboard.type("$review");
    await panel.page.getByRole("listbox").waitFor();
    await keyboard.press("Shift+Tab");
    expect(await panel.page.getByRole("listbox").count()).toBe(0);
    expect(await field(panel).evaluate((input) => input === document.activeElement)).toBe(false);
    await field(panel).focus();
    const request = panel.nextRequest("host/submit");
    await keyboard.press("Enter");
    expect(await request).toEqual({ text: "$review" });
    await panel.close();
  });

  test("@ finds files, and Tab puts the chosen one in as code", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await keyboard.type("Compare @amount");
    await expect.poll(() => options(panel).count()).toBe(2);
    await options(panel).nth(1).click();
    expect(await field(panel).inputValue()).toBe("Compare `test/amount.test.ts` ");
    await keyboard.type("@READ");
    await expect.poll(() => options(panel).count()).toBe(1);
    await keyboard.press("Tab");
    expect(await field(panel).inputValue()).toBe("Compare `test/amount.test.ts` `README.md` ");
    await panel.close();
  });

  test("@ alone says what to type, and a search that fails says nothing", async () => {
    const panel = await open({ failures: { "host/findFiles": "No.", "host/listSkills": "No." } });
    await panel.page.keyboard.type("@");
    await panel.page.getByRole("paragraph").getByText("Type a part of a file's name.").waitFor();
    const asked = panel.nextRequest("host/listSkills");
    await field(panel).fill("$");
    await asked;
    await settled(panel);
    expect(await panel.page.locator(".completions").count()).toBe(0);
    expect(panel.asked.filter(({ method }) => method === "host/findFiles")).toEqual([]);
    await panel.close();
  });

  test("no key takes a file that was found for what was typed before, and the chosen one stays chosen", async () => {
    const late = Promise.withResolvers<undefined>();
    const found = (...paths: string[]) => ({ files: paths.map((path) => ({ path })) });
    const panel = await open({
      answers: {
        "host/findFiles": async ({ query }: { query: string }) => {
          if (query === "a") return found("apple.ts", "avocado.ts");
          await late.promise;
          return found("melon.ts", "avocado.ts");
        },
      },
    });
    const { keyboard } = panel.page;
    await keyboard.type("@a");
    await expect.poll(() => options(panel).count()).toBe(2);
    await keyboard.type("v");
    await keyboard.press("Enter");
    await keyboard.press("Tab");
    expect(await field(panel).inputValue()).toBe("@av");
    await keyboard.press("ArrowDown");
    expect(await active(panel)).toContain("avocado.ts");
    late.resolve(undefined);
    await panel.page.getByRole("option", { name: "melon.ts" }).waitFor();
    expect(await active(panel)).toContain("avocado.ts");
    await keyboard.press("Enter");
    expect(await field(panel).inputValue()).toBe("`avocado.ts` ");
    await panel.close();
  });

  test("/ lists commands and prompts; a command runs when it is chosen", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await keyboard.type("/");
    await panel.page.getByRole("listbox", { name: "Commands and prompts" }).waitFor();
    await expect.poll(async () => (await options(panel).allInnerTexts()).join("|")).toContain("/prompts:new");
    await keyboard.type("ne");
    const request = panel.nextRequest("host/runCommand");
    await keyboard.press("Enter");
    expect(await request).toEqual({ command: "newThread" });
    expect(await field(panel).inputValue()).toBe("");
    await keyboard.type("/mode pl");
    const mode = panel.nextRequest("host/setMode");
    await keyboard.press("Enter");
    expect(await mode).toEqual({ mode: "plan" });
    await keyboard.type("/model mini");
    const model = panel.nextRequest("host/setModel");
    await keyboard.press("Enter");
    expect(await model).toEqual({ model: "gpt-5.5-mini" });
    await keyboard.type("/help");
    await keyboard.press("Enter");
    await panel.page.getByRole("region", { name: "What the composer understands" }).waitFor();
    await panel.page.getByRole("button", { name: "Close the help" }).click();
    await panel.close();
  });

  test("a prompt is filled in before it is sent, and can be looked at first", async () => {
    const panel = await open();
    const { keyboard } = panel.page;
    await keyboard.type("/po");
    await expect.poll(async () => (await options(panel).allInnerTexts()).join()).toContain("/port");
    await keyboard.press("Enter");
    expect(await field(panel).inputValue()).toBe("/port ");
    await keyboard.type("FILE=a.js");
    await panel.page.getByText("FILE=<path>").waitFor();
    const request = panel.nextRequest("host/submit");
    await keyboard.press("Enter");
    expect(await request).toEqual({ text: "/home/prompts/port.md with FILE=a.js" });
    await expect.poll(() => field(panel).inputValue()).toBe("");
    await keyboard.type("/port FILE=b.js");
    await panel.page.getByRole("button", { name: "Show the text" }).click();
    await expect.poll(() => field(panel).inputValue()).toBe("/home/prompts/port.md with FILE=b.js");
    await panel.close();
  });

  test("what was typed while a prompt's text was fetched stays, and a late error is not shown", async () => {
    for (const isFailing of [false, true]) {
      const late = Promise.withResolvers<object>();
      const panel = await open({ answers: { ...answers, "host/expandPrompt": () => late.promise } });
      await panel.page.keyboard.type("/port FILE=b.js");
      const asked = panel.nextRequest("host/expandPrompt");
      await panel.page.getByRole("button", { name: "Show the text" }).click();
      await asked;
      await panel.page.keyboard.type(" and c.js");
      late.resolve(isFailing ? {} : { text: "the text" }); // an answer that is none is an error to the panel
      await settled(panel);
      expect(await field(panel).inputValue()).toBe("/port FILE=b.js and c.js");
      expect(await panel.page.getByRole("alert").count()).toBe(0);
      await panel.close();
    }
  });

  test("a skill that is chosen while a message is on its way goes along with the next one", async () => {
    const taken = Promise.withResolvers<object>();
    const panel = await open({ answers: { ...answers, "host/submit": () => taken.promise } });
    const { keyboard } = panel.page;
    const first = panel.nextRequest("host/submit");
    await keyboard.type("Hello");
    await keyboard.press("Enter");
    await first;
    await keyboard.type("$rev");
    await panel.page.getByRole("listbox").waitFor();
    await keyboard.press("Enter");
    taken.resolve({ threadId: "t1", turnId: "sent" });
    await panel.page.locator('button[type="submit"]:not([aria-disabled="true"])').waitFor();
    const second = panel.nextRequest("host/submit");
    await keyboard.press("Enter");
    expect(await second).toMatchObject({ skills: [{ name: "review" }] });
    await panel.close();
  });

  test("a prompt that lacks a value is not sent: the reason is said and the text stays", async () => {
    const panel = await open({ failures: { "host/expandPrompt": "/port needs FILE=…" } });
    await panel.page.keyboard.type("/port ");
    await panel.page.keyboard.press("Enter");
    await panel.page.getByRole("alert").getByText("/port needs FILE=…").waitFor();
    expect(await field(panel).inputValue()).toBe("/port ");
    expect(panel.asked.filter(({ method }) => method === "host/submit")).toEqual([]);
    await panel.close();
  });

  test("what begins with a path, or with a name that nobody knows, is a message like others", async () => {
    const panel = await open();
    for (const text of ["/etc/hosts is wrong", "/nothing like it"]) {
      await field(panel).fill(text);
      const request = panel.nextRequest("host/submit");
      await panel.page.keyboard.press("Enter");
      expect(await request).toEqual({ text });
      await expect.poll(() => field(panel).inputValue()).toBe("");
    }
    await panel.close();
  });

  test("without skills, $ alone says what one is, and $5 says nothing", async () => {
    const panel = await open({ answers: { ...answers, "host/listSkills": () => ({ skills: [] }) } });
    await panel.page.keyboard.type("$");
    await panel.page.getByRole("paragraph").getByText("No skills here.").waitFor();
    await panel.page.keyboard.type("5");
    await panel.page.getByRole("paragraph").getByText("No skills here.").waitFor({ state: "detached" });
    await panel.close();
  });

  test("the lists, the preview and the help fit and are accessible", async () => {
    const panel = await open();
    const found: string[] = [];
    for (const typed of ["$", "@a", "/", "/port FILE=a.js", "/mode "]) {
      await field(panel).fill(typed);
      await panel.page.locator(".completions, .prompt-preview").first().waitFor();
      for (const width of [280, 900]) {
        await panel.page.setViewportSize({ width, height: 600 });
        found.push(...(await findOverflow(panel.page)).map((what) => `${typed} at ${width} px: ${what}`));
      }
      for (const theme of themes) {
        await panel.applyTheme(theme);
        found.push(...(await findViolations(panel.page)).map((what) => `${typed}, ${theme.name}: ${what}`));
      }
    }
    expect([...found, ...panel.errors]).toEqual([]);
    await panel.close();
  });
});
