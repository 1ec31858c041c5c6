import { expect, test } from "vitest";
import { startServer } from "../helpers/app-server.ts";
import { openView, openWindow } from "./window.ts";

const talkative = () =>
  startServer(async (turn, text) => {
    const { threadId, turnId } = turn;
    turn.emit({ type: "agentMessageDelta", threadId, turnId, itemId: "m", delta: `echo ${text}` });
  }).server;

test("a view gets the handshake from the cache", async () => {
  const { router } = await openWindow(startServer().server);
  const { peer } = openView(router);
  const answer = await peer.request("initialize", { clientInfo: { name: "view", version: "1" } });
  expect(answer.extensions?.turnwright?.version).toBeTypeOf("string");
  await expect(peer.request("initialize", { clientInfo: { name: "view", version: "1" } })).resolves.toEqual(answer);
});

test.each(["thread/start", "turn/start", "config/read", "account/logout", "fs/readFile", "command/exec"])(
  "a view may not call %s",
  async (method) => {
    const { router } = await openWindow(startServer().server);
    const { peer } = openView(router);
    await expect(peer.request(method as never, {} as never)).rejects.toThrow("Invalid request: unknown variant");
  },
);

test("params that do not fit are refused before anybody acts on them", async () => {
  const { router } = await openWindow(startServer().server);
  const { peer } = openView(router);
  await expect(peer.request("host/submit", { text: 5 as never })).rejects.toThrow("Invalid request: invalid type");
});

test("a view cannot widen sandbox or policy through a resume", async () => {
  const { server } = startServer();
  const { router, session } = await openWindow(server);
  const { threadId } = await session.submit("hello");
  const { peer } = openView(router);
  const wide = { threadId, sandbox: "danger-full-access", approvalPolicy: "never" };
  const resumed = await peer.request("thread/resume", wide);
  expect(resumed.approvalPolicy).toBe("on-request");
  expect(resumed.sandbox.type).toBe("readOnly");
});

test("views with the same request ids get their own answers", async () => {
  const { router, session } = await openWindow(startServer().server);
  const { threadId } = await session.submit("hello");
  const [one, two] = [openView(router), openView(router)];
  const [listed, read] = await Promise.all([
    one.peer.request("model/list", {}),
    two.peer.request("thread/read", { threadId }),
  ]);
  expect(listed.data.map(({ id }) => id)).toContain("a");
  expect(read.thread.id).toBe(threadId);
});

test("a view hears of the threads it resumed and of no others", async () => {
  const { router, session } = await openWindow(talkative());
  const { threadId } = await session.submit("first");
  const [subscribed, other] = [openView(router), openView(router)];
  await subscribed.peer.request("thread/resume", { threadId });
  await session.submit("second");
  await subscribed.until("turn/completed");
  const deltas = subscribed.notifications.filter(({ method }) => method === "item/agentMessage/delta");
  expect(deltas).toMatchObject([{ params: { threadId, delta: "echo second" } }]);
  expect(other.notifications.filter(({ method }) => /^(thread|turn|item)\//.test(method))).toEqual([]);
});

test("every view hears what the extension tells", async () => {
  const { router } = await openWindow(startServer().server);
  const views = [openView(router), openView(router)];
  router.announce("host/prefillComposer", { text: "hi" });
  for (const view of views) {
    await view.until("host/prefillComposer");
    expect(view.notifications).toContainEqual({ method: "host/prefillComposer", params: { text: "hi" } });
  }
});

test("a page that is gone gets nothing, and its view can be attached again", async () => {
  const { router } = await openWindow(startServer().server);
  const gone = openView(router);
  gone.connection.close();
  await gone.peer.closed;
  router.announce("host/focusComposer", {});
  const back = openView(router);
  router.announce("host/focusComposer", {});
  await back.until("host/focusComposer");
  expect(gone.notifications.filter(({ method }) => method === "host/focusComposer")).toEqual([]);
});

test("an error of the server reaches the view with its words", async () => {
  const { router } = await openWindow(startServer().server);
  const { peer } = openView(router);
  const threadId = "00000000-0000-4000-8000-000000000000";
  await expect(peer.request("turn/interrupt", { threadId, turnId: "none" })).rejects.toThrow("thread not found");
});
