import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyItem } from "../../src/protocol/items.ts";
import { maxInputChars } from "../../src/protocol/settings.ts";
import {
  hasBrowser,
  type PanelBrowser,
  type PanelOptions,
  type PanelPage,
  startPanelBrowser,
} from "./helpers/panel-page.ts";
import { dark } from "./helpers/themes.ts";
import { answered, hostState, ran, said, threadWith, turnWith } from "./helpers/threads.ts";

if (!hasBrowser)
  process.stderr.write("Left out: the panel's behaviour (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n");

const ids = { threadId: "t1", turnId: "turn1" };
const running = { status: "inProgress", completedAt: null, durationMs: null } as const;
const open = { completedAtMs: null } as const;

describe.runIf(hasBrowser)("the panel", () => {
  let browser: PanelBrowser;
  beforeAll(async () => {
    browser = await startPanelBrowser();
  });
  afterAll(() => browser.close());

  const panelWith = async (options: Partial<PanelOptions>): Promise<PanelPage> =>
    browser.open({ theme: dark, width: 420, host: hostState(), ...options });
  const withTurn = (items: AnyItem[], change: object = {}): Promise<PanelPage> =>
    panelWith({ thread: threadWith([turnWith([], { ...running, items, ...change })]) });
  const composer = ({ page }: PanelPage) => page.getByRole("textbox");
  const sent = (panel: PanelPage) =>
    panel.asked.flatMap(({ method, params }) => (method === "host/submit" ? [params] : []));

  describe("composer", () => {
    test("Enter sends, Shift+Enter makes a new line, the field is empty afterwards", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      await composer(panel).click();
      await panel.page.keyboard.type("one");
      await panel.page.keyboard.press("Shift+Enter");
      await panel.page.keyboard.type("two");
      const request = panel.nextRequest("host/submit");
      await panel.page.keyboard.press("Enter");
      expect(await request).toEqual({ text: "one\ntwo" });
      expect(await composer(panel).inputValue()).toBe("");
      await panel.close();
    });

    test("with ctrlEnter, Enter makes a new line and Ctrl+Enter sends", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null, sendKey: "ctrlEnter" }) });
      await composer(panel).fill("one");
      await panel.page.keyboard.press("Enter");
      await panel.page.keyboard.type("two");
      const request = panel.nextRequest("host/submit");
      await panel.page.keyboard.press("Control+Enter");
      expect(await request).toEqual({ text: "one\ntwo" });
      await panel.close();
    });

    test("an empty message and an Enter of an input method send nothing", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      await composer(panel).fill("  \n ");
      await panel.page.keyboard.press("Enter");
      await composer(panel).fill("日本");
      await composer(panel).dispatchEvent("keydown", { key: "Enter", keyCode: 229, isComposing: true, bubbles: true });
      expect(await composer(panel).inputValue()).toBe("日本");
      const request = panel.nextRequest("host/submit");
      await panel.page.keyboard.press("Enter");
      expect(await request).toEqual({ text: "日本" });
      expect(sent(panel)).toHaveLength(1);
      await panel.close();
    });

    test("a message above the limit is refused, and stays", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      const text = "x".repeat(maxInputChars + 1);
      await composer(panel).fill(text);
      await panel.page.keyboard.press("Enter");
      await panel.page.getByRole("alert").getByText("1,048,576 is the limit").waitFor();
      expect((await composer(panel).inputValue()).length).toBe(text.length);
      expect(sent(panel)).toEqual([]);
      const request = panel.nextRequest("host/submit");
      await composer(panel).press("Backspace");
      await composer(panel).press("Enter");
      expect((await request).text.length).toBe(maxInputChars);
      await panel.close();
    });

    test("a message that could not be sent comes back, with the reason", async () => {
      const panel = await panelWith({
        host: hostState({ threadId: null }),
        failures: { "host/submit": "Not signed in." },
      });
      await composer(panel).fill("Fix it");
      await panel.page.keyboard.press("Enter");
      await panel.page.getByRole("alert").getByText("Not signed in.").waitFor();
      await expect.poll(() => composer(panel).inputValue()).toBe("Fix it");
      await panel.close();
    });

    test("the draft is there again after a reload", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }), savedState: { draft: "half a thought" } });
      expect(await composer(panel).inputValue()).toBe("half a thought");
      await composer(panel).fill("a whole thought");
      await expect
        .poll(() => panel.page.evaluate(() => Reflect.get(window, "savedState") as unknown))
        .toEqual({ draft: "a whole thought" });
      await panel.close();
    });

    test("a message on its way is kept with the draft until it is known to be taken", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }), unanswered: "host/submit" });
      await composer(panel).fill("Fix it");
      await composer(panel).press("Enter");
      await composer(panel).fill("and hurry");
      await expect
        .poll(() => panel.page.evaluate(() => Reflect.get(window, "savedState") as unknown))
        .toEqual({ draft: "Fix it\nand hurry" });
      await panel.close();
    });

    test("while a turn runs, Stop stands where Send was, and what is sent steers", async () => {
      const panel = await withTurn([said("Go")]);
      expect(await panel.page.getByRole("button", { name: "Send", exact: true }).count()).toBe(0);
      const stop = panel.nextRequest("host/stop");
      await panel.page.getByRole("button", { name: "Stop", exact: true }).click();
      await stop;
      await composer(panel).fill("use tabs");
      const request = panel.nextRequest("host/submit");
      await panel.page.getByRole("button", { name: "Send to the running turn" }).click();
      expect(await request).toEqual({ text: "use tabs" });
      await panel.close();
    });

    test("a message to a running turn stays on the page until the turn takes it", async () => {
      const panel = await withTurn([said("Go")]);
      await composer(panel).fill("use tabs");
      await composer(panel).press("Enter");
      const waiting = panel.page.locator(".user-message.sending");
      await waiting.getByText("The agent reads this at its next step.").waitFor();
      expect(await waiting.locator(".user-text").innerText()).toBe("use tabs");
      await panel.notify("item/started", { ...ids, item: said("use tabs"), startedAtMs: 1 });
      await waiting.waitFor({ state: "detached" });
      expect(await panel.page.locator(".user-text").allInnerTexts()).toEqual(["Go", "use tabs"]);
      await panel.close();
    });

    test("what the extension fills in is added to the draft and focused", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      await composer(panel).fill("Look at");
      await panel.notify("host/prefillComposer", { text: "src/a.ts:3" });
      await expect.poll(() => composer(panel).inputValue()).toBe("Look at\n\nsrc/a.ts:3");
      expect(await composer(panel).evaluate((element) => element === document.activeElement)).toBe(true);
      await panel.close();
    });

    test("the mode is picked by keyboard alone", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      const { page } = panel;
      const picker = page.getByRole("button", { name: /^Mode:/ });
      await picker.focus();
      await page.keyboard.press("Enter");
      expect(await page.getByRole("menuitemradio", { name: /^Ask/ }).getAttribute("aria-checked")).toBe("true");
      await page.keyboard.press("ArrowDown");
      const request = panel.nextRequest("host/setMode");
      await page.keyboard.press("Enter");
      expect(await request).toEqual({ mode: "agent" });
      expect(await picker.evaluate((element) => element === document.activeElement)).toBe(true);
      await page.keyboard.press("Enter");
      await page.keyboard.press("Escape");
      expect(await page.getByRole("menu").count()).toBe(0);
      await panel.close();
    });

    test("only the modes that are allowed are offered", async () => {
      const panel = await panelWith({
        host: hostState({ threadId: null, isTrusted: false, mode: "plan", modes: ["plan"] }),
      });
      await panel.page.getByRole("button", { name: /^Mode:/ }).click();
      expect(await panel.page.getByRole("menuitemradio").count()).toBe(1);
      await panel.close();
    });
  });

  describe("stream", () => {
    test("a message grows by its deltas, and its completion has the last word", async () => {
      const message = answered("", { id: "a", ...open });
      const panel = await withTurn([said("Go"), message]);
      const text = panel.page.locator(".agent-message .markdown");
      await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: "First.\n\nSec" });
      await text.getByText("Sec").waitFor();
      await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: "ond **bold" });
      await text.getByText("Second **bold").waitFor();
      await panel.notify("item/completed", { ...ids, item: answered("Only this.", { id: "a" }), completedAtMs: 2 });
      await text.getByText("Only this.").waitFor();
      expect(await text.innerText()).toBe("Only this.");
      await panel.close();
    });

    test("blocks that are finished are not touched while the last one grows", async () => {
      const panel = await withTurn([said("Go"), answered("One.\n\nTwo.\n\nThree", { id: "a", ...open })]);
      await panel.page.evaluate(() => {
        const touched: string[] = [];
        Object.assign(window, { touched });
        new MutationObserver((records) => {
          for (const { target } of records) touched.push(target.textContent ?? "");
        }).observe(document.querySelector(".markdown") ?? document, {
          subtree: true,
          childList: true,
          characterData: true,
        });
      });
      for (const word of [" and", " four", " and", " more"]) {
        await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: word });
      }
      await panel.page.getByText("Three and four and more").waitFor();
      const touched = await panel.page.evaluate(() => Reflect.get(window, "touched") as string[]);
      expect(touched.length).toBeGreaterThan(0);
      expect(touched.filter((text) => !text.startsWith("Three"))).toEqual([]);
      await panel.close();
    });

    test("a command shows its output as it comes, then how it ended", async () => {
      const command = ran("npm test", {
        id: "c",
        status: "inProgress",
        exitCode: null,
        durationMs: null,
        aggregatedOutput: null,
        ...open,
      });
      const panel = await withTurn([said("Go"), command]);
      await panel.notify("item/commandExecution/outputDelta", { ...ids, itemId: "c", delta: "10%\r50%\r" });
      await panel.notify("item/commandExecution/outputDelta", { ...ids, itemId: "c", delta: "100%\nready\n" });
      await panel.page.getByText("ready").waitFor();
      expect(await panel.page.getByRole("group", { name: "Output" }).innerText()).toBe("100%\nready");
      await panel.notify("item/completed", {
        ...ids,
        item: { ...command, status: "failed", exitCode: 2, durationMs: 1500, aggregatedOutput: "boom\n" },
        completedAtMs: 2,
      });
      await panel.page.getByText("exit 2 · 1.5 s").waitFor();
      expect(await panel.page.getByRole("group", { name: "Output" }).innerText()).toBe("boom");
      await panel.close();
    });

    test("a command that goes on after its turn is still running, one of a stopped turn is not", async () => {
      const command = (id: string) =>
        ran("npm start", { id, status: "inProgress", exitCode: null, durationMs: null, ...open });
      const panel = await panelWith({
        thread: threadWith([
          turnWith([said("Stop it"), command("stopped")], { id: "turn0", status: "interrupted" }),
          turnWith([said("Start it"), command("c"), answered("It listens on port 80.")]),
        ]),
      });
      const states = () =>
        panel.page.locator(".item.command").evaluateAll((all) => all.map((one) => one.dataset["state"]));
      expect(await states()).toEqual(["stopped", "running"]);
      await panel.notify("item/completed", {
        ...ids,
        item: { ...command("c"), status: "completed", exitCode: 0, completedAtMs: 2 },
        completedAtMs: 2,
      });
      await expect.poll(states).toEqual(["stopped", "succeeded"]);
      await panel.close();
    });

    test("code that streams is coloured to its end, and stays whole", async () => {
      const lines = Array.from({ length: 300 }, (_, index) => `const value${index} = "text ${index}";\n`);
      const panel = await withTurn([said("Go"), answered("```ts\n", { id: "a", ...open })]);
      for (let at = 0; at < lines.length; at += 30) {
        const delta = lines.slice(at, at + 30).join("");
        await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta });
      }
      const code = panel.page.locator(".code-block code");
      await expect.poll(() => code.locator(".hljs-keyword").count()).toBe(lines.length);
      expect(await code.textContent()).toBe(lines.join("").trimEnd());
      await panel.close();
    });

    test("the plan is pinned and follows the turn", async () => {
      const panel = await withTurn([said("Go")]);
      await panel.notify("turn/plan/updated", {
        ...ids,
        plan: [
          { step: "Look", status: "completed" },
          { step: "Edit", status: "inProgress" },
        ],
      });
      const plan = panel.page.getByRole("region", { name: "Plan" });
      await plan.getByText("1 of 2 done").waitFor();
      expect(await plan.locator("[aria-current=step]").innerText()).toContain("Edit");
      await panel.close();
    });

    test("milestones are announced, words are not", async () => {
      const panel = await withTurn([said("Go"), answered("", { id: "a", ...open })]);
      const status = panel.page.getByRole("status");
      await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: "Hello" });
      await panel.page.getByText("Hello").waitFor();
      expect(await status.innerText()).toBe("");
      await panel.notify("turn/completed", { threadId: "t1", turn: turnWith([]) });
      await status.getByText("Done in 42 s").waitFor({ state: "attached" });
      await panel.close();
    });
  });

  describe("scrolling", () => {
    const long = Array.from({ length: 60 }, (_, index) => `Paragraph ${index}.`).join("\n\n");
    const distance = (panel: PanelPage): Promise<number> =>
      panel.page
        .locator(".scroller")
        .evaluate((element) => element.scrollHeight - element.clientHeight - element.scrollTop);

    test("new text is followed at the end, and left alone while the user reads above it", async () => {
      const panel = await withTurn([said("Go"), answered(long, { id: "a", ...open })]);
      expect(await distance(panel)).toBeLessThan(2);
      await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: `\n\n${long}\n\nFirst end` });
      await panel.page.getByText("First end").waitFor();
      expect(await distance(panel)).toBeLessThan(2);

      await panel.page.locator(".scroller").hover();
      await panel.page.mouse.wheel(0, -600);
      await expect.poll(() => distance(panel)).toBeGreaterThan(300);
      const top = await panel.page.locator(".scroller").evaluate((element) => element.scrollTop);
      await panel.notify("item/agentMessage/delta", { ...ids, itemId: "a", delta: `\n\n${long}\n\nSecond end` });
      await panel.page.getByText("Second end").waitFor({ state: "attached" });
      expect(await panel.page.locator(".scroller").evaluate((element) => element.scrollTop)).toBe(top);

      await panel.page.getByRole("button", { name: "Jump to latest" }).click();
      await expect.poll(() => distance(panel)).toBeLessThan(2);
      expect(await panel.page.getByRole("button", { name: "Jump to latest" }).count()).toBe(0);
      await panel.close();
    });

    test("of a long thread the latest turns are on the page, earlier ones on demand", async () => {
      const turns = Array.from({ length: 200 }, (_, index) =>
        turnWith([said(`Question ${index}`), answered(`Answer ${index}`)], { id: `turn${index}` }),
      );
      const panel = await panelWith({ thread: threadWith(turns) });
      await panel.page.getByText("Answer 199").waitFor();
      expect(await panel.page.locator(".turn").count()).toBe(30);
      const scroller = panel.page.locator(".scroller");
      const topOf = (text: string): Promise<number> =>
        panel.page.getByText(text, { exact: true }).evaluate((element) => element.getBoundingClientRect().top);
      for (const count of [60, 90]) {
        await scroller.evaluate((element) => element.scrollTo(0, 0));
        await panel.page.getByRole("button", { name: "Jump to latest" }).waitFor();
        const read = `Answer ${200 - count + 30}`;
        const top = await topOf(read);
        await panel.page.getByRole("button", { name: "Show earlier turns" }).click();
        await expect.poll(() => panel.page.locator(".turn").count()).toBe(count);
        await panel.page.getByText(`Answer ${200 - count}`).waitFor();
        expect(Math.abs((await topOf(read)) - top), `${read} moved`).toBeLessThan(2);
      }
      await panel.close();
    });

    test("when there is nothing earlier any more, the conversation has the focus of the button", async () => {
      const turns = Array.from({ length: 40 }, (_, index) =>
        turnWith([said(`Question ${index}`), answered(`Answer ${index}`)], { id: `turn${index}` }),
      );
      const panel = await panelWith({ thread: threadWith(turns) });
      const button = panel.page.getByRole("button", { name: "Show earlier turns" });
      await button.focus();
      await panel.page.keyboard.press("Enter");
      await button.waitFor({ state: "detached" });
      expect(await panel.page.locator(".turn").count()).toBe(40);
      expect(await panel.page.evaluate(() => document.activeElement?.className)).toBe("scroller");
      await panel.close();
    });

    test("a flood of output leaves a bounded page", async () => {
      const command = ran("yes", {
        id: "c",
        aggregatedOutput: "0123456789abcdef\n".repeat(60_000),
        status: "failed",
        exitCode: 1,
      });
      const panel = await withTurn([said("Go"), command], { status: "completed" });
      await panel.page.getByRole("button", { name: "Show earlier output" }).click();
      expect((await panel.page.locator("#root").innerText()).length).toBeLessThan(250_000);
      await panel.close();
    });
  });
});
