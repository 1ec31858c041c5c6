import { randomBytes } from "node:crypto";
import * as vscode from "vscode";
import { chatHtml } from "./chat-html.ts";

/** One page in the view: what it says and how to answer. A page that was hidden is gone for good; showing the view makes another. */
export interface ChatPort {
  post(messages: readonly unknown[]): void;
  onMessage(listener: (data: unknown) => void): () => void;
}

/**
 * The view `turnwright.chat`. It serves the page and its messages and knows nothing of their content. Messages that arrive before
 * somebody listens are kept.
 */
export class ChatView implements vscode.WebviewViewProvider {
  static readonly id = "turnwright.chat";
  readonly #extensionUri: vscode.Uri;
  readonly #onFirstUse: () => void;
  #view: vscode.WebviewView | null = null;
  #serve: ((port: ChatPort | null) => void) | null = null;
  #isOpen = false;
  #waiting: unknown[] = [];
  #listener: ((data: unknown) => void) | null = null;
  #badge: vscode.ViewBadge | undefined;
  #onVisible: (isVisible: boolean) => void = () => undefined;

  /** `onFirstUse` is called whenever the view is made; what it starts calls {@link serve}. */
  constructor(extensionUri: vscode.Uri, onFirstUse: () => void) {
    this.#extensionUri = extensionUri;
    this.#onFirstUse = onFirstUse;
  }

  /** Says who serves the pages: called with a port when a page begins to talk, with null when it is gone. */
  serve(onPage: (port: ChatPort | null) => void, onVisible: (isVisible: boolean) => void): void {
    this.#serve = onPage;
    this.#onVisible = onVisible;
    if (this.#waiting.length > 0) this.#openPage();
  }

  get isVisible(): boolean {
    return this.#view?.visible ?? false;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#view = view;
    const { webview } = view;
    const dist = vscode.Uri.joinPath(this.#extensionUri, "dist", "webview");
    const media = vscode.Uri.joinPath(this.#extensionUri, "media");
    webview.options = { enableScripts: true, localResourceRoots: [dist, media] };
    webview.onDidReceiveMessage((data: unknown) => this.#receive(data));
    view.onDidChangeVisibility(() => {
      if (!view.visible) this.#endPage();
      this.#onVisible(view.visible);
    });
    view.onDidDispose(() => {
      if (this.#view !== view) return;
      this.#endPage();
      this.#view = null;
      this.#onVisible(false);
    });
    view.badge = this.#badge;
    webview.html = chatHtml({
      scriptUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, "main.js")).toString(),
      styleUri: webview.asWebviewUri(vscode.Uri.joinPath(dist, "main.css")).toString(),
      cspSource: webview.cspSource,
      nonce: randomBytes(16).toString("base64url"),
    });
    this.#onFirstUse();
  }

  /** Shows the view and gives it the keyboard. */
  async focus(): Promise<void> {
    await vscode.commands.executeCommand(`${ChatView.id}.focus`);
  }

  /** Marks the view's icon with the number of answers that are waited for. */
  setBadge(count: number): void {
    this.#badge =
      count === 0 ? undefined : { value: count, tooltip: count === 1 ? "1 answer needed" : `${count} answers needed` };
    if (this.#view !== null) this.#view.badge = this.#badge;
  }

  #receive(data: unknown): void {
    if (this.#listener !== null) return this.#listener(data);
    this.#waiting.push(data);
    if (!this.#isOpen) this.#openPage();
  }

  #openPage(): void {
    if (this.#serve === null) return;
    this.#isOpen = true;
    this.#serve(this.#port());
  }

  #port(): ChatPort {
    const view = this.#view;
    return {
      // A post to a page that is gone resolves with false; the next page asks for everything anew.
      post: (messages) => void view?.webview.postMessage(messages),
      onMessage: (listener) => {
        this.#listener = listener;
        for (const data of this.#waiting.splice(0)) listener(data);
        return () => {
          if (this.#listener === listener) this.#listener = null;
        };
      },
    };
  }

  #endPage(): void {
    this.#waiting = [];
    this.#listener = null;
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#serve?.(null);
  }
}
