import { expect, test } from "vitest";
import { ThreadRequestError } from "../../src/core/thread/threads.ts";
import { maxInputChars } from "../../src/protocol/settings.ts";
import type { Turn } from "../../src/protocol/turns.ts";
import { startServer } from "../helpers/app-server.ts";
import { createMemoryThreads } from "../helpers/memory-threads.ts";
import { openWindow } from "./window.ts";

/** A server whose turns run until they are interrupted. */
const endless = () =>
  startServer(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true })),
  ).server;

test("two messages sent at once go to one thread, the second steers the first one's turn", async () => {
  const { session } = await openWindow(endless());
  const [first, second] = await Promise.all([session.submit("hello"), session.submit("and more")]);
  expect(second).toEqual(first);
  expect(session.state().threadId).toBe(first.threadId);
  await session.stop();
});

test("a message after the end of a turn starts the next turn of the same thread", async () => {
  const { session } = await openWindow(startServer().server);
  const first = await session.submit("hello");
  const second = await session.submit("again");
  expect(second.threadId).toBe(first.threadId);
  expect(second.turnId).not.toBe(first.turnId);
});

test("stopping interrupts the running turn; with nothing running it does nothing", async () => {
  const { session } = await openWindow(endless());
  await session.stop();
  const first = await session.submit("hello");
  await session.stop();
  const second = await session.submit("again");
  expect(second.threadId).toBe(first.threadId);
  expect(second.turnId).not.toBe(first.turnId);
  await session.stop();
});

test("the conversation is compacted when there is one and no turn runs", async () => {
  const asked: (string | null)[] = [];
  const { server } = startServer(undefined, {
    createThreads: async (outside) => ({
      ...createMemoryThreads({ ...outside, run: async () => undefined }),
      compact: async (_threadId, wishes) => void asked.push(wishes),
    }),
  });
  const { session } = await openWindow(server);
  await expect(session.compact(null)).rejects.toThrow("no conversation yet");
  await session.submit("hello");
  await session.stop(); // nothing runs afterwards, whether it had ended or not
  await session.compact(null);
  await session.compact("keep the names");
  expect(asked).toEqual([null, "keep the names"]);

  const busy = await openWindow(endless());
  await busy.session.submit("hello");
  await expect(busy.session.compact(null)).rejects.toThrow("Wait for the end of the turn");
  await busy.session.stop();
});

test("why a conversation cannot be compacted is known before the user is asked for wishes, which our own server takes", async () => {
  const { session, connect } = await openWindow(startServer().server);
  await expect(session.takesSummaryWishes()).rejects.toThrow("no conversation yet");
  await session.submit("hello");
  await session.stop();
  expect(await session.takesSummaryWishes()).toBe(true);
  await connect(startServer().server, { isTurnwright: false });
  session.newThread();
  await session.submit("hello");
  await session.stop();
  expect(await session.takesSummaryWishes()).toBe(false);

  const busy = await openWindow(endless());
  await busy.session.submit("hello");
  await expect(busy.session.takesSummaryWishes()).rejects.toThrow("Wait for the end of the turn");
  await busy.session.stop();
});

test("what is open in the editor is told in a trusted workspace only", async () => {
  const editors: unknown[] = [];
  const { server } = startServer(undefined, {
    createThreads: async (outside) => {
      const threads = createMemoryThreads({ ...outside, run: async () => undefined });
      return {
        ...threads,
        startTurn: (threadId, input, overrides, clientId) => {
          editors.push(overrides.editor?.activePath);
          return threads.startTurn(threadId, input, overrides, clientId);
        },
      };
    },
  });
  const { session, place } = await openWindow(server);
  await session.submit("hello");
  place.isTrusted = false;
  session.newThread();
  await session.submit("hello");
  expect(editors).toEqual(["/repo/a.ts", undefined]);
});

test("after New Thread the next message begins another thread", async () => {
  const { session, store } = await openWindow(startServer().server);
  const first = await session.submit("hello");
  session.newThread();
  expect(session.state().threadId).toBeNull();
  const second = await session.submit("hello");
  expect(second.threadId).not.toBe(first.threadId);
  expect(store.get("threadId")).toBe(second.threadId);
});

test("nothing, and too much, are not sent", async () => {
  const { session } = await openWindow(startServer().server);
  await expect(session.submit(" \n")).rejects.toThrow("nothing to send");
  await expect(session.submit("x".repeat(maxInputChars + 1))).rejects.toThrow("longer than a model can read");
  expect(session.state().threadId).toBeNull();
});

test("a stored thread that is gone is replaced by a new one, and the user is told", async () => {
  const { session } = await openWindow(startServer().server, { threadId: "gone" });
  const { threadId } = await session.submit("hello");
  expect(threadId).not.toBe("gone");
  expect(session.state().notice).toContain("could not be loaded");
  await session.submit("next");
  expect(session.state().notice).toBeNull();
});

/** A server whose threads cannot be resumed, because another window has them open. */
const occupied = () =>
  startServer(undefined, {
    createThreads: async (outside) => ({
      ...createMemoryThreads({ ...outside, run: async () => undefined }),
      resume: async (threadId) => {
        throw new ThreadRequestError("inUse", `thread ${threadId} is open in another window (process 7)`);
      },
    }),
  }).server;
const stored = "00000000-0000-4000-8000-000000000000";

test("a thread that another window has open is replaced by a new one, and the user is told why", async () => {
  const { session, store } = await openWindow(occupied(), { threadId: stored });
  const { threadId } = await session.submit("hello");
  expect(threadId).not.toBe(stored);
  expect(session.state().notice).toBe(
    `The earlier thread could not be loaded: thread ${stored} is open in another window (process 7). This is a new one.`,
  );

  const shown = await openWindow(occupied(), { threadId: stored });
  await expect(shown.session.resume(stored)).rejects.toThrow("open in another window");
  expect(shown.session.state()).toMatchObject({
    threadId: null,
    notice: expect.stringContaining("The next message starts a new one.") as string,
  });
  expect(store.get("threadId")).toBe(threadId);
});

test("a thread that another window has open is shown, and a message goes to a new one", async () => {
  const { server } = startServer(undefined, {
    createThreads: async (outside) => {
      const threads = createMemoryThreads({ ...outside, run: async () => undefined });
      const elsewhere = await threads.start({}, { name: "other", version: "1" });
      return {
        ...threads,
        resume: async () => ({
          ...(await threads.resume(elsewhere.thread.id, {}, { name: "other", version: "1" })),
          thread: { ...elsewhere.thread, canAcceptDirectInput: false },
        }),
      };
    },
  });
  const { session } = await openWindow(server, { threadId: stored });
  expect((await session.resume(stored)).thread.canAcceptDirectInput).toBe(false);
  expect(session.state()).toMatchObject({ threadId: stored, notice: null });
  const { threadId } = await session.submit("hello");
  expect(threadId).not.toBe(stored);
  expect(session.state().notice).toBe("The earlier thread is open in another window. This is a new one.");
});

test("a thread that was begun while the old one was found to be gone is kept", async () => {
  const release = Promise.withResolvers<undefined>();
  let reads = 0;
  const { server } = startServer(undefined, {
    readConfig: async () => {
      reads += 1;
      if (reads > 1) await release.promise; // the second one asks whether the server is well
      return { config: {}, origins: {} };
    },
  });
  const { session } = await openWindow(server, { threadId: stored });
  const opened = expect(session.resume(stored)).rejects.toThrow("no rollout found");
  const { threadId } = await session.submit("hello");
  release.resolve(undefined);
  await opened;
  expect(session.state().threadId).toBe(threadId);
});

test("which turn runs is known from the first page, also where the server has to be asked for it in another way", async () => {
  const running: Turn = { id: "turn-7", items: [], itemsView: "full", status: "inProgress", error: null };
  const page = { data: [running], nextCursor: "6", backwardsCursor: null };
  for (const knowsPages of [true, false]) {
    const interrupted: string[] = [];
    const { server } = startServer(undefined, {
      createThreads: async (outside) => {
        const threads = createMemoryThreads({ ...outside, run: async () => undefined });
        const mine = await threads.start({}, { name: "mine", version: "1" });
        const { id } = mine.thread;
        return {
          ...threads,
          resume: async (_id, ...how) => ({
            ...(await threads.resume(id, ...how)),
            thread: { ...mine.thread, id: stored },
            page: knowsPages ? page : null,
          }),
          turns: async () => page,
          interrupt: async (_id, turnId) => void interrupted.push(turnId),
        };
      },
    });
    const { session } = await openWindow(server, { threadId: stored });
    const wanted = { excludeTurns: true, initialTurnsPage: { limit: 30, itemsView: "full" } } as const;
    expect(await session.resume(stored, wanted)).toMatchObject({ initialTurnsPage: page });
    await session.stop();
    expect(interrupted).toEqual(["turn-7"]);
  }
});

test("a message that comes while the configuration is read waits for the user's limits", async () => {
  const read = Promise.withResolvers<undefined>();
  const sandboxes: unknown[] = [];
  const { server } = startServer(undefined, {
    readConfig: async () => {
      await read.promise;
      return { config: { sandbox_workspace_write: { exclude_slash_tmp: true } }, origins: {} };
    },
    createThreads: async (outside) => {
      const threads = createMemoryThreads({ ...outside, run: async () => undefined });
      return {
        ...threads,
        startTurn: (threadId, input, overrides, clientId) => {
          sandboxes.push(overrides.sandboxPolicy);
          return threads.startTurn(threadId, input, overrides, clientId);
        },
      };
    },
  });
  const { session, connect } = await openWindow(server);
  void session.learn(await connect(server)); // as the panel does when it opens
  const sent = session.submit("hello");
  for (let round = 0; round < 50; round += 1) await new Promise(setImmediate); // more than a thread and a turn take to start
  read.resolve(undefined);
  await sent;
  expect(sandboxes).toMatchObject([{ type: "workspaceWrite", excludeSlashTmp: true }]);
});

test("while the server refuses its configuration, no thread is given up", async () => {
  const { server } = startServer(undefined, {
    readConfig: () => Promise.reject(new Error("bad config")),
  });
  const { session } = await openWindow(server, { threadId: "kept" });
  await expect(session.resume("kept")).rejects.toThrow();
  expect(session.state().threadId).toBe("kept");
});

test("after a restart the thread is resumed on the new connection, and the user is told", async () => {
  const { server } = startServer();
  const { session, connect } = await openWindow(server);
  const before = await session.submit("hello");
  session.disconnected();
  await session.reconnected(await connect(server));
  expect(session.state().threadId).toBe(before.threadId);
  expect(session.state().notice).toContain("The thread is back");
  await expect(session.submit("go on")).resolves.toMatchObject({ threadId: before.threadId });
});

test("a thread that a restarted server does not know is let go", async () => {
  const { session, connect } = await openWindow(startServer().server);
  await session.submit("hello");
  await session.reconnected(await connect(startServer().server));
  expect(session.state().threadId).toBeNull();
  expect(session.state().notice).toContain("did not come back: no rollout found");
});

test("in an untrusted workspace only Plan is possible, until trust is granted", async () => {
  const { session, place } = await openWindow(startServer().server, { mode: "agent" });
  place.isTrusted = false;
  expect(session.state()).toMatchObject({ mode: "plan", modes: ["plan"] });
  await expect(session.setMode("ask")).rejects.toThrow("Only Plan");
  place.isTrusted = true;
  expect(session.state()).toMatchObject({ mode: "agent", modes: ["plan", "ask", "agent", "full"] });
});

test("full access is confirmed once per window and not remembered for the next one", async () => {
  const { session, asked, store } = await openWindow(startServer().server);
  await session.setMode("full");
  await session.setMode("plan");
  await session.setMode("full");
  expect(asked).toEqual(["full"]);
  expect(session.state().mode).toBe("full");
  expect(store.get("mode")).toBe("plan");
});

test("full access that was not confirmed is not in force", async () => {
  const { session, place } = await openWindow(startServer().server);
  place.allowsFullAccess = false;
  await session.setMode("full");
  expect(session.state().mode).toBe("ask");
});

test("a stored mode that is none of ours counts as not set", async () => {
  const { session } = await openWindow(startServer().server, { mode: "root" });
  expect(session.state().mode).toBe("ask");
});

test("a model is chosen from the server's list; one of another provider's list is not sent", async () => {
  const { session } = await openWindow(startServer().server, { model: "elsewhere" });
  await session.submit("hello");
  expect(session.state()).toMatchObject({ model: "mock-model", models: [{ id: "a" }, { id: "b" }] });
  session.setModel("b");
  expect(session.state().model).toBe("b");
  expect(() => session.setModel("c")).toThrow("does not offer");
});

test("without a folder a thread starts in a private empty one, in Plan mode", async () => {
  const { session, place } = await openWindow(startServer().server);
  place.folders = [];
  const { threadId } = await session.submit("hello");
  expect(session.state().mode).toBe("plan");
  const { thread } = await session.resume(threadId);
  expect(thread.cwd).toBe("/private/empty");
});
