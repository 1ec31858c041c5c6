import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "vitest";
import type {
  ApprovalPort,
  CommandAnswer,
  CommandQuestion,
  FilesAnswer,
  FilesQuestion,
} from "../../src/core/approvals.ts";
import { createCore } from "../../src/core/create-core.ts";
import type { ThreadEvent } from "../../src/core/thread/events.ts";
import type { Threads } from "../../src/core/thread/threads.ts";
import type { UserInput } from "../../src/protocol/settings.ts";

export const text = (words: string): UserInput => ({ type: "text", text: words, text_elements: [] });

type Answerer<Q, A> = (question: Q, signal: AbortSignal) => A | Promise<A>;

export interface Agent extends AsyncDisposable {
  readonly threads: Threads;
  readonly events: readonly ThreadEvent[];
  readonly home: string;
  /** The workspace. */
  readonly cwd: string;
  /** Threads that nobody follows; the others somebody does. */
  readonly unfollowed: Set<string>;
  /** Resolves with the first event from now on (or already seen and not yet taken) that matches. */
  until<T extends ThreadEvent["type"]>(
    type: T,
    matches?: (event: Extract<ThreadEvent, { type: T }>) => boolean,
  ): Promise<Extract<ThreadEvent, { type: T }>>;
  /** Starts a turn and waits for its end. */
  play(threadId: string, words: string): Promise<Extract<ThreadEvent, { type: "turnCompleted" }>>;
  onCommand: Answerer<CommandQuestion, CommandAnswer>;
  onFiles: Answerer<FilesQuestion, FilesAnswer>;
}

export interface AgentOptions {
  /** Base URL of the model. */
  readonly url: string;
  readonly home?: string;
  readonly cwd?: string;
  /** TOML before the provider's table. */
  readonly config?: string;
  /** TOML in the provider's table. */
  readonly provider?: string;
  /** False: what this agent showed is damaged, deleted or hidden later, so at its end it is not expected to be there. */
  readonly isReadBack?: boolean;
}

/** Core as a surface would compose it: a real home, a real workspace, a real model server; a test is the user. */
export async function startAgent({
  url,
  home,
  cwd,
  config = "",
  provider = "",
  isReadBack = true,
}: AgentOptions): Promise<Agent> {
  const root = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-test-"));
  const state = home ?? path.join(root, "home");
  const workspace = cwd ?? path.join(root, "workspace");
  await fs.mkdir(state, { recursive: true });
  await fs.mkdir(workspace, { recursive: true });
  await fs.writeFile(
    path.join(state, "config.toml"),
    `model = "test-model"\nmodel_provider = "test"\n${config}\n[model_providers.test]\nbase_url = "${url}"\nstream_max_retries = 2\nrequest_max_retries = 0\n${provider}\n`,
  );
  const events: ThreadEvent[] = [];
  const waiters: { matches: (event: ThreadEvent) => boolean; resolve: (event: ThreadEvent) => void }[] = [];
  let taken = 0;
  const port: ApprovalPort = {
    askCommand: async (question, signal) => agent.onCommand(question, signal),
    askFiles: async (question, signal) => agent.onFiles(question, signal),
    editor: () => null,
  };
  const core = createCore({
    home: state,
    systemConfig: null,
    version: "0.0.0-test",
    env: process.env,
    platform: process.platform,
    overrides: [],
    hasUser: true,
    demo: { baseUrl: () => Promise.reject(new Error("no demo in this test")), token: "" },
  });
  const threads = await core.createThreads({
    approvals: port,
    isFollowed: (threadId) => !agent.unfollowed.has(threadId),
    onEvent(event) {
      events.push(event);
      const index = waiters.findIndex(({ matches }) => matches(event));
      if (index === -1) return;
      taken = events.length;
      waiters.splice(index, 1)[0]?.resolve(event);
    },
  });
  const deleted = new Set<string>();
  const agent: Agent = {
    threads: {
      ...threads,
      async delete(threadId) {
        await threads.delete(threadId);
        deleted.add(threadId);
      },
    },
    events,
    home: state,
    cwd: workspace,
    unfollowed: new Set(),
    onCommand: () => "accept",
    onFiles: () => ({ decision: "accept", files: new Map() }),
    until<T extends ThreadEvent["type"]>(
      type: T,
      matches: (event: Extract<ThreadEvent, { type: T }>) => boolean = () => true,
    ) {
      const isIt = (event: ThreadEvent): event is Extract<ThreadEvent, { type: T }> =>
        event.type === type && matches(event as Extract<ThreadEvent, { type: T }>);
      const seen = events.findIndex((event, index) => index >= taken && isIt(event));
      const known = events[seen];
      if (known !== undefined && isIt(known)) {
        taken = seen + 1;
        return Promise.resolve(known);
      }
      return new Promise<Extract<ThreadEvent, { type: T }>>((resolve) => {
        waiters.push({
          matches: isIt,
          resolve(event) {
            if (isIt(event)) resolve(event);
          },
        });
      });
    },
    async play(threadId, words) {
      const turn = await threads.startTurn(threadId, [text(words)], {}, null);
      return agent.until("turnCompleted", (event) => event.turn.id === turn.id);
    },
    async [Symbol.asyncDispose]() {
      if (isReadBack) {
        await expectReadBack(
          threads,
          events.filter(({ threadId }) => !deleted.has(threadId)),
        );
      }
      await threads.close();
      if (home === undefined) await fs.rm(root, { recursive: true, force: true });
    },
  };
  return agent;
}

/**
 * What was shown is what is read back: each item of a turn that this agent played stands in the rollout as it was shown last, and each that was
 * started has ended when its turn has.
 */
async function expectReadBack(threads: Threads, events: readonly ThreadEvent[]): Promise<void> {
  const shown = new Map<string, Map<string, unknown>>();
  const running = new Set<string>();
  const played = new Set<string>();
  for (const event of events) {
    if (event.type === "turnStarted") {
      running.add(event.turn.id);
      played.add(`${event.threadId} ${event.turn.id}`);
    }
    if (event.type === "turnCompleted") running.delete(event.turn.id);
    if (event.type === "itemStarted" || event.type === "itemCompleted") {
      const items = shown.get(event.threadId) ?? new Map<string, unknown>();
      shown.set(event.threadId, items.set(event.item.id, event.item));
    }
  }
  if (running.size > 0) return; // the test ends in the middle of a turn on purpose
  for (const [threadId, items] of shown) {
    const { turns, path: rollout } = await threads.read(threadId, { includeTurns: true });
    if (rollout === null) continue;
    const stored = turns.flatMap(({ id, items: list }) => (played.has(`${threadId} ${id}`) ? list : []));
    expect(stored.map(({ id }) => id).toSorted()).toEqual([...items.keys()].toSorted());
    for (const item of stored) expect(item).toEqual(items.get(item.id));
  }
}
