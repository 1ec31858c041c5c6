import { expect, test } from "vitest";
import { connected, rawClient, startServer } from "../helpers/app-server.ts";
import { createMemoryThreads } from "../helpers/memory-threads.ts";

/** A server whose core notes who left, and can be made to speak. */
function observed() {
  const left: string[] = [];
  const core = Promise.withResolvers<{
    readonly isFollowed: (threadId: string) => boolean;
    readonly close: (threadId: string) => void;
  }>();
  const { server } = startServer(undefined, {
    createThreads: async (outside) => {
      core.resolve({
        isFollowed: outside.isFollowed,
        close: (threadId) => outside.onEvent({ type: "threadClosed", threadId }),
      });
      const threads = createMemoryThreads({ ...outside, run: async () => undefined });
      return { ...threads, left: (threadId) => void left.push(threadId) };
    },
  });
  return { server, left, core: core.promise };
}

test("core hears of a client that unsubscribes and of one that hangs up, and knows whether another one still follows", async () => {
  const { server, left, core } = observed();
  const one = await connected(server);
  const two = rawClient(server);
  two.send({ id: 1, method: "initialize", params: { clientInfo: { name: "probe", version: "1" } } });
  const { thread } = await one.client.request("thread/start", {});
  two.send({ id: 2, method: "thread/resume", params: { threadId: thread.id } });
  await two.until(3);
  const { isFollowed } = await core;
  await one.client.request("thread/unsubscribe", { threadId: thread.id });
  expect(left).toEqual([thread.id]);
  expect(isFollowed(thread.id)).toBe(true);
  await two.transport.close();
  await two.closed;
  expect(left).toEqual([thread.id, thread.id]);
  expect(isFollowed(thread.id)).toBe(false);
});

test("every client hears that a thread was closed, also those that do not follow it", async () => {
  const { server, core } = observed();
  const one = await connected(server);
  await one.client.request("thread/loaded/list", {});
  (await core).close("t");
  await one.until("thread/closed");
  expect(one.notifications.slice(-2)).toMatchObject([
    { method: "thread/status/changed", params: { threadId: "t", status: { type: "notLoaded" } } },
    { method: "thread/closed", params: { threadId: "t" } },
  ]);
});
