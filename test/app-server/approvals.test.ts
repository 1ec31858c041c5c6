import { expect, test } from "vitest";
import type { Connection } from "../../src/app-server/connection.ts";
import { createQuestions, type Questions } from "../../src/app-server/questions.ts";
import { createSubscriptions } from "../../src/app-server/subscriptions.ts";
import type { CommandAnswer, EditorWriteOutcome, FilesAnswer } from "../../src/core/approvals.ts";
import type { CommandApprovalParams, FileChangeApprovalParams } from "../../src/protocol/approvals.ts";
import { invalidRequest } from "../../src/protocol/errors.ts";
import { connected, startServer, type TestClient } from "../helpers/app-server.ts";
import { commandItem, type TurnScript } from "../helpers/memory-threads.ts";

const question = (script: TurnScript) => ({
  threadId: script.threadId,
  turnId: script.turnId,
  itemId: "call_1",
  startedAtMs: 1,
});
const commandQuestion = (script: TurnScript) => ({
  ...question(script),
  command: "/bin/bash -lc 'touch a'",
  script: "touch a",
  cwd: "/repo",
  reason: "J",
  commandActions: [{ type: "unknown" as const, command: "touch a" }],
  proposedAmendment: ["touch", "a"],
  isDangerous: true,
  canRemember: true,
  isUnsandboxed: false,
});

/** A server whose every turn asks about one command, and the answers that core got. */
function commandServer() {
  const answers: CommandAnswer[] = [];
  const { server, faults } = startServer(async (script) => {
    const { threadId, turnId } = script;
    script.status({ type: "active", activeFlags: ["waitingOnApproval"] });
    script.emit({ type: "itemStarted", threadId, turnId, item: commandItem("call_1"), startedAtMs: 1 });
    answers.push(await script.approvals.askCommand(commandQuestion(script), script.signal));
    script.status({ type: "active", activeFlags: [] });
  });
  return { server, answers, faults };
}

async function runTurn({ client }: TestClient): Promise<{ threadId: string; turnId: string }> {
  const { thread } = await client.request("thread/start", {});
  const { turn } = await client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
  return { threadId: thread.id, turnId: turn.id };
}

const asCommand = "item/commandExecution/requestApproval";
const asFiles = "item/fileChange/requestApproval";

test("a command is asked with the members that clients have seen, after its item and before it is resolved", async () => {
  const { server, answers } = commandServer();
  const seen: string[] = [];
  const asked: CommandApprovalParams[] = [];
  const test = await connected(server, {
    [asCommand]: async (params: CommandApprovalParams) => {
      seen.push(...test.notifications.map(({ method }) => method));
      asked.push(params);
      return { decision: "accept" as const };
    },
  });
  const { threadId, turnId } = await runTurn(test);
  await test.until("turn/completed");
  expect(asked).toEqual([
    {
      kind: "command",
      threadId,
      turnId,
      itemId: "call_1",
      startedAtMs: 1,
      environmentId: "local",
      reason: "J",
      command: "/bin/bash -lc 'touch a'",
      cwd: "/repo",
      commandActions: [{ type: "unknown", command: "touch a" }],
      proposedExecpolicyAmendment: ["touch", "a"],
      availableDecisions: [
        "accept",
        "acceptForSession",
        { acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", "a"] } },
        "decline",
        "cancel",
      ],
    },
  ]);
  expect(answers).toEqual(["accept"]);
  expect(seen.slice(-2)).toEqual(["thread/status/changed", "item/started"]);
  const after = test.notifications.slice(seen.length).map(({ method, params }) => ({ method, params }));
  expect(after.slice(0, 2)).toEqual([
    { method: "serverRequest/resolved", params: { threadId, requestId: 0 } },
    { method: "thread/status/changed", params: { threadId, status: { type: "active", activeFlags: [] } } },
  ]);
});

test("a client that opted in learns what is dangerous", async () => {
  const { server } = commandServer();
  const asked: CommandApprovalParams[] = [];
  const test = await connected(
    server,
    {
      [asCommand]: async (params: CommandApprovalParams) => {
        asked.push(params);
        return { decision: "decline" as const };
      },
    },
    { review: true },
  );
  await runTurn(test);
  await test.until("turn/completed");
  expect(asked[0]?.turnwright).toEqual({ script: "touch a", dangerous: true, unsandboxed: false });
});

test.each([
  ["accept", "accept"],
  ["acceptForSession", "acceptForSession"],
  ["decline", "decline"],
  ["cancel", "cancel"],
  [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch", "a"] } }, "acceptForGood"],
  [{ acceptWithExecpolicyAmendment: { execpolicy_amendment: ["touch"] } }, "acceptForSession"],
] as const)("the decision %j reaches core", async (decision, expected) => {
  const { server, answers } = commandServer();
  const test = await connected(server, { [asCommand]: async () => ({ decision: structuredClone(decision) as never }) });
  await runTurn(test);
  await test.until("turn/completed");
  expect(answers).toEqual([expected]);
});

test("an answer that is not understood, or an error, cancels", async () => {
  for (const answer of [async () => ({ decision: "yes" as never }), async () => Promise.reject(invalidRequest("no"))]) {
    const { server, answers, faults } = commandServer();
    const test = await connected(server, { [asCommand]: answer });
    await runTurn(test);
    await test.until("turn/completed");
    expect(answers).toEqual(["cancel"]);
    expect(faults).toEqual([`a client could not answer ${asCommand}`]);
  }
});

test("the first answer counts; the question is withdrawn elsewhere", async () => {
  const { server, answers } = commandServer();
  let wasWithdrawn = false;
  const slow = await connected(server, {
    [asCommand]: (_: unknown, signal: AbortSignal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          wasWithdrawn = true;
          resolve({ decision: "accept" as const });
        });
      }),
  });
  let decide = (): void => undefined;
  const quick = await connected(server, {
    [asCommand]: () =>
      new Promise((resolve) => {
        decide = () => resolve({ decision: "decline" as const });
      }),
  });
  const { thread } = await slow.client.request("thread/start", {});
  await quick.client.request("thread/resume", { threadId: thread.id });
  await slow.client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
  await Promise.all([slow.until("item/started"), quick.until("item/started")]);
  await new Promise((resolve) => setImmediate(resolve));
  decide();
  await Promise.all([slow.until("turn/completed"), quick.until("turn/completed")]);
  expect({ answers, wasWithdrawn }).toEqual({ answers: ["decline"], wasWithdrawn: true });
});

test("interrupting the turn withdraws the question", async () => {
  const { server, answers } = commandServer();
  let wasWithdrawn = false;
  const test = await connected(server, {
    [asCommand]: (_: unknown, signal: AbortSignal) =>
      new Promise((resolve) => {
        signal.addEventListener("abort", () => {
          wasWithdrawn = true;
          resolve({ decision: "accept" as const });
        });
      }),
  });
  const running = await runTurn(test);
  await test.until("item/started");
  await test.client.request("turn/interrupt", running);
  await test.until("turn/completed");
  expect({ answers, wasWithdrawn }).toEqual({ answers: ["cancel"], wasWithdrawn: true });
});

test("a client that leaves while it is asked cancels", async () => {
  const { server, answers } = commandServer();
  const test = await connected(server, { [asCommand]: () => new Promise(() => undefined) });
  await runTurn(test);
  await test.until("item/started");
  const left = test.client.closed;
  void test.client.dispose(); // its handler never ends
  await server.close();
  expect(answers).toEqual(["cancel"]);
  await left;
});

test("with nobody to ask the answer is cancel", async () => {
  const answers: CommandAnswer[] = [];
  const { server } = startServer(async (script) => {
    const elsewhere = { ...script, threadId: "unknown" };
    answers.push(await script.approvals.askCommand(commandQuestion(elsewhere), script.signal));
  });
  const test = await connected(server);
  await runTurn(test);
  await test.until("turn/completed");
  expect(answers).toEqual(["cancel"]);
});

const proposed = [
  { path: "/repo/a", movePath: null, base: "1", proposed: "2", baseHash: "h" },
  { path: "/repo/b", movePath: null, base: null, proposed: "new", baseHash: null },
];

test("files are asked with the whole texts where the client opted in, and answered one by one", async () => {
  const answers: FilesAnswer[] = [];
  const { server } = startServer(async (script) => {
    const files = { ...question(script), reason: null, files: proposed };
    answers.push(await script.approvals.askFiles(files, script.signal));
  });
  const asked: FileChangeApprovalParams[] = [];
  const decideFiles = async (params: FileChangeApprovalParams) => {
    asked.push(params);
    const files = [{ path: "/repo/b", decision: "decline" as const, reason: "not now" }];
    return { decision: "accept" as const, turnwright: { files } };
  };
  for (const capability of [{ review: true }, undefined]) {
    const test = await connected(server, { [asFiles]: decideFiles }, capability);
    await runTurn(test);
    await test.until("turn/completed");
  }
  expect(asked[0]?.turnwright?.files).toEqual(proposed);
  expect(asked[1]).toEqual({ ...asked[1], reason: null, grantRoot: null });
  expect(asked[1]).not.toHaveProperty("turnwright");
  expect(answers[0]).toEqual({
    decision: "accept",
    files: new Map([["/repo/b", { decision: "decline", reason: "not now" }]]),
  });
});

test("the editor writes where a client said it can, and silence about a write is a conflict", async () => {
  const outcomes: (EditorWriteOutcome | null)[] = [];
  const { server } = startServer(async (script) => {
    const editor = script.approvals.editor(script.threadId);
    const { startedAtMs: _, ...of } = question(script);
    const write = { ...of, path: "/repo/a", baseHash: "h", text: "2" };
    outcomes.push((await editor?.applyEdit(write, script.signal)) ?? null);
  });
  const writer = await connected(
    server,
    { "editor/applyEdit": async ({ text }: { text: string | null }) => ({ status: "applied" as const, text }) },
    { editorWriter: true },
  );
  const silent = await connected(server, {}, { editorWriter: true });
  const plain = await connected(server);
  for (const test of [writer, silent, plain]) {
    await runTurn(test);
    await test.until("turn/completed");
  }
  expect(outcomes).toEqual([
    { status: "applied", text: "2" },
    { status: "conflict", message: expect.stringContaining("Read it before trying again") as unknown },
    null,
  ]);
});

/** A client as `questions` sees it; `asked` gets its name when it is asked, and it answers when told to. */
function follower(name: string, asked: string[], questions: () => Questions) {
  const subscriptions = createSubscriptions({
    onAdded: (threadId) => questions().joined(connection, threadId),
    onRemoved: (threadId) => questions().unfollowed(connection, threadId),
  });
  const reply = Promise.withResolvers<{ decision: "accept" }>();
  const send = () => {
    asked.push(name);
    return { id: name, result: reply.promise };
  };
  const resolved: unknown[] = [];
  const notify = (_method: string, { requestId }: { requestId: unknown }) => resolved.push(requestId);
  const connection = { client: { turnwright: {} }, subscriptions, peer: { send }, notify } as unknown as Connection;
  return { connection, subscriptions, resolved, accept: () => reply.resolve({ decision: "accept" }) };
}

function followers(names: readonly string[], outlivesClients = false) {
  const asked: string[] = [];
  const connections = new Set<Connection>();
  const questions: Questions = createQuestions({ connections, outlivesClients, onFault: () => undefined });
  const made = names.map((name) => follower(name, asked, () => questions));
  for (const { connection } of made) connections.add(connection);
  const stop = new AbortController();
  const ask = () =>
    questions
      .ask({ method: asFiles, threadId: "t", paramsFor: () => ({}) as never }, stop.signal)
      .then((answer) => answer?.decision ?? null);
  return { asked, questions, connections, made, ask, stop };
}

test("a question that was settled while a client was held back never reaches it", async () => {
  const { asked, made, ask } = followers(["held", "free"]);
  const [held, free] = made;
  for (const { subscriptions } of made) subscriptions.add("t");
  const release = held?.subscriptions.hold("t");
  const answer = ask();
  free?.accept();
  expect(await answer).toBe("accept");
  release?.();
  expect({ asked, resolved: made.map(({ resolved }) => resolved) }).toEqual({
    asked: ["free"],
    resolved: [[], ["free"]],
  });
});

test("who follows the thread while a question waits is asked as well, once", async () => {
  const { asked, made, ask } = followers(["first", "second"]);
  const [first, second] = made;
  first?.subscriptions.add("t");
  const answer = ask();
  second?.subscriptions.add("elsewhere");
  second?.subscriptions.add("t");
  second?.subscriptions.remove("t");
  second?.subscriptions.add("t");
  second?.accept();
  expect(await answer).toBe("accept");
  expect({ asked, resolved: made.map(({ resolved }) => resolved) }).toEqual({
    asked: ["first", "second"],
    resolved: [["first"], ["second"]],
  });
});

test("a client that leaves before it could be asked is not waited for", async () => {
  for (const how of ["left", "unfollowed"] as const) {
    const { made, ask, questions } = followers(["held"]);
    const [held] = made;
    held?.subscriptions.add("t");
    held?.subscriptions.hold("t");
    const answer = ask();
    if (how === "unfollowed") held?.subscriptions.remove("t");
    else if (held !== undefined) questions.left(held.connection);
    expect(await answer).toBe(null);
  }
});

test("where the server outlives its clients a question waits for one to come, until it is given up", async () => {
  const { asked, made, ask, questions, stop } = followers(["first", "second"], true);
  const [first, second] = made;
  const answer = ask();
  first?.subscriptions.add("t");
  if (first !== undefined) questions.left(first.connection);
  second?.subscriptions.add("t");
  second?.accept();
  expect({ answer: await answer, asked }).toEqual({ answer: "accept", asked: ["first", "second"] });
  const other = followers([], true);
  const unanswered = other.ask();
  other.stop.abort();
  expect(await unanswered).toBe(null);
  stop.abort();
});

test("a client that resumes the thread while an approval waits gets it after its answer, and may give the decision", async () => {
  const { server, answers } = commandServer();
  const first = await connected(server, { [asCommand]: () => new Promise(() => undefined) });
  const { threadId } = await runTurn(first);
  await first.until("item/started");
  const order: string[] = [];
  const second = await connected(server, {
    [asCommand]: async () => {
      order.push("asked");
      return { decision: "decline" as const };
    },
  });
  void second.client.request("thread/resume", { threadId }).then(() => order.push("answered"));
  await Promise.all([first.until("turn/completed"), second.until("turn/completed")]);
  expect({ answers, order }).toEqual({ answers: ["decline"], order: ["answered", "asked"] });
  expect(first.notifications.filter(({ method }) => method === "serverRequest/resolved")).toHaveLength(1);
});
