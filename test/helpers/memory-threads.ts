import { randomUUID } from "node:crypto";
import type { ApprovalPort } from "../../src/core/approvals.ts";
import type { ThreadEvent } from "../../src/core/thread/events.ts";
import { gitChange } from "../../src/core/thread/git-change.ts";
import { pageOfOccurrences } from "../../src/core/thread/index/occurrences.ts";
import { pageOf } from "../../src/core/thread/pages.ts";
import { type LoadedThread, type Originator, ThreadRequestError, type Threads } from "../../src/core/thread/threads.ts";
import type { Thread, ThreadStatus } from "../../src/protocol/threads.ts";
import type { ItemOf } from "../../src/protocol/items.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { createMemoryQueues } from "./memory-queues.ts";

/** What a scripted turn may do. */
export interface TurnScript {
  readonly threadId: string;
  readonly turnId: string;
  readonly signal: AbortSignal;
  readonly approvals: ApprovalPort;
  readonly emit: (event: ThreadEvent) => void;
  readonly status: (status: ThreadStatus) => void;
}

export interface MemoryThreadsOptions {
  readonly approvals: ApprovalPort;
  readonly onEvent: (event: ThreadEvent) => void;
  /** What happens between `turn/started` and `turn/completed`. */
  readonly run: (script: TurnScript, text: string) => Promise<void>;
}

interface Live {
  loaded: LoadedThread;
  active: { turn: Turn; controller: AbortController; done: Promise<void> } | null;
}

/**
 * A small working core: threads in memory, turns that follow a script. It emits events as eagerly as the contract allows, which is right
 * after the call that caused them has settled.
 */
export function createMemoryThreads({ approvals, onEvent, run }: MemoryThreadsOptions): Threads {
  const live = new Map<string, Live>();
  const archived = new Map<string, Live>();
  const unload = async (threadId: string): Promise<void> => {
    const { active: running } = find(threadId);
    running?.controller.abort();
    await running?.done;
    live.delete(threadId);
    onEvent({ type: "statusChanged", threadId, status: { type: "notLoaded" } });
  };
  const find = (threadId: string): Live => {
    const found = live.get(threadId);
    if (found === undefined) throw new ThreadRequestError("notFound", `no thread ${threadId}`);
    return found;
  };
  const active = (threadId: string, turnId: string, doing: string) => {
    const { active: running } = find(threadId);
    if (running === null) throw new ThreadRequestError("noActiveTurn", `no active turn to ${doing}`);
    const actual = running.turn.id;
    if (actual !== turnId)
      throw new ThreadRequestError("wrongTurn", `expected active turn id ${turnId} but found ${actual}`);
    return running;
  };

  const playTurn = async (entry: Live, turn: Turn, text: string, signal: AbortSignal): Promise<void> => {
    const threadId = entry.loaded.thread.id;
    await Promise.resolve();
    onEvent({ type: "statusChanged", threadId, status: { type: "active", activeFlags: [] } });
    onEvent({ type: "turnStarted", threadId, turn: { ...turn, startedAt: 1_795_158_595 } });
    const script: TurnScript = {
      threadId,
      turnId: turn.id,
      signal,
      approvals,
      emit: onEvent,
      status: (status) => onEvent({ type: "statusChanged", threadId, status }),
    };
    await run(script, text);
    entry.active = null;
    onEvent({ type: "statusChanged", threadId, status: { type: "idle" } });
    const status = signal.aborted ? "interrupted" : "completed";
    const completed = {
      ...turn,
      status,
      startedAt: 1_795_158_595,
      completedAt: 1_795_158_596,
      durationMs: 1000,
    } as const;
    onEvent({ type: "turnCompleted", threadId, turn: completed });
  };

  return {
    async start(overrides, originator) {
      const cwd = overrides.cwd ?? "/repo";
      const thread = newThread(cwd, originator);
      const loaded: LoadedThread = {
        thread,
        model: overrides.model ?? "mock-model",
        modelProvider: "mock",
        cwd,
        instructionSources: [],
        approvalPolicy: overrides.approvalPolicy ?? "on-request",
        sandbox: { type: "readOnly", networkAccess: false },
        reasoningEffort: null,
        reviewEdits: overrides.reviewEdits ?? "after",
      };
      live.set(thread.id, { loaded, active: null });
      setImmediate(() => onEvent({ type: "threadStarted", threadId: thread.id, thread }));
      return loaded;
    },
    async fork(threadId, overrides, originator) {
      const { loaded: source } = find(threadId);
      const forked = { ...newThread(overrides.cwd ?? source.cwd, originator), forkedFromId: threadId };
      const loaded: LoadedThread = { ...source, thread: forked };
      live.set(forked.id, { loaded, active: null });
      setImmediate(() => onEvent({ type: "threadStarted", threadId: forked.id, thread: forked }));
      return loaded;
    },
    revert: async (threadId) => {
      if (find(threadId).active !== null) throw new ThreadRequestError("turnRunning", "a turn is running");
      return find(threadId).loaded.thread;
    },
    async injectItems(threadId) {
      find(threadId);
    },
    async resume(threadId, _overrides, _originator, options) {
      const { loaded } = find(threadId);
      options?.onSnapshot?.(); // there are no turns in it either way
      const page = options?.page ? { data: [], nextCursor: null, backwardsCursor: null } : null;
      return { ...loaded, page, turnsBackwardsCursor: null, itemsBackwardsCursor: null, again: [] };
    },
    read: async (threadId) => find(threadId).loaded.thread,
    async list({ limit, cursor, archived: isArchived = false }) {
      const all = [...(isArchived ? archived : live).values()].map(({ loaded }) => loaded.thread);
      const from = cursor === null ? 0 : Number(cursor);
      const to = from + limit;
      return { data: all.slice(from, to), nextCursor: to < all.length ? String(to) : null, backwardsCursor: null };
    },
    async search({ term, limit }) {
      const named = [...live.values()].flatMap(({ loaded: { thread } }) =>
        thread.name?.includes(term) === true ? [{ thread, snippet: thread.name, item: null }] : [],
      );
      return { data: named.slice(0, limit), nextCursor: null, backwardsCursor: null };
    },
    async occurrences(threadId, search) {
      find(threadId);
      return pageOfOccurrences(threadId, [], search);
    },
    async updateGit(threadId, change) {
      const entry = find(threadId);
      const gitInfo = { ...entry.loaded.thread.gitInfo, ...gitChange(change) };
      entry.loaded = { ...entry.loaded, thread: { ...entry.loaded.thread, gitInfo } };
      return entry.loaded.thread;
    },
    async calls(threadId) {
      find(threadId);
      return [];
    },
    loaded: () => [...live.keys()].toSorted(),
    turns: async (threadId, page) => {
      find(threadId);
      return pageOf([], page, { threadId, kind: "turns", turnId: null });
    },
    items: async (threadId, page) => {
      find(threadId);
      return pageOf([], page, { threadId, kind: "itemsByCreatedAtOrdinal", turnId: page.turnId });
    },
    async setName(threadId, name) {
      const entry = find(threadId);
      entry.loaded = { ...entry.loaded, thread: { ...entry.loaded.thread, name } };
      return name;
    },
    async archive(threadId) {
      archived.set(threadId, find(threadId));
      await unload(threadId);
    },
    async unarchive(threadId) {
      const entry = archived.get(threadId);
      if (entry === undefined) throw new ThreadRequestError("notFound", `no thread ${threadId}`);
      archived.delete(threadId);
      live.set(threadId, entry);
      return { ...entry.loaded.thread, status: { type: "notLoaded" } };
    },
    async delete(threadId) {
      if (archived.delete(threadId)) return;
      await unload(threadId);
    },
    async startTurn(threadId, input) {
      const entry = find(threadId);
      if (entry.active !== null) return entry.active.turn;
      const first = input[0];
      if (first?.type !== "text") throw new ThreadRequestError("badInput", "The message is empty.");
      const controller = new AbortController();
      const turn = newTurn();
      entry.active = { turn, controller, done: playTurn(entry, turn, first.text, controller.signal) };
      return turn;
    },
    async steer(threadId, expectedTurnId) {
      return { turnId: active(threadId, expectedTurnId, "steer").turn.id };
    },
    async interrupt(threadId, turnId) {
      active(threadId, turnId, "interrupt").controller.abort();
    },
    async updateSettings(threadId) {
      find(threadId);
    },
    updateTurn: async (threadId, turnId) => find(threadId).active?.turn.id === turnId,
    left: () => undefined,
    terminals: { list: () => [], terminate: async () => false, clean: async () => undefined },
    queue: createMemoryQueues(find),
    async compact(threadId) {
      find(threadId);
    },
    async runShell(threadId) {
      find(threadId);
    },
    async close() {
      const running = [...live.values()].flatMap((entry) => (entry.active === null ? [] : [entry.active]));
      for (const { controller } of running) controller.abort();
      await Promise.all(running.map(({ done }) => done));
    },
  };
}

const newTurn = (): Turn => {
  const id = randomUUID();
  return {
    id,
    rootTurnId: id,
    items: [],
    itemsView: "notLoaded",
    status: "inProgress",
    error: null,
    startedAt: null,
    completedAt: null,
    durationMs: null,
  };
};

const newThread = (cwd: string, originator: Originator): Thread => {
  const id = randomUUID();
  return {
    id,
    environments: [{ environmentId: "local", cwd, runtimeWorkspaceRoots: [cwd] }],
    extra: null,
    sessionId: id,
    forkedFromId: null,
    attachedToThreadId: null,
    parentThreadId: null,
    preview: "",
    ephemeral: false,
    section: null,
    sectionEnteredAt: null,
    projectId: null,
    historyMode: "paginated",
    modelProvider: "mock",
    model: "mock-model",
    reasoningEffort: null,
    createdAt: 1_795_158_595,
    updatedAt: 1_795_158_595,
    recencyAt: 1_795_158_595,
    status: { type: "idle" },
    path: null,
    cwd,
    cliVersion: "0.1.0",
    originator: originator.name,
    source: "vscode",
    canAcceptDirectInput: true,
    threadSource: null,
    agentNickname: null,
    agentRole: null,
    gitInfo: null,
    name: null,
    daybreakEnabled: null,
    turns: [],
  };
};

export const agentMessage = (id: string, text: string): ItemOf<"agentMessage"> => ({
  type: "agentMessage",
  moderation: null,
  id,
  text,
  phase: null,
  memoryCitation: null,
  delivery: null,
  questions: null,
  startedAtMs: 1,
  completedAtMs: null,
});

export const commandItem = (id: string): ItemOf<"commandExecution"> => ({
  type: "commandExecution",
  id,
  pluginId: null,
  scriptPath: null,
  command: "/bin/bash -lc 'touch a'",
  cwd: "/repo",
  processId: null,
  source: "agent",
  status: "inProgress",
  commandActions: [{ type: "unknown", command: "touch a" }],
  aggregatedOutput: null,
  exitCode: null,
  durationMs: null,
  startedAtMs: 1,
  completedAtMs: null,
});
