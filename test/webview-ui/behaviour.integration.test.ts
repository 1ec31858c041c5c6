import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyItem } from "../../src/protocol/items.ts";
import {
  hasBrowser,
  type PanelBrowser,
  type PanelOptions,
  type PanelPage,
  startPanelBrowser,
} from "./helpers/panel-page.ts";
import { dark } from "./helpers/themes.ts";
import { answered, changed, cwd, hostState, ran, said, threadWith, turnWith } from "./helpers/threads.ts";

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
      const text = "x".repeat(5 * 1024 * 1024 + 1);
      await composer(panel).fill(text);
      await panel.page.keyboard.press("Enter");
      await panel.page.getByRole("alert").getByText("5 MB is the limit").waitFor();
      expect((await composer(panel).inputValue()).length).toBe(text.length);
      expect(sent(panel)).toEqual([]);
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
      await panel.page.getByRole("button", { name: "Show earlier turns (170)" }).click();
      expect(await panel.page.locator(".turn").count()).toBe(60);
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

  describe("approvals", () => {
    const command = ran("npm install", {
      id: "c",
      status: "inProgress",
      exitCode: null,
      aggregatedOutput: null,
      ...open,
    });
    const approval = {
      kind: "command",
      itemId: "c",
      threadId: "t1",
      surface: "panel",
      script: "npm install \u202eevil",
      cwd,
      reason: "Needs the network.",
      dangerous: false,
    } as const;

    test("a card takes no answer in its first half second, and one after it", async () => {
      const panel = await withTurn([said("Go"), command]);
      await panel.notify("host/state", hostState({ approvals: [approval] }));
      const card = panel.page.getByRole("group", { name: /^Approval: run npm install/ });
      await card.waitFor();
      expect(await card.getByRole("button").allInnerTexts()).toEqual([
        "Decline",
        "Run",
        "Run and don’t ask again this session",
        "Stop turn",
      ]);
      await card.getByRole("button", { name: "Run", exact: true }).dispatchEvent("click");
      expect(panel.asked).toEqual([]);
      await panel.page.locator('.action.primary[aria-disabled="false"]').waitFor();
      const request = panel.nextRequest("host/answerCommand");
      await card.getByRole("button", { name: "Run", exact: true }).dblclick();
      expect(await request).toEqual({ itemId: "c", decision: "accept" });
      expect(panel.asked).toHaveLength(1);
      expect(await card.getByText("npm install \\u{202e}evil").count()).toBe(1);
      await panel.close();
    });

    test("an approval in a dialog only says so", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...approval, surface: "dialog" }] }),
        thread: threadWith([turnWith([said("Go"), command], running)]),
      });
      await panel.page.getByText("Waiting for your answer in the dialog").waitFor();
      expect(await panel.page.getByRole("button", { name: "Run", exact: true }).count()).toBe(0);
      await panel.close();
    });

    test("a dangerous command can be refused in the panel, not allowed", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...approval, dangerous: true }] }),
        thread: threadWith([turnWith([said("Go"), command], running)]),
      });
      const card = panel.page.getByRole("group", { name: /^Approval: run/ });
      await card.waitFor();
      expect(await card.getByRole("button").allInnerTexts()).toEqual(["Decline", "Stop turn"]);
      await panel.close();
    });

    test("files are answered one by one or together, and open as diffs", async () => {
      const paths = [`${cwd}/a.ts`, `${cwd}/b.ts`];
      const change = changed(
        paths.map((path) => ({ path, kind: { type: "add" }, diff: "x\n" })),
        { id: "f", status: "inProgress", ...open },
      );
      const files = paths.map((path) => ({ path, kind: "add", added: 1, removed: 0, decision: "pending" }) as const);
      const pending = { kind: "files", itemId: "f", threadId: "t1", reason: null, files } as const;
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...pending, files: [...files] }] }),
        thread: threadWith([turnWith([said("Go"), change], running)]),
      });
      const { page } = panel;
      const click = async (name: string, method: Parameters<PanelPage["nextRequest"]>[0]): Promise<unknown> => {
        await page.locator('.actions .primary[aria-disabled="false"]').waitFor();
        const request = panel.nextRequest(method);
        await page.getByRole("button", { name, exact: true }).click();
        return request;
      };
      expect(await click("Accept a.ts", "host/answerFile")).toEqual({
        itemId: "f",
        path: paths[0],
        decision: "accept",
      });
      expect(await click("Reject b.ts", "host/answerFile")).toEqual({
        itemId: "f",
        path: paths[1],
        decision: "decline",
      });
      expect(await click("Open diff of b.ts", "host/openDiff")).toEqual({ itemId: "f", path: paths[1] });
      expect(await click("Review all", "host/openAllDiffs")).toEqual({ itemId: "f" });
      expect(await click("Reject all", "host/answerAllFiles")).toEqual({ itemId: "f", decision: "decline" });
      expect(await click("Accept all", "host/answerAllFiles")).toEqual({ itemId: "f", decision: "accept" });
      await panel.close();
    });

    test("an approval whose item is not on the page can be answered all the same", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...approval, itemId: "elsewhere" }] }),
        thread: threadWith([turnWith([said("Go")], running)]),
      });
      await panel.page.getByRole("button", { name: "Decline" }).waitFor();
      await panel.close();
    });
  });

  describe("links and errors", () => {
    test("links, paths and code go through the extension", async () => {
      const panel = await withTurn(
        [said("Go"), answered("[docs](https://example.com/a) `src/a.ts:7` [b](lib/b.ts)\n\n```ts\nlet x;\n```")],
        {
          status: "completed",
        },
      );
      const { page } = panel;
      const external = panel.nextRequest("host/openExternal");
      await page.getByRole("link", { name: "docs" }).click();
      expect(await external).toEqual({ url: "https://example.com/a" });
      const first = panel.nextRequest("host/openFile");
      await page.getByRole("button", { name: "src/a.ts:7" }).click();
      expect(await first).toEqual({ path: `${cwd}/src/a.ts`, line: 7 });
      const second = panel.nextRequest("host/openFile");
      await page.getByRole("button", { name: "b", exact: true }).click();
      expect(await second).toEqual({ path: `${cwd}/lib/b.ts` });
      const insert = panel.nextRequest("host/insertAtCursor");
      await page.getByRole("button", { name: "Insert at cursor" }).click();
      expect(await insert).toEqual({ text: "let x;" });
      await page.locator(".hljs-keyword").waitFor(); // the grammars came, under the page's own policy
      expect([...panel.errors, ...panel.outside]).toEqual([]);
      await panel.close();
    });

    test("a retry counts down and can be stopped", async () => {
      const panel = await withTurn([said("Go")]);
      await panel.notify("error", { ...ids, willRetry: true, error: { message: "429", retryInMs: 3000 } });
      await panel.page.getByText("Trying again in 3 s").waitFor();
      await panel.page.getByText("Trying again in 1 s").waitFor();
      const stop = panel.nextRequest("host/stop");
      await panel.page.locator(".notice").getByRole("button", { name: "Stop" }).click();
      await stop;
      await panel.close();
    });

    test("a turn that got nowhere is sent again, one that did some work goes on", async () => {
      const failed = { status: "failed", error: { message: "lost", codexErrorInfo: "other" } };
      const nowhere = await withTurn([said("Fix it")], failed);
      const again = nowhere.nextRequest("host/submit");
      await nowhere.page.getByRole("button", { name: "Retry" }).click();
      expect(await again).toEqual({ text: "Fix it" });
      await nowhere.close();

      const halfway = await withTurn([said("Fix it"), ran("npm test")], failed);
      const further = halfway.nextRequest("host/submit");
      await halfway.page.getByRole("button", { name: "Continue" }).click();
      expect(await further).toEqual({ text: "Continue where you stopped." });
      await halfway.close();
    });

    test("a fault of the panel leaves a message and a way to reload, never an empty page", async () => {
      const panel = await withTurn([said("Go")]);
      await panel.page.evaluate(() => {
        Array.prototype.findLast = () => {
          throw new Error("broken on purpose");
        };
        Array.prototype.find = Array.prototype.findLast;
      });
      await panel.notify("item/started", { ...ids, item: answered("x", { id: "z" }), startedAtMs: 1 });
      await panel.page.getByRole("heading", { name: "The panel ran into an error" }).waitFor();
      await panel.page.getByText("broken on purpose").waitFor();
      expect(await panel.page.getByRole("button", { name: "Reload" }).count()).toBe(1);
      await panel.close();
    });

    test("a stopped server offers a restart, the demo a sign-in", async () => {
      const panel = await panelWith({
        host: hostState({
          threadId: null,
          isDemo: true,
          server: { status: "stopped", message: null, isTurnwright: true },
        }),
      });
      for (const [name, command] of [
        ["Restart", "restartServer"],
        ["Show log", "showLog"],
        ["Sign in", "signIn"],
        ["New thread", "newThread"],
      ] as const) {
        const request = panel.nextRequest("host/runCommand");
        await panel.page.getByRole("button", { name, exact: true }).click();
        expect(await request).toEqual({ command });
      }
      await panel.close();
    });
  });
});
