import { expect, test } from "vitest";
import { connected, startServer, type TestClient } from "../helpers/app-server.ts";
import { createMemoryThreads } from "../helpers/memory-threads.ts";
import { wireErrors } from "../helpers/wire-schema.ts";

const settled = async (client: Awaited<ReturnType<typeof connected>>): Promise<void> => {
  await client.client.request("thread/loaded/list", {}); // answers are in order: what was to be told before it has come
};

test("loaded threads are paged by id, and a thread stays loaded when its client unsubscribes", async () => {
  const { server } = startServer();
  const test = await connected(server);
  const { client } = test;
  const ids: string[] = [];
  for (let count = 0; count < 3; count++) ids.push((await client.request("thread/start", {})).thread.id);
  ids.sort();
  const first = await client.request("thread/loaded/list", { limit: 2 });
  expect(wireErrors("ThreadLoadedListResponse", first) ?? []).toEqual([]);
  expect(first).toEqual({ data: ids.slice(0, 2), nextCursor: ids[1] });
  expect(await client.request("thread/loaded/list", { cursor: ids[1] })).toEqual({ data: [ids[2]], nextCursor: null });

  const [threadId = ""] = ids;
  expect(await client.request("thread/unsubscribe", { threadId })).toEqual({ status: "unsubscribed" });
  expect(await client.request("thread/unsubscribe", { threadId })).toEqual({ status: "notSubscribed" });
  expect((await client.request("thread/loaded/list", {})).data).toEqual(ids);
  const before = test.notifications.length;
  await client.request("turn/start", { threadId, input: [{ type: "text", text: "unheard" }] });
  await settled(test);
  expect(test.notifications.slice(before)).toEqual([]);
  const unknown = { threadId: "01a1f7ca-0000-7000-8000-000000000000" };
  expect(await client.request("thread/unsubscribe", unknown)).toEqual({ status: "notLoaded" });
});

test("naming, archiving, unarchiving and deleting are told to every client, after the answer", async () => {
  const { server } = startServer(
    ({ signal }) => new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
  );
  const mine = await connected(server);
  const other = await connected(server);
  const { thread } = await mine.client.request("thread/start", {});
  const threadId = thread.id;
  await mine.client.request("turn/start", { threadId, input: [{ type: "text", text: "go" }] });
  await mine.until("turn/started");
  expect(await mine.client.request("thread/name/set", { threadId, name: "My thread" })).toEqual({});
  await other.until("thread/name/updated");
  expect(await mine.client.request("thread/archive", { threadId })).toEqual({});
  await other.until("thread/archived");
  expect((await mine.client.request("thread/list", { archived: true })).data).toMatchObject([{ id: threadId }]);
  const { thread: back } = await mine.client.request("thread/unarchive", { threadId });
  expect(back).toMatchObject({ id: threadId, name: "My thread", status: { type: "notLoaded" } });
  await other.until("thread/unarchived");
  expect(await mine.client.request("thread/delete", { threadId })).toEqual({});
  await other.until("thread/deleted");
  await settled(mine);
  const told = mine.notifications.map(({ method, params }) => ({ method, params }));
  const from = told.findIndex(({ method }) => method === "thread/name/updated");
  expect(told.slice(from)).toMatchObject([
    { method: "thread/name/updated", params: { threadId, threadName: "My thread" } },
    { method: "thread/status/changed", params: { status: { type: "idle" } } },
    { method: "turn/completed", params: { turn: { status: "interrupted" } } },
    { method: "thread/status/changed", params: { threadId, status: { type: "notLoaded" } } },
    { method: "thread/archived", params: { threadId } },
    { method: "thread/unarchived", params: { threadId } },
    { method: "thread/deleted", params: { threadId } },
  ]);
});

test("what is asked of an unknown thread is refused in the words that clients know", async () => {
  const { server } = startServer();
  const { client } = await connected(server);
  const threadId = "01a1f7ca-0000-7000-8000-000000000000";
  const words = `no rollout found for thread id ${threadId}`;
  await expect(client.request("thread/archive", { threadId })).rejects.toThrow(words);
  await expect(client.request("thread/unarchive", { threadId })).rejects.toThrow(words);
  await expect(client.request("thread/delete", { threadId })).rejects.toThrow(words);
  await expect(client.request("thread/name/set", { threadId, name: "x" })).rejects.toThrow(words);
  await expect(client.request("thread/turns/list", { threadId })).rejects.toThrow(`thread not loaded: ${threadId}`);
  await expect(client.request("thread/items/list", { threadId: "bad" })).rejects.toThrow("invalid thread id: ");
});

test("what is open in an editor is taken from clients that opted in, and from no other", async () => {
  const editors: unknown[] = [];
  const { server } = startServer(undefined, {
    createThreads: async (outside) => {
      const threads = createMemoryThreads({ ...outside, run: async () => undefined });
      return {
        ...threads,
        startTurn: (threadId, input, overrides, clientId) => {
          editors.push(overrides.editor);
          return threads.startTurn(threadId, input, overrides, clientId);
        },
      };
    },
  });
  const editor = { activePath: "/repo/a.ts", selection: null, openPaths: [] };
  const start = async ({ client }: TestClient) => {
    const { thread } = await client.request("thread/start", {});
    await client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "hello" }], editor });
  };
  await expect(start(await connected(server))).rejects.toMatchObject({
    message: "turn/start.editor requires the capability extensions.turnwright",
  });
  await start(await connected(server, {}, {}));
  expect(editors).toEqual([editor]);
});

test("what a summary is to keep can be said by clients that opted in, and by no other", async () => {
  const asked: (string | null)[] = [];
  const { server } = startServer(undefined, {
    createThreads: async (outside) => ({
      ...createMemoryThreads({ ...outside, run: async () => undefined }),
      compact: async (_threadId, wishes) => void asked.push(wishes),
    }),
  });
  const compact = async ({ client }: TestClient, instructions?: string) => {
    const { thread } = await client.request("thread/start", {});
    return client.request("thread/compact/start", {
      threadId: thread.id,
      ...(instructions === undefined ? {} : { instructions }),
    });
  };
  const other = await connected(server);
  await expect(compact(other, "the names")).rejects.toMatchObject({
    code: -32600,
    message: "thread/compact/start.instructions requires the capability extensions.turnwright",
  });
  expect(await compact(other)).toEqual({});
  expect(await compact(await connected(server, {}, {}), "the names")).toEqual({});
  expect(asked).toEqual([null, "the names"]);
});
