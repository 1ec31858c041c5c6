import { expect, test } from "vitest";
import { RpcError } from "../../src/protocol/errors.ts";
import { hostMethods, hostNotifications, type HostState } from "../../src/protocol/host.ts";
import { clientMethods, serverNotifications } from "../../src/protocol/methods.ts";
import type { Thread } from "../../src/protocol/threads.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { createPeer } from "../../src/rpc/connection.ts";
import { linkedTransports } from "../../src/rpc/linked.ts";
import type { PanelConnection, PanelNotification } from "../../webview-ui/connection.ts";
import { maxQueued, PanelStore, type Schedule } from "../../webview-ui/store.ts";
import { answered, hostState, said, threadWith, turnWith } from "./helpers/threads.ts";

/** A panel's store and an extension at the other end of a channel. */
function harness(
  options: {
    host?: HostState;
    thread?: () => Promise<Thread>;
    /** Answers a resume with its first page. */
    page?: () => TurnPage;
    turns?: (cursor: string | null) => Promise<TurnPage>;
    submit?: () => Promise<{ threadId: string; turnId: string }>;
    schedule?: Schedule;
  } = {},
) {
  const [near, far] = linkedTransports();
  const notifications = { ...serverNotifications, ...hostNotifications };
  const methods = {
    ...hostMethods,
    "thread/resume": clientMethods["thread/resume"],
    "thread/turns/list": clientMethods["thread/turns/list"],
  };
  const panel = createPeer({
    transport: near,
    local: { methods: {}, notifications: {} },
    handlers: {},
    remote: { methods, notifications },
    onNotification: (notification) => receive(notification),
  });
  const done = async () => ({});
  const resumed: string[] = [];
  const extension = createPeer({
    transport: far,
    local: { methods, notifications },
    remote: { methods: {}, notifications: {} },
    handlers: {
      "host/ready": async () => options.host ?? hostState(),
      "host/submit": options.submit ?? (async () => ({ threadId: "t1", turnId: "turn2" })),
      "host/listSkills": async () => ({ skills: [] }),
      "host/listPrompts": async () => ({ prompts: [] }),
      "host/expandPrompt": async () => ({ text: "" }),
      "host/findFiles": async () => ({ files: [] }),
      "host/stop": done,
      "host/setMode": async () => {
        throw new RpcError(-32600, "Not in an untrusted workspace.");
      },
      "host/setModel": done,
      "host/useLocalModel": done,
      "host/findLocalModels": done,
      "host/answerCommand": done,
      "host/answerFile": done,
      "host/answerAllFiles": done,
      "host/openDiff": done,
      "host/openAllDiffs": done,
      "host/openFile": done,
      "host/openExternal": done,
      "host/insertAtCursor": done,
      "host/runCommand": done,
      "thread/turns/list": async ({ cursor }) => {
        if (options.turns === undefined) throw new RpcError(-32600, "thread not loaded");
        return { ...(await options.turns(cursor ?? null)) };
      },
      "thread/resume": async ({ threadId }) => {
        resumed.push(threadId);
        const thread = await (options.thread ?? (async () => threadWith([turnWith([said("Hi")])])))();
        return {
          thread,
          initialTurnsPage: options.page === undefined ? null : { ...options.page() },
          model: "m",
          modelProvider: "p",
          cwd: thread.cwd,
          approvalPolicy: "on-request" as const,
          approvalsReviewer: "user" as const,
          sandbox: { type: "readOnly" as const },
        };
      },
    },
  });
  let receive: (notification: PanelNotification) => void = () => undefined;
  const connection: PanelConnection = {
    request: (method, params) => panel.request(method, params),
    onNotification: (listener) => (receive = listener),
  };
  const store = new PanelStore(connection, options.schedule ?? ((flush) => setImmediate(flush)));
  /** Resolves as soon as the state is as wanted. */
  const until = (isWanted: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const check = (): void => {
        if (!isWanted()) return;
        end();
        resolve();
      };
      const end = store.subscribe(check);
      queueMicrotask(check);
    });
  return { store, extension, resumed, until };
}

const texts = (store: PanelStore): string[] =>
  (store.state.view?.turns ?? []).flatMap(({ items }) =>
    items.map((item) => ("text" in item ? String(item.text) : item.type)),
  );
const ids = { threadId: "t1", turnId: "turn1" };
type TurnPage = { data: Turn[]; nextCursor: string | null };
/** Turns with these numbers, each with one question. */
const turnsOf = (...numbers: number[]): Turn[] =>
  numbers.map((number) => turnWith([said(`Question ${number}`)], { id: `turn${number}` }));
const shown = (store: PanelStore): readonly string[] => store.state.view?.turns.map(({ id }) => id) ?? [];

test("the state and the thread that the extension names are shown", async () => {
  const { store, until } = harness();
  await store.start();
  expect(store.state.host?.workspaceName).toBe("ledger");
  await until(() => store.state.view !== null);
  expect(texts(store)).toEqual(["userMessage"]);
  expect(store.state.loading).toEqual({ kind: "idle" });
});

test("what was told before the snapshot is not applied twice, what follows it is not lost", async () => {
  const answer = answered("a", { id: "x", completedAtMs: null });
  const { store, extension, until } = harness({
    thread: async () => {
      extension.notify("item/agentMessage/delta", { ...ids, itemId: "x", delta: "before" });
      setImmediate(() => extension.notify("item/agentMessage/delta", { ...ids, itemId: "x", delta: "!" }));
      return threadWith([turnWith([answer], { status: "inProgress" })]);
    },
  });
  await store.start();
  await until(() => texts(store)[0] !== "a" && store.state.view !== null);
  expect(texts(store)).toEqual(["a!"]);
});

test("a server that is back after a crash has its thread resumed again", async () => {
  const { store, extension, resumed, until } = harness();
  await store.start();
  await until(() => store.state.view !== null);
  extension.notify("host/state", hostState({ server: { status: "restarting", message: null, isTurnwright: true } }));
  await until(() => store.state.host?.server.status === "restarting");
  extension.notify("host/state", hostState());
  await until(() => resumed.length === 2 && store.state.loading.kind === "idle");
  expect(resumed).toEqual(["t1", "t1"]);
});

test("a new thread empties the view", async () => {
  const { store, extension, until } = harness();
  await store.start();
  await until(() => store.state.view !== null);
  extension.notify("host/state", hostState({ threadId: null }));
  await until(() => store.state.view === null);
  expect(store.state.loading).toEqual({ kind: "idle" });
});

test("a thread that cannot be loaded says why, and can be asked for again", async () => {
  let tries = 0;
  const { store, until } = harness({
    thread: async () => {
      if (tries++ === 0) throw new RpcError(-32600, "No rollout was found.");
      return threadWith([turnWith([said("Hi")])]);
    },
  });
  await store.start();
  await until(() => store.state.loading.kind === "failed");
  expect(store.state.loading).toEqual({ kind: "failed", message: "No rollout was found." });
  store.reload();
  await until(() => store.state.view !== null);
});

test("a sent message is shown until the thread tells it back", async () => {
  const { store, extension, until } = harness();
  await store.start();
  await until(() => store.state.view !== null);
  await store.submit("Fix it");
  expect(store.state.sending).toEqual([{ text: "Fix it", turnId: "turn2" }]);
  const item = said("Fix it");
  extension.notify("item/started", { threadId: "t1", turnId: "turn2", item, startedAtMs: 1 });
  extension.notify("item/completed", { threadId: "t1", turnId: "turn2", item, completedAtMs: 1 });
  await until(() => store.state.sending.length === 0);
  expect(texts(store)).toEqual(["userMessage", "userMessage"]);
});

test("messages to a running turn stay on the page until it takes them, one after the other", async () => {
  const { store, extension, until } = harness({
    thread: async () => threadWith([turnWith([said("Go")], { status: "inProgress" })]),
    submit: async () => ({ threadId: "t1", turnId: "turn1" }),
  });
  await store.start();
  await until(() => store.state.view !== null);
  await store.submit("Use tabs");
  await store.submit("And no semicolons");
  extension.notify("item/started", { ...ids, item: answered("Working on it"), startedAtMs: 1 });
  await until(() => texts(store).length === 2);
  expect(store.state.sending.map(({ text }) => text)).toEqual(["Use tabs", "And no semicolons"]);
  extension.notify("item/started", { ...ids, item: said("Use tabs"), startedAtMs: 2 });
  await until(() => store.state.sending.length === 1);
  expect(store.state.sending.map(({ text }) => text)).toEqual(["And no semicolons"]);
  extension.notify("turn/completed", { threadId: "t1", turn: turnWith([], { status: "interrupted" }) });
  await until(() => store.state.sending.length === 0);
});

test("a message whose turn ended before it was known to be taken is not shown for ever", async () => {
  const { store, extension, until } = harness({
    submit: async () => {
      extension.notify("turn/completed", { threadId: "t1", turn: turnWith([], { id: "turn2", status: "failed" }) });
      await until(() => store.state.view?.turns.length === 2);
      return { threadId: "t1", turnId: "turn2" };
    },
  });
  await store.start();
  await until(() => store.state.view !== null);
  expect(await store.submit("Fix it")).toBe(true);
  expect(store.state.sending).toEqual([]);
});

test("a warning outlives the next snapshot of its thread", async () => {
  const { store, extension, until } = harness();
  await store.start();
  await until(() => store.state.view !== null);
  extension.notify("warning", { threadId: "t1", message: "AGENTS.md was cut." });
  await until(() => store.state.view?.notices.length === 1);
  store.reload();
  await until(() => store.state.loading.kind === "loading");
  await until(() => store.state.loading.kind === "idle");
  expect(store.state.view?.notices).toEqual([{ summary: "AGENTS.md was cut.", details: null }]);
});

test("a page that asks for no frame folds what has gathered all the same", async () => {
  const { store, extension, until } = harness({
    schedule: () => undefined,
    thread: async () =>
      threadWith([turnWith([answered("", { id: "x", completedAtMs: null })], { status: "inProgress" })]),
  });
  await store.start();
  await until(() => store.state.view !== null);
  for (let index = 0; index < maxQueued; index++)
    extension.notify("item/agentMessage/delta", { ...ids, itemId: "x", delta: "w" });
  await until(() => texts(store)[0] === "w".repeat(maxQueued));
});

test("a message that could not be sent is given back, with the reason", async () => {
  const { store } = harness({
    submit: async () => {
      throw new RpcError(-32600, "The server is not running.");
    },
  });
  expect(await store.submit("Fix it")).toBe(false);
  expect(store.state).toMatchObject({ sending: [], failure: "The server is not running." });
});

test("anything else that fails is said, too", async () => {
  const { store, until } = harness();
  store.setMode("full");
  await until(() => store.state.failure !== null);
  expect(store.state.failure).toBe("Not in an untrusted workspace.");
  store.dismissFailure();
  expect(store.state.failure).toBeNull();
});

test("a burst of notifications is one change of the state", async () => {
  const { store, extension, until } = harness({
    thread: async () =>
      threadWith([turnWith([answered("", { id: "x", completedAtMs: null })], { status: "inProgress" })]),
  });
  await store.start();
  await until(() => store.state.view !== null);
  let changes = 0;
  store.subscribe(() => changes++);
  for (let index = 0; index < 500; index++)
    extension.notify("item/agentMessage/delta", { ...ids, itemId: "x", delta: "w" });
  await until(() => texts(store)[0] === "w".repeat(500));
  expect(changes).toBeLessThan(20);
});

test("the extension fills and focuses the composer", async () => {
  const { store, extension } = harness();
  const requests: (string | null)[] = [];
  const both = new Promise<void>((resolve) => {
    store.onComposerRequest(({ text }) => {
      requests.push(text);
      if (requests.length === 2) resolve();
    });
  });
  extension.notify("host/prefillComposer", { text: "Explain a.ts" });
  extension.notify("host/focusComposer", {});
  await both;
  expect(requests).toEqual(["Explain a.ts", null]);
});

test("the newest turns are on the screen before the thread is loaded, and until it is", async () => {
  const loading = Promise.withResolvers<null>();
  const { store, until } = harness({
    thread: async () => {
      await loading.promise;
      return threadWith([]);
    },
    page: () => ({ data: turnsOf(9, 8), nextCursor: "7" }),
    turns: async () => ({ data: turnsOf(9, 8), nextCursor: "7" }),
  });
  await store.start();
  await until(() => store.state.preview.length > 0);
  expect(store.state).toMatchObject({
    view: null,
    loading: { kind: "loading" },
    preview: [{ id: "turn8" }, { id: "turn9" }],
  });
  loading.resolve(null);
  await until(() => store.state.view !== null);
  expect(store.state).toMatchObject({ loading: { kind: "idle" }, preview: [], view: { earlier: "7" } });
  expect(shown(store)).toEqual(["turn8", "turn9"]);
});

test("earlier turns come page by page, once each, and stay when the thread is resumed again", async () => {
  const asked: (string | null)[] = [];
  const { store, extension, resumed, until } = harness({
    thread: async () => threadWith([]),
    page: () => ({ data: resumed.length === 1 ? turnsOf(9, 8) : turnsOf(10, 9), nextCursor: "8" }),
    turns: async (cursor) => {
      asked.push(cursor);
      if (cursor === null) throw new RpcError(-32600, "thread not loaded");
      return cursor === "8" ? { data: turnsOf(7, 6), nextCursor: "6" } : { data: turnsOf(5), nextCursor: null };
    },
  });
  await store.start();
  await until(() => store.state.view !== null);
  const both = [store.loadEarlier(), store.loadEarlier()];
  expect(store.state.isLoadingEarlier).toBe(true);
  await Promise.all(both);
  expect(shown(store)).toEqual(["turn6", "turn7", "turn8", "turn9"]);

  extension.notify("host/state", hostState({ server: { status: "restarting", message: null, isTurnwright: true } }));
  await until(() => store.state.host?.server.status === "restarting");
  extension.notify("host/state", hostState());
  await until(() => resumed.length === 2 && store.state.loading.kind === "idle");
  expect(shown(store)).toEqual(["turn6", "turn7", "turn8", "turn9", "turn10"]);
  await store.loadEarlier();
  await store.loadEarlier();
  expect(shown(store)).toEqual(["turn5", "turn6", "turn7", "turn8", "turn9", "turn10"]);
  expect(asked).toEqual([null, "8", "6"]);
});

test("a page of earlier turns that cannot be had says so, and can be asked for again", async () => {
  let isBroken = true;
  const { store, until } = harness({
    thread: async () => threadWith([]),
    page: () => ({ data: turnsOf(9), nextCursor: "8" }),
    turns: async () => {
      if (isBroken) throw new RpcError(-32603, "The disk is gone.");
      return { data: turnsOf(8), nextCursor: null };
    },
  });
  await store.start();
  await until(() => store.state.view !== null);
  await store.loadEarlier();
  expect(store.state).toMatchObject({ failure: "The disk is gone.", isLoadingEarlier: false });
  isBroken = false;
  await store.loadEarlier();
  expect(shown(store)).toEqual(["turn8", "turn9"]);
});
