import { foldThread, fromThread, type ThreadView, type TurnView } from "../src/client/thread-view.ts";
import { continued, fromPage, turnsOf, withEarlier } from "../src/client/turn-pages.ts";
import type { SkillMention } from "../src/protocol/completions.ts";
import type { HostState, Mode, PanelCommand } from "../src/protocol/host.ts";
import type { ServerNotification } from "../src/protocol/methods.ts";
import type { PanelConnection, PanelMethods, PanelNotification } from "./connection.ts";
import type { ParamsIn } from "../src/protocol/methods.ts";

/** Everything the panel renders. A new object for each change; what did not change keeps its identity. */
export type PanelState = {
  /** Null until the extension has answered. */
  readonly host: HostState | null;
  readonly view: ThreadView | null;
  /** The newest turns of a thread whose view is on its way; empty if there are none, or it is there. */
  readonly preview: readonly TurnView[];
  /** Earlier turns are on their way. */
  readonly isLoadingEarlier: boolean;
  readonly loading:
    { readonly kind: "idle" } | { readonly kind: "loading" } | { readonly kind: "failed"; readonly message: string };
  /** Messages on their way, oldest first: each is shown until the thread has an item for it. */
  readonly sending: readonly Sending[];
  /** The last thing the user asked for that did not work. */
  readonly failure: string | null;
};

/** A message that the user sent. Its turn is null until the extension has taken it; a running turn reads it at its next step. */
export type Sending = { readonly text: string; readonly turnId: string | null };

/** What the extension wants the composer to do; `text` null leaves it as it is. */
export type ComposerRequest = { readonly text: string | null };

/** Turns that are asked for at once. */
export const pageOfTurns = 30;
const newest = { limit: pageOfTurns, itemsView: "full", sortDirection: "desc" } as const;

/** Notifications that wait for a frame at most: a page that is not painted asks for none. */
export const maxQueued = 5000;

/** Runs the callback before the next paint, or soon when nothing is painted. */
export type Schedule = (flush: () => void) => void;

/**
 * The panel's state and what the user can do. Notifications are collected and folded once per frame, so that a burst costs one
 * rendering. It holds nothing that cannot be asked for again: the server is the truth.
 */
export class PanelStore {
  readonly #connection: PanelConnection;
  readonly #schedule: Schedule;
  readonly #listeners = new Set<() => void>();
  readonly #composerListeners = new Set<(request: ComposerRequest) => void>();
  readonly #untold: ComposerRequest[] = [];
  #state: PanelState = {
    host: null,
    view: null,
    preview: [],
    isLoadingEarlier: false,
    loading: { kind: "idle" },
    sending: [],
    failure: null,
  };
  #queue: PanelNotification[] = [];
  #isScheduled = false;
  /** Counts resumptions, so that a late answer of an earlier one is dropped. */
  #resumption = 0;

  constructor(connection: PanelConnection, schedule: Schedule) {
    this.#connection = connection;
    this.#schedule = schedule;
    connection.onNotification((notification) => this.#enqueue(notification));
  }

  get state(): PanelState {
    return this.#state;
  }

  /** Calls back after each change; returns what ends it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls back when the extension wants to fill or focus the composer; returns what ends it. */
  onComposerRequest(listener: (request: ComposerRequest) => void): () => void {
    this.#composerListeners.add(listener);
    for (const request of this.#untold.splice(0)) listener(request);
    return () => this.#composerListeners.delete(listener);
  }

  async start(): Promise<void> {
    this.#set({ failure: null });
    const host = await this.#ask("host/ready", {});
    if (host !== null) this.#takeHost(host);
  }

  /** True when the message is with the agent; false leaves it to the caller, and `failure` says why. */
  async submit(text: string, skills: readonly SkillMention[] = []): Promise<boolean> {
    const sent: Sending = { text, turnId: null };
    this.#set({ sending: [...this.#state.sending, sent], failure: null });
    const answer = await this.#ask("host/submit", skills.length === 0 ? { text } : { text, skills: [...skills] });
    const taken: readonly Sending[] = answer === null ? [] : [{ text, turnId: answer.turnId }];
    const sending = this.#state.sending.flatMap((one) => (one === sent ? taken : [one]));
    this.#set({ sending: stillOpen(sending, this.#state.view) });
    return answer !== null;
  }

  /** False when the answer was not taken; `failure` says why. */
  async answerCommand(params: ParamsIn<PanelMethods, "host/answerCommand">): Promise<boolean> {
    return (await this.#ask("host/answerCommand", params)) !== null;
  }

  /** These reject with an error whose message can be shown to the user. */
  listSkills = async () => (await this.#connection.request("host/listSkills", {})).skills;
  listPrompts = async () => (await this.#connection.request("host/listPrompts", {})).prompts;
  findFiles = async (query: string) => (await this.#connection.request("host/findFiles", { query })).files;
  expandPrompt = async (params: ParamsIn<PanelMethods, "host/expandPrompt">) =>
    (await this.#connection.request("host/expandPrompt", params)).text;

  stop = (): void => this.#do("host/stop", {});
  setMode = (mode: Mode): void => this.#do("host/setMode", { mode });
  setModel = (model: string): void => this.#do("host/setModel", { model });
  runCommand = (command: PanelCommand): void => this.#do("host/runCommand", { command });
  useLocalModel = (params: ParamsIn<PanelMethods, "host/useLocalModel">): void =>
    this.#do("host/useLocalModel", params);
  findLocalModels = (): void => this.#do("host/findLocalModels", {});
  openExternal = (url: string): void => this.#do("host/openExternal", { url });
  openFile = (path: string, line: number | null): void =>
    this.#do("host/openFile", line === null ? { path } : { path, line });
  openDiff = (itemId: string, path: string): void => this.#do("host/openDiff", { itemId, path });
  openAllDiffs = (itemId: string): void => this.#do("host/openAllDiffs", { itemId });
  insertAtCursor = (text: string): void => this.#do("host/insertAtCursor", { text });
  answerFile = (params: ParamsIn<PanelMethods, "host/answerFile">): void => this.#do("host/answerFile", params);
  answerAllFiles = (params: ParamsIn<PanelMethods, "host/answerAllFiles">): void =>
    this.#do("host/answerAllFiles", params);
  dismissFailure = (): void => this.#set({ failure: null });

  /** Asks for the thread again. */
  reload = (): void => {
    const threadId = this.#state.host?.threadId ?? null;
    if (threadId !== null) void this.#resume(threadId);
  };

  /** Asks for the turns before the first one that is there; one page at a time. */
  async loadEarlier(): Promise<void> {
    const { view, isLoadingEarlier } = this.#state;
    if (view === null || view.earlier === null || isLoadingEarlier) return;
    const { thread, earlier } = view;
    this.#set({ isLoadingEarlier: true });
    const page = await this.#ask("thread/turns/list", { threadId: thread.id, cursor: earlier, ...newest });
    const now = this.#state.view;
    // Where another view begins, this page does not end.
    const isFor = page !== null && now?.thread.id === thread.id && now.earlier === earlier;
    this.#set({ isLoadingEarlier: false, ...(isFor ? { view: withEarlier(now, page) } : {}) });
  }

  /** Puts text into the composer, as the extension can. */
  prefill = (text: string): void => this.#tellComposer({ text });

  #enqueue(notification: PanelNotification): void {
    this.#queue.push(notification);
    if (this.#queue.length >= maxQueued) return this.#flush();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#schedule(() => this.#flush());
  }

  #flush(): void {
    const queue = this.#queue;
    this.#queue = [];
    this.#isScheduled = false;
    const ofThread: ServerNotification[] = [];
    for (const notification of queue) {
      if (notification.method === "host/state") this.#takeHost(notification.params);
      else if (notification.method === "host/prefillComposer") this.#tellComposer({ text: notification.params.text });
      else if (notification.method === "host/focusComposer") this.#tellComposer({ text: null });
      else ofThread.push(notification);
    }
    const { view } = this.#state;
    if (view === null || ofThread.length === 0) return;
    const next = foldThread(view, ofThread);
    if (next === view) return;
    this.#set({ view: next, sending: settle(this.#state.sending, view, next) });
  }

  #takeHost(host: HostState): void {
    const before = this.#state.host;
    this.#set({ host });
    if (host.threadId === null) {
      this.#resumption++;
      if (this.#state.view !== null) this.#set({ view: null, sending: [] });
      this.#set({ loading: { kind: "idle" }, preview: [] });
      return;
    }
    const isBack = host.server.status === "ready" && before?.server.status !== "ready";
    const isOther = host.threadId !== (before?.threadId ?? null);
    if (isOther || isBack) void this.#resume(host.threadId);
  }

  async #resume(threadId: string): Promise<void> {
    const resumption = ++this.#resumption;
    const isSame = this.#state.view?.thread.id === threadId;
    this.#set({ loading: { kind: "loading" }, preview: [], ...(isSame ? {} : { view: null }) });
    if (!isSame) void this.#preview(threadId, resumption);
    try {
      const wanted = { threadId, excludeTurns: true, initialTurnsPage: newest };
      const { thread, initialTurnsPage: page } = await this.#connection.request("thread/resume", wanted);
      if (resumption !== this.#resumption) return;
      // What was told before the answer is part of it.
      this.#queue = this.#queue.filter(isHostNotification);
      // Warnings are told once; a snapshot does not repeat them.
      const before = this.#state.view;
      const fresh = page ? fromPage(thread, page) : fromThread(thread);
      const view = before?.thread.id === thread.id ? { ...continued(before, fresh), notices: before.notices } : fresh;
      const sending = settle(this.#state.sending, before, view);
      this.#set({ view, preview: [], loading: { kind: "idle" }, sending });
    } catch (error) {
      if (resumption !== this.#resumption) return;
      this.#set({ preview: [], loading: { kind: "failed", message: messageOf(error) } });
    }
  }

  /** A page needs no thread to be loaded, so for a long one it is there before the resume has an answer. */
  async #preview(threadId: string, resumption: number): Promise<void> {
    try {
      const page = await this.#connection.request("thread/turns/list", { threadId, ...newest });
      const isWanted = resumption === this.#resumption && this.#state.loading.kind === "loading";
      if (isWanted) this.#set({ preview: turnsOf(page) });
    } catch {
      return; // the resume says what is wrong, if anything is
    }
  }

  #tellComposer(request: ComposerRequest): void {
    // A command may open the panel and fill the composer before that is on the screen.
    if (this.#composerListeners.size === 0) this.#untold.push(request);
    for (const listener of this.#composerListeners) listener(request);
  }

  #do<M extends keyof PanelMethods>(method: M, params: ParamsIn<PanelMethods, M>): void {
    void this.#ask(method, params); // a failure is shown by #ask
  }

  async #ask<M extends keyof PanelMethods>(method: M, params: ParamsIn<PanelMethods, M>) {
    try {
      return await this.#connection.request(method, params);
    } catch (error) {
      this.#set({ failure: messageOf(error) });
      return null;
    }
  }

  #set(change: Partial<PanelState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

/** Without the messages that became items from one view to the next, oldest first, and those whose turn is over. */
function settle(sending: readonly Sending[], before: ThreadView | null, after: ThreadView): readonly Sending[] {
  if (sending.length === 0) return sending;
  const known = messageIds(before);
  const told = [...messageIds(after)].filter((id) => !known.has(id)).length;
  return stillOpen(sending.slice(told), after);
}

function stillOpen(sending: readonly Sending[], view: ThreadView | null): readonly Sending[] {
  const over = new Set(view?.turns.flatMap(({ id, status }) => (status === "inProgress" ? [] : [id])));
  return sending.filter(({ turnId }) => turnId === null || !over.has(turnId));
}

const messageIds = (view: ThreadView | null): ReadonlySet<string> =>
  new Set(view?.turns.flatMap(({ items }) => items.flatMap(({ type, id }) => (type === "userMessage" ? [id] : []))));

const isHostNotification = ({ method }: PanelNotification): boolean => method.startsWith("host/");
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
