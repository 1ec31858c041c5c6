import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { type Browser, chromium, type Page } from "playwright-core";
import * as z from "zod";
import type { HostMethods, HostNotifications, HostState } from "../../../src/protocol/host.ts";
import type { NoticeIn, ParamsIn, ServerNotifications } from "../../../src/protocol/methods.ts";
import type { Thread } from "../../../src/protocol/threads.ts";
import { chatHtml } from "../../../src/extension/chat-html.ts";
import { pageOfTurns } from "../../../webview-ui/store.ts";
import { bundlePanel } from "./panel-bundle.ts";
import type { Theme } from "./themes.ts";

const browserArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

declare global {
  interface Window {
    /** The binding into this process. */
    hostPost(messages: unknown): unknown;
  }
}

type AllNotifications = ServerNotifications & HostNotifications;

const browserPath = process.env["TURNWRIGHT_E2E_BROWSER"] ?? "/usr/bin/chromium";
/** False where no browser is installed; the tests that need one are then left out, and say so. */
export const hasBrowser = existsSync(browserPath);

/** A request that the panel sent, as it arrived. */
export type Asked = { readonly method: string; readonly params: unknown };

/** The panel in a page, with this process as its extension. */
export interface PanelPage {
  readonly page: Page;
  /** Requests of the panel so far, without those that bring the thread. */
  readonly asked: readonly Asked[];
  /** Requests to the network that left the page's own server. */
  readonly outside: readonly string[];
  /** Errors in the page: uncaught ones, and violations of its content security policy. */
  readonly errors: readonly string[];
  notify<M extends keyof AllNotifications>(method: M, params: NoticeIn<AllNotifications, M>): Promise<void>;
  /** Posts several notifications at once. */
  burst(messages: readonly { readonly method: string; readonly params: unknown }[]): Promise<void>;
  /** Resolves with the params of the next request of that name. */
  nextRequest<M extends keyof HostMethods>(method: M): Promise<ParamsIn<HostMethods, M>>;
  applyTheme(theme: Theme): Promise<void>;
  close(): Promise<void>;
}

export interface PanelOptions {
  readonly theme: Theme;
  readonly width: number;
  readonly height?: number;
  readonly host: HostState;
  /** The answer to `thread/resume`; without it the request fails. */
  readonly thread?: Thread;
  /** Requests that fail, with the message. */
  readonly failures?: Readonly<Record<string, string>>;
  /** What is answered to a request of that name, from its params. */
  readonly answers?: Readonly<Record<string, (params: never) => object | Promise<object>>>;
  /** A request that is never answered. */
  readonly unanswered?: keyof HostMethods;
  /** What the page remembers from before. */
  readonly savedState?: object;
}

export interface PanelBrowser {
  open(options: PanelOptions): Promise<PanelPage>;
  close(): Promise<void>;
}

/** Bundles the panel, serves it, and starts a browser. */
export async function startPanelBrowser(): Promise<PanelBrowser> {
  const files = await bundlePanel();
  const server = createServer((request, response) => {
    const name = (request.url ?? "/").slice(1);
    const types: Readonly<Record<string, string>> = { js: "text/javascript", css: "text/css", ttf: "font/ttf" };
    const file = files.get(name);
    if (name === "") {
      const origin = `http://${request.headers.host ?? ""}`;
      response.setHeader("content-type", "text/html");
      response.end(pageHtml(origin));
    } else if (file === undefined) {
      response.statusCode = name === "favicon.ico" ? 204 : 404;
      response.end();
    } else {
      response.setHeader("content-type", types[name.split(".").at(-1) ?? ""] ?? "application/octet-stream");
      response.end(file);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}/`;
  const browser = await chromium.launch({
    executablePath: browserPath,
    args: browserArguments,
  });
  return {
    open: (options) => openPanel(browser, url, options),
    async close() {
      await browser.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function pageHtml(origin: string): string {
  const html = chatHtml({
    scriptUri: `${origin}/main.js`,
    styleUri: `${origin}/main.css`,
    cspSource: origin,
    nonce: "harness",
  });
  return html.includes('type="module"') ? html : html.replace("<script ", '<script type="module" ');
}

async function openPanel(browser: Browser, url: string, options: PanelOptions): Promise<PanelPage> {
  const { theme, width, height = 800, host, thread, failures = {}, answers = {} } = options;
  const page = await browser.newPage({ viewport: { width, height } });
  const asked: Asked[] = [];
  const outside: string[] = [];
  const errors: string[] = [];
  const waiting = new Map<string, ((params: unknown) => void)[]>();
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:")) outside.push(request.url());
  });
  const post = (messages: readonly unknown[]): Promise<void> =>
    page.evaluate((batch) => window.postMessage(batch, "*"), messages);
  const answer = async (method: string, params: unknown): Promise<object> => {
    const failure =
      failures[method] ?? (method === "thread/resume" && thread === undefined ? "No such thread." : undefined);
    if (failure !== undefined) return { error: { code: -32600, message: failure } };
    const given = answers[method];
    if (given !== undefined) return { result: await given(params as never) };
    switch (method) {
      case "host/ready":
        return { result: host };
      case "thread/resume":
        return { result: resumed(thread) };
      case "thread/turns/list":
        return earlierOf(thread, params);
      case "host/submit": {
        const steered = thread?.turns.findLast(({ status }) => status === "inProgress");
        return { result: { threadId: thread?.id ?? "t1", turnId: steered?.id ?? "sent" } };
      }
      default:
        return { result: {} };
    }
  };
  await page.exposeFunction("hostPost", async (messages: { id: number; method: string; params: unknown }[]) => {
    for (const { id, method, params } of messages) {
      if (!ofStart.has(method)) asked.push({ method, params });
      for (const resolve of waiting.get(method)?.splice(0) ?? []) resolve(params);
      if (method !== options.unanswered) await post([{ id, ...(await answer(method, params)) }]);
    }
  });
  await page.addInitScript((saved) => {
    let state: unknown = saved;
    Object.assign(window, {
      acquireVsCodeApi: () => ({
        postMessage: (messages: unknown) => void window.hostPost(messages),
        getState: () => state,
        setState: (next: unknown) => {
          state = next;
          Object.assign(window, { savedState: next });
        },
      }),
    });
  }, options.savedState ?? null);
  await page.goto(url);
  const applyTheme = ({ colors, bodyClass }: Theme): Promise<void> =>
    page.evaluate(
      (next) => {
        const { style } = document.documentElement;
        style.cssText = "";
        for (const [name, value] of Object.entries(next.colors)) style.setProperty(`--vscode-${name}`, value);
        style.background = next.colors["sideBar-background"] ?? "";
        document.body.className = next.bodyClass;
      },
      { colors, bodyClass },
    );
  await applyTheme(theme);
  await page.locator(".panel .composer, .panel .note, .crash").first().waitFor();
  if (thread !== undefined && host.threadId !== null && failures["thread/resume"] === undefined) {
    await page
      .locator(thread.turns.length === 0 ? ".empty" : ".turn")
      .first()
      .waitFor();
  }
  return {
    page,
    asked,
    outside,
    errors,
    notify: (method, params) => post([{ method, params }]),
    burst: post,
    nextRequest: <M extends keyof HostMethods>(method: M) =>
      new Promise<ParamsIn<HostMethods, M>>((resolve) => {
        const list = waiting.get(method) ?? [];
        list.push((params) => resolve(params as ParamsIn<HostMethods, M>));
        waiting.set(method, list);
      }),
    applyTheme,
    close: () => page.close(),
  };
}

const ofStart: ReadonlySet<string> = new Set(["host/ready", "thread/resume", "thread/turns/list"]);

/** Newest first. `before`: how many turns there are before the page's end. */
const pageBefore = (thread: Thread, before: number) => ({
  data: thread.turns.slice(Math.max(0, before - pageOfTurns), before).toReversed(),
  nextCursor: before > pageOfTurns ? String(before - pageOfTurns) : null,
});

/** What stands before a place. Of a thread that is not there yet nothing is shown: tests begin when it is. */
function earlierOf(thread: Thread | undefined, params: unknown): object {
  const { cursor } = z.object({ cursor: z.string().optional() }).parse(params);
  if (thread === undefined || cursor === undefined) return { error: { code: -32600, message: "Not yet." } };
  return { result: pageBefore(thread, Number(cursor)) };
}

function resumed(thread: Thread | undefined): object {
  return {
    thread: { ...thread, turns: [] },
    initialTurnsPage: thread === undefined ? null : pageBefore(thread, thread.turns.length),
    model: "demo",
    modelProvider: "demo",
    cwd: thread?.cwd ?? "/",
    approvalPolicy: "on-request",
    approvalsReviewer: "user",
    sandbox: { type: "workspaceWrite" },
  };
}
