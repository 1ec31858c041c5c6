import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AnyItem } from "../../src/protocol/items.ts";
import { findOverflow } from "./helpers/overflow.ts";
import { hostileStrings } from "./helpers/hostile-strings.ts";
import { hasBrowser, type PanelBrowser, type PanelOptions, startPanelBrowser } from "./helpers/panel-page.ts";
import { dark } from "./helpers/themes.ts";
import { answered, changed, hostState, ran, reasoned, said, threadWith, turnWith } from "./helpers/threads.ts";

if (!hasBrowser)
  process.stderr.write("Left out: hostile content (no Chromium here; TURNWRIGHT_E2E_BROWSER names one).\n");

const ids = { threadId: "t1", turnId: "turn1" };

/** Every field that the panel shows, holding the text. */
function itemsWith(text: string): AnyItem[] {
  return [
    said(text),
    answered(text),
    answered(`- ${text}\n\n> ${text}\n\n| ${text} |\n|---|\n| ${text} |\n\n# ${text}`),
    reasoned(`**${text}**\n\n${text}`),
    ran(text, {
      command: text,
      cwd: text,
      status: "failed",
      exitCode: 1,
      aggregatedOutput: text,
      commandActions: [{ type: "unknown", command: text }],
    }),
    ran("x", { commandActions: [{ type: "search", command: text, query: text, path: text }] }),
    ran("x", { commandActions: [{ type: "read", command: text, name: text, path: text }] }),
    changed([
      { path: text, kind: { type: "add" }, diff: text },
      {
        path: `/x/${text}`,
        kind: { type: "update", move_path: text },
        diff: `@@ -1 +1 @@ ${text}\n-${text}\n+${text}\n`,
      },
    ]),
    { type: text, id: `unknown ${text}`, text },
  ];
}

const stateWith = (text: string): PanelOptions["host"] =>
  hostState({
    workspaceName: text,
    model: text,
    models: [{ id: text, displayName: text }],
    server: { status: "restarting", message: text, isTurnwright: true },
    approvals: [
      {
        kind: "command",
        itemId: text,
        threadId: "t1",
        surface: "panel",
        script: text,
        cwd: text,
        reason: text,
        dangerous: true,
        unsandboxed: true,
        canAllowForSession: true,
        alwaysAllow: null,
      },
      {
        kind: "files",
        itemId: "f",
        threadId: "t1",
        reason: text,
        files: [{ path: text, kind: "update", added: 1, removed: 1, decision: "pending" }],
      },
    ],
  });

describe.runIf(hasBrowser)("hostile content", () => {
  let browser: PanelBrowser;
  beforeAll(async () => {
    browser = await startPanelBrowser();
  });
  afterAll(() => browser.close());

  test("runs nothing, loads nothing and leads nowhere, in any field", { timeout: 120_000 }, async () => {
    const panel = await browser.open({
      theme: dark,
      width: 420,
      host: hostState(),
      thread: threadWith([turnWith([said("Go")])]),
    });
    const { page } = panel;
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    const url = page.url();
    const faults: string[] = [];
    for (const [index, text] of hostileStrings.entries()) {
      const turnId = `turn-${index}`;
      const turn = turnWith([], { id: turnId, status: "failed", error: { message: text, additionalDetails: text } });
      await panel.burst([
        { method: "turn/started", params: { threadId: "t1", turn: { ...turn, error: null, status: "inProgress" } } },
        ...itemsWith(text).map((item) => ({
          method: "item/completed",
          params: { threadId: "t1", turnId, item: { ...item, id: `${turnId} ${item.id}` }, completedAtMs: 1 },
        })),
        {
          method: "turn/plan/updated",
          params: { threadId: "t1", turnId, plan: [{ step: text, status: "inProgress" }] },
        },
        { method: "warning", params: { threadId: "t1", message: text } },
        {
          method: "error",
          params: { threadId: "t1", turnId, willRetry: true, error: { message: text, retryInMs: 1000 } },
        },
        { method: "host/state", params: stateWith(text) },
        { method: "host/prefillComposer", params: { text } },
      ]);
      await page
        .locator(`.turn`)
        .nth(Math.min(index + 1, 29))
        .waitFor();
      await panel.burst([{ method: "turn/completed", params: { threadId: "t1", turn } }]);
      await page.locator(".turn").last().locator(".notice.error").waitFor();
      const folded = page.locator('.turn:last-of-type button.row[aria-expanded="false"]');
      while ((await folded.count()) > 0) await folded.first().click();
      faults.push(...(await page.evaluate(inspect)).map((fault) => `${text}: ${fault}`));
      for (const link of await page.locator(".turn:last-of-type :is(.markdown a, .markdown .link)").all())
        await link.click();
    }
    faults.push(...(await findOverflow(page)));
    const opened = panel.asked.filter(({ method }) => method === "host/openExternal" || method === "host/openFile");
    expect(faults).toEqual([]);
    expect(dialogs).toEqual([]);
    expect(panel.outside).toEqual([]);
    expect(panel.errors).toEqual([]);
    expect(page.url()).toBe(url);
    expect(page.context().pages()).toHaveLength(1);
    for (const { method, params } of opened) {
      expect(JSON.stringify(params)).toMatch(method === "host/openExternal" ? /^\{"url":"https?:/ : /^\{"path":"\//);
    }
    await panel.close();
  });

  test("a post that is no message, or none of ours, changes nothing", async () => {
    const panel = await browser.open({
      theme: dark,
      width: 420,
      host: hostState(),
      thread: threadWith([turnWith([said("Go")])]),
    });
    await panel.page.evaluate(() => {
      for (const data of [
        null,
        1,
        "x",
        {},
        [null, 1, "x", {}, [], { method: 1 }],
        [{ method: "host/state", params: {} }],
      ]) {
        window.postMessage(data, "*");
      }
    });
    await panel.notify("item/started", { ...ids, item: answered("Still here."), startedAtMs: 1 });
    await panel.page.getByText("Still here.").waitFor();
    expect(panel.errors).toEqual([]);
    await panel.close();
  });
});

/** Runs in the page: elements and attributes that text has no business making. */
function inspect(): string[] {
  const faults: string[] = [];
  if (Reflect.get(window, "pwned") !== undefined) faults.push("ran");
  const root = document.querySelector("#root");
  const bad =
    "script, img, iframe, object, embed, link, style, meta, base, math, video, audio, template, noscript, details, input";
  for (const element of root?.querySelectorAll(bad) ?? []) faults.push(`made a ${element.tagName}`);
  for (const element of root?.querySelectorAll("svg:not(.ring)") ?? []) faults.push(`made a ${element.tagName}`);
  if ((root?.querySelectorAll("form").length ?? 0) !== 1) faults.push("made a form");
  for (const element of root?.querySelectorAll("*") ?? []) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "style" || name === "srcdoc" || name === "src") faults.push(`set ${name}`);
      if (name === "href" && !/^(https?|mailto):/.test(value)) faults.push(`set href to ${value}`);
    }
  }
  return faults;
}
