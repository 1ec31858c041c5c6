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
  process.stderr.write(
    "Left out: the panel's questions and errors (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n",
  );

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
      unsandboxed: true,
      canAllowForSession: true,
      alwaysAllow: null,
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

    test("an answer that was refused can be given again, and a second question about the command is a new card", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [approval] }),
        thread: threadWith([turnWith([said("Go"), command], running)]),
        failures: { "host/answerCommand": "Answer in the dialog." },
      });
      const run = panel.page.getByRole("button", { name: "Run", exact: true });
      const armed = panel.page.locator('.action.primary[aria-disabled="false"]');
      await armed.click();
      await panel.page.getByRole("alert").getByText("Answer in the dialog.").waitFor();
      await armed.waitFor();
      await panel.notify("host/state", hostState({ approvals: [{ ...approval, reason: "Blocked by the sandbox." }] }));
      await panel.page.getByText("Blocked by the sandbox.").waitFor();
      expect(await run.getAttribute("aria-disabled")).toBe("true");
      await armed.waitFor();
      await panel.close();
    });

    test("a change shows what would reorder or hide its lines", async () => {
      const change = changed(
        [{ path: `${cwd}/a\u202e.ts`, kind: { type: "add" }, diff: `if (ok\u2066) {\n${"x".repeat(5000)}\n` }],
        { id: "f", status: "inProgress", ...open },
      );
      const panel = await withTurn([said("Go"), change]);
      const lines = panel.page.locator(".diff-text");
      expect(await lines.first().innerText()).toBe("if (ok\\u{2066}) {");
      expect(await lines.nth(1).innerText()).toMatch(/^x{2000}… \(3000 characters more\)$/);
      expect(await panel.page.locator(".file-name").innerText()).toBe("a\\u{202e}.ts");
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

    test("a card offers to allow for good what the server proposes", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...approval, alwaysAllow: "npm \u202etest" }] }),
        thread: threadWith([turnWith([said("Go"), command], running)]),
      });
      await panel.page.locator('.action.primary[aria-disabled="false"]').waitFor();
      const meaning = panel.page.getByRole("definition").filter({ hasText: "npm \\u{202e}test" });
      expect(await meaning.innerText()).toContain("in all threads, also outside the sandbox");
      const request = panel.nextRequest("host/answerCommand");
      await panel.page.getByRole("button", { name: "Always allow npm \\u{202e}test", exact: true }).click();
      expect(await request).toEqual({ itemId: "c", decision: "acceptForGood" });
      await panel.close();
    });

    test("a card says where the command would run, and offers only what the server takes", async () => {
      const panel = await panelWith({
        host: hostState({ approvals: [{ ...approval, unsandboxed: false, canAllowForSession: false }] }),
        thread: threadWith([turnWith([said("Go"), command], running)]),
      });
      const card = panel.page.getByRole("group", { name: /^Approval: run/ });
      await card.getByText("Inside the sandbox").waitFor();
      expect(await card.getByRole("button").allInnerTexts()).toEqual(["Decline", "Run", "Stop turn"]);
      await panel.notify("host/state", hostState({ approvals: [approval] }));
      await card.getByText("Outside the sandbox, with your rights").waitFor();
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
      await nowhere.page.getByRole("button", { name: "Retry" }).dblclick();
      expect(await again).toEqual({ text: "Fix it" });
      expect(nowhere.asked).toHaveLength(1);
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

    test("what the server has come through can be dismissed, and is said again the next time", async () => {
      const message = "The server ended unexpectedly and was started again.";
      const back = hostState({ threadId: null, server: { status: "ready", message, isTurnwright: true } });
      const panel = await panelWith({ host: back });
      const notice = panel.page.getByText(message);
      await panel.page.getByRole("button", { name: "Dismiss" }).click();
      await notice.waitFor({ state: "detached" });
      const server = { status: "restarting", message: null, isTurnwright: true } as const;
      await panel.notify("host/state", { ...back, server });
      await panel.page.getByText("Restarting it").waitFor();
      await panel.notify("host/state", back);
      await notice.waitFor();
      await panel.close();
    });

    test("several warnings are read one by one", async () => {
      const panel = await withTurn([said("Go")]);
      const warnings = ["First.", "Second."].map((message) => ({
        method: "warning",
        params: { threadId: "t1", message },
      }));
      await panel.burst(warnings);
      const notices = panel.page.getByRole("complementary", { name: "Notices" });
      await notices.getByText("Second. (1 more)").waitFor();
      await notices.getByRole("button", { name: "Dismiss" }).click();
      await notices.getByText("First.").waitFor();
      await notices.getByRole("button", { name: "Dismiss" }).click();
      await notices.getByText("First.").waitFor({ state: "detached" });
      await panel.close();
    });

    test("a warning as long as a page leaves room to write", async () => {
      const panel = await withTurn([said("Go")]);
      await panel.notify("warning", { threadId: "t1", message: "word ".repeat(4000) });
      await panel.page.getByRole("button", { name: "Dismiss" }).waitFor();
      const box = await panel.page.getByRole("textbox").boundingBox();
      const height = panel.page.viewportSize()?.height ?? 0;
      expect((box?.y ?? height) + (box?.height ?? 0)).toBeLessThan(height);
      await panel.close();
    });

    test("a model on this machine is offered before the demo, in the notice and below it", async () => {
      const server = {
        provider: "ollama",
        name: "Ollama",
        baseUrl: "http://127.0.0.1:11434/v1",
        models: ["llama3"],
        access: "usable" as const,
      };
      const demo = hostState({ threadId: null, isDemo: true, localModels: { isLooking: true, servers: [] } });
      const panel = await panelWith({ host: demo });
      await panel.page.getByText("Looking for a model on this machine").waitFor();
      await panel.notify("host/state", { ...demo, localModels: { isLooking: false, servers: [] } });
      const again = panel.nextRequest("host/findLocalModels");
      await panel.page.getByRole("button", { name: "Look again" }).click();
      await again;
      await panel.notify("host/state", { ...demo, localModels: { isLooking: false, servers: [server] } });
      const offers = panel.page.getByRole("button", { name: /^Use llama3 on Ollama/ });
      await offers.nth(1).waitFor();
      for (const index of [0, 1]) {
        const request = panel.nextRequest("host/useLocalModel");
        await offers.nth(index).click();
        expect(await request).toEqual({ provider: "ollama", model: "llama3" });
      }
      const titles = await panel.page.locator(".suggestion-title").allInnerTexts();
      expect(titles[0]).toBe("Use llama3 on Ollama");
      await panel.notify("host/state", hostState({ threadId: null }));
      await offers.first().waitFor({ state: "detached" });
      await panel.close();
    });

    test("without a folder one can be opened, without trust it can be given", async () => {
      const click = async (panel: PanelPage, name: string): Promise<unknown> => {
        const request = panel.nextRequest("host/runCommand");
        await panel.page.getByRole("button", { name, exact: true }).click();
        return request;
      };
      const folderless = await panelWith({
        host: hostState({ threadId: null, hasWorkspace: false, workspaceName: null }),
      });
      expect(await click(folderless, "Open folder")).toEqual({ command: "openFolder" });
      expect(await click(folderless, "Try the demo")).toEqual({ command: "tryDemo" });
      await folderless.close();
      const restricted = await panelWith({ host: hostState({ isTrusted: false, mode: "plan", modes: ["plan"] }) });
      expect(await click(restricted, "Manage trust")).toEqual({ command: "manageTrust" });
      await restricted.close();
    });

    test("context is added from a menu, by pointer or keys", async () => {
      const panel = await panelWith({ host: hostState({ threadId: null }) });
      const files = panel.nextRequest("host/runCommand");
      await panel.page.getByRole("button", { name: "Add context" }).click();
      await panel.page.getByRole("menuitem", { name: /^Files/ }).click();
      expect(await files).toEqual({ command: "addFiles" });
      const selection = panel.nextRequest("host/runCommand");
      await panel.page.getByRole("button", { name: "Add context" }).press("Enter");
      await panel.page.keyboard.press("ArrowDown");
      await panel.page.keyboard.press("Enter");
      expect(await selection).toEqual({ command: "askAboutSelection" });
      expect(await panel.page.getByRole("menuitem").count()).toBe(0);
      await panel.close();
    });

    test("the meter's popup starts a compaction, and not while a turn runs", async () => {
      const unused = { cachedInputTokens: 0, cacheWriteInputTokens: 0, outputTokens: 0, reasoningOutputTokens: 0 };
      const tokens = { totalTokens: 90_000, inputTokens: 90_000, ...unused };
      const usage = { tokenUsage: { total: tokens, last: tokens, modelContextWindow: 100_000 } };
      const panel = await panelWith({ thread: threadWith([turnWith([said("Go"), answered("Done.")])]) });
      await panel.notify("thread/tokenUsage/updated", { ...ids, ...usage });
      const request = panel.nextRequest("host/runCommand");
      await panel.page.getByRole("button", { name: /^Context 90% full/ }).click();
      await panel.page.getByRole("button", { name: "Compact conversation" }).click();
      expect(await request).toEqual({ command: "compact" });
      expect(await panel.page.getByRole("dialog").count()).toBe(0);
      await panel.close();

      const busy = await withTurn([said("Go")]);
      await busy.notify("thread/tokenUsage/updated", { ...ids, ...usage });
      await busy.page.getByRole("button", { name: /^Context 90% full/ }).click();
      const button = busy.page.getByRole("button", { name: "Compact conversation" });
      expect(await button.getAttribute("aria-disabled")).toBe("true");
      await button.click({ force: true });
      expect(busy.asked).toEqual([]);
      await busy.close();
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
      ] as const) {
        const request = panel.nextRequest("host/runCommand");
        await panel.page.getByRole("button", { name, exact: true }).click();
        expect(await request).toEqual({ command });
      }
      await panel.close();
    });
  });
});
