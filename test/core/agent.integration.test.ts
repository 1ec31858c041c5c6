import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { responsesServer } from "../helpers/responses-server.ts";
import { startAgent, text } from "../helpers/agent.ts";

const say = (words: string) => ({ type: "message" as const, text: words });
const exec = (args: object, callId?: string) => ({
  type: "function_call" as const,
  name: "exec_command",
  arguments: JSON.stringify(args),
  ...(callId === undefined ? {} : { callId }),
});
const patch = (lines: readonly string[]) => ({
  type: "function_call" as const,
  name: "apply_patch",
  arguments: JSON.stringify({ input: ["*** Begin Patch", ...lines, "*** End Patch"].join("\n") }),
});
const full = { sandbox: "danger-full-access", approvalPolicy: "never" } as const;

const outputsOf = (body: Readonly<Record<string, unknown>>): string[] =>
  (body["input"] as { type: string; output?: string }[]).flatMap((item) =>
    item.type.endsWith("_output") && typeof item.output === "string" ? [item.output] : [],
  );

test("a plain turn streams its items in the order of the wire and ends completed", async () => {
  await using model = await responsesServer([{ type: "reasoning", summary: ["thinking"] }, say("hello there")]);
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, { name: "test", version: "1" });
  const { turn } = await agent.play(thread.id, "hi");
  expect(turn).toMatchObject({ status: "completed", error: null, itemsView: "summary" });
  const kinds = agent.events.map((event) =>
    event.type === "itemStarted" || event.type === "itemCompleted" ? `${event.type} ${event.item.type}` : event.type,
  );
  expect(kinds.filter((kind, index) => kind !== kinds[index - 1])).toEqual([
    "threadStarted",
    "statusChanged",
    "turnStarted",
    "itemStarted userMessage",
    "itemCompleted userMessage",
    "warning",
    "itemStarted reasoning",
    "reasoningSummaryPartAdded",
    "reasoningSummaryTextDelta",
    "itemCompleted reasoning",
    "itemStarted agentMessage",
    "agentMessageDelta",
    "itemCompleted agentMessage",
    "tokenUsageUpdated",
    "statusChanged",
    "turnCompleted",
  ]);
  model.assertExhausted();
});

test("each request's instructions, tools and input are the exact beginning of the next one, over ten calls and a resume", async () => {
  const calls = Array.from({ length: 9 }, (_, n) => exec({ cmd: `printf 'line %s ü\\n' ${n}` }));
  await using model = await responsesServer(...calls.map((call) => [call]), say("done"), say("and again"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  await agent.play(thread.id, "go");
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  await second.threads.resume(thread.id, {}, { name: "test", version: "1" });
  await second.play(thread.id, "once more");
  expect(model.requests).toHaveLength(11);
  const parts = model.requests.map(({ raw }) => {
    const body = raw.toString("utf8");
    const input = body.indexOf('"input":[');
    const tools = body.lastIndexOf('],"tools":');
    return { head: body.slice(0, input), input: body.slice(input, tools), tail: body.slice(tools) };
  });
  for (const [index, part] of parts.entries()) {
    const before = parts[index - 1];
    if (before === undefined) continue;
    expect(part.head).toBe(before.head);
    expect(part.tail).toBe(before.tail);
    expect(part.input.startsWith(before.input)).toBe(true);
    expect(part.input.length).toBeGreaterThan(before.input.length);
  }
  expect(model.requests[0]?.body).toMatchObject({
    store: false,
    stream: true,
    include: ["reasoning.encrypted_content"],
  });
});

test("a command runs, its output reaches the model, and its item carries output, exit code and time", async () => {
  await using model = await responsesServer([exec({ cmd: "echo out; echo err >&2; exit 3" })], say("ok"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  await agent.play(thread.id, "run it");
  const item = agent.events.find((event) => event.type === "itemCompleted" && event.item.type === "commandExecution");
  expect(item).toMatchObject({
    item: { status: "failed", exitCode: 3, aggregatedOutput: "out\nerr\n", cwd: agent.cwd },
  });
  expect(outputsOf(model.requests[1]?.body ?? {})).toEqual([expect.stringContaining("Process exited with code 3")]);
  expect(outputsOf(model.requests[1]?.body ?? {})[0]).toContain("out\nerr\n");
});

test("a command that goes on can be written to and polled", async () => {
  await using model = await responsesServer(
    [exec({ cmd: "read line; echo got $line", tty: true, yield_time_ms: 250 })],
    ({ body }) => {
      const session = /session ID (\d+)/.exec(outputsOf(body).join("\n"))?.[1];
      return {
        kind: "stream",
        items: [
          {
            type: "function_call",
            name: "write_stdin",
            arguments: JSON.stringify({ session_id: Number(session), chars: "hello\n" }),
          },
        ],
      };
    },
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  await agent.play(thread.id, "go");
  expect(outputsOf(model.requests[2]?.body ?? {})[1]).toContain("got hello");
  const ended = agent.events.filter(
    (event) => event.type === "itemCompleted" && event.item.type === "commandExecution",
  );
  expect(ended).toHaveLength(1);
});

test("broken arguments, an unknown tool and a bad plan are told to the model, and the turn goes on", async () => {
  await using model = await responsesServer(
    [{ type: "function_call", name: "exec_command", arguments: "{not json" }],
    [{ type: "function_call", name: "teleport", arguments: "{}" }],
    [{ type: "function_call", name: "update_plan", arguments: '{"plan":[{"step":"a","status":"nope"}]}' }],
    [{ type: "function_call", name: "update_plan", arguments: '{"plan":[{"step":"a","status":"in_progress"}]}' }],
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  const { turn } = await agent.play(thread.id, "go");
  expect(turn.status).toBe("completed");
  const outputs = outputsOf(model.requests[4]?.body ?? {});
  expect(outputs[0]).toMatch(/^failed to parse function arguments/);
  expect(outputs[1]).toMatch(/^unsupported call: teleport/);
  expect(outputs[2]).toMatch(/^failed to parse function arguments/);
  expect(outputs[3]).toBe("Plan updated");
  expect(agent.events.filter((event) => event.type === "planUpdated")).toMatchObject([
    { plan: [{ step: "a", status: "inProgress" }] },
  ]);
});

test("under reviewEdits ask a patch waits for the user; accepted it is on disk, declined nothing is written", async () => {
  await using model = await responsesServer(
    [patch(["*** Add File: a.txt", "+one"])],
    [patch(["*** Add File: b.txt", "+two"])],
    say("done"),
  );
  await using agent = await startAgent(model);
  const seen: string[] = [];
  agent.onFiles = async ({ files }) => {
    const name = path.basename(files[0]?.path ?? "");
    seen.push(name);
    await expect(fs.access(path.join(agent.cwd, name))).rejects.toThrow();
    return { decision: name === "a.txt" ? "accept" : "decline", files: new Map() };
  };
  const { thread } = await agent.threads.start(
    { cwd: agent.cwd, sandbox: "workspace-write", reviewEdits: "ask" },
    { name: "test", version: "1" },
  );
  await agent.play(thread.id, "go");
  expect(seen).toEqual(["a.txt", "b.txt"]);
  expect(await fs.readFile(path.join(agent.cwd, "a.txt"), "utf8")).toBe("one\n");
  await expect(fs.access(path.join(agent.cwd, "b.txt"))).rejects.toThrow();
  const outputs = outputsOf(model.requests[2]?.body ?? {});
  expect(outputs[0]).toContain("Success. Updated the following files:\nA ");
  expect(outputs[1]).toMatch(/^patch rejected by user/);
  const statuses = agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "fileChange" ? [event.item.status] : [],
  );
  expect(statuses).toEqual(["completed", "declined"]);
});

test("the user can accept one file of a patch and reject another with a reason", async () => {
  await using model = await responsesServer(
    [patch(["*** Add File: a.txt", "+one", "*** Add File: b.txt", "+two"])],
    say("done"),
  );
  await using agent = await startAgent(model);
  agent.onFiles = ({ files }) => ({
    decision: "decline",
    files: new Map([
      [files[0]?.path ?? "", { decision: "accept" as const, reason: null }],
      [files[1]?.path ?? "", { decision: "decline" as const, reason: "not needed" }],
    ]),
  });
  const { thread } = await agent.threads.start(
    { cwd: agent.cwd, sandbox: "workspace-write", reviewEdits: "ask" },
    { name: "test", version: "1" },
  );
  await agent.play(thread.id, "go");
  expect(await fs.readdir(agent.cwd)).toEqual(["a.txt"]);
  const [output] = outputsOf(model.requests[1]?.body ?? {});
  expect(output).toContain("Not accepted, left as they were:\nA b.txt\n");
  expect(output).toMatch(/The user rejected .*b\.txt: not needed/);
});

test("a file that changed while its diff waited is not overwritten, and the model is told to read it again", async () => {
  await using model = await responsesServer([patch(["*** Update File: a.txt", "@@", "-one", "+two"])], say("done"));
  await using agent = await startAgent(model);
  await fs.writeFile(path.join(agent.cwd, "a.txt"), "one\n");
  agent.onFiles = async () => {
    await fs.writeFile(path.join(agent.cwd, "a.txt"), "one and more\n");
    return { decision: "accept", files: new Map() };
  };
  const { thread } = await agent.threads.start(
    { cwd: agent.cwd, sandbox: "workspace-write", reviewEdits: "ask" },
    { name: "test", version: "1" },
  );
  await agent.play(thread.id, "go");
  expect(await fs.readFile(path.join(agent.cwd, "a.txt"), "utf8")).toBe("one and more\n");
  expect(outputsOf(model.requests[1]?.body ?? {})[0]).toMatch(/a\.txt/);
  const ended = agent.events.find((event) => event.type === "itemCompleted" && event.item.type === "fileChange");
  expect(ended).toMatchObject({ item: { status: "failed" } });
});

test("plan mode refuses patches, and switching it off appends a message without touching what was sent", async () => {
  await using model = await responsesServer(
    [patch(["*** Add File: a.txt", "+one"])],
    say("planned"),
    [patch(["*** Add File: a.txt", "+one"])],
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start(
    { cwd: agent.cwd, sandbox: "workspace-write" },
    { name: "t", version: "1" },
  );
  const plan = { collaborationMode: { mode: "plan" as const } };
  const first = await agent.threads.startTurn(thread.id, [text("plan")], plan, null);
  await agent.until("turnCompleted", (event) => event.turn.id === first.id);
  expect(outputsOf(model.requests[1]?.body ?? {})[0]).toMatch(/plan mode/);
  const act = { collaborationMode: { mode: "default" as const } };
  const second = await agent.threads.startTurn(thread.id, [text("act")], act, null);
  await agent.until("turnCompleted", (event) => event.turn.id === second.id);
  expect(await fs.readdir(agent.cwd)).toEqual(["a.txt"]);
  const before = model.requests[1]?.body["input"] as unknown[];
  const after = model.requests[2]?.body["input"] as { role?: string }[];
  expect(after.slice(0, before.length)).toEqual(before);
  expect(after.slice(before.length).map(({ role }) => role)).toEqual(["assistant", "developer", "user"]);
});

test("interrupting in mid-stream keeps the partial text, marks it, and tells the model", async () => {
  await using model = await responsesServer(
    {
      kind: "stream",
      items: [say("one two three four five six seven eight nine")],
      ending: { kind: "hang", afterEvents: 5 },
    },
    say("later"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, { name: "test", version: "1" });
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  const { delta } = await agent.until("agentMessageDelta");
  await agent.threads.interrupt(thread.id, turn.id);
  const end = await agent.until("turnCompleted");
  expect(end.turn.status).toBe("interrupted");
  const partial = agent.events.find((event) => event.type === "itemCompleted" && event.item.type === "agentMessage");
  expect(partial).toMatchObject({ item: { phase: "partial_answer", text: expect.stringContaining(delta) as string } });
  expect((await model.requests[0]?.ended)?.kind).toBe("cut");
  await agent.play(thread.id, "go on");
  const input = JSON.stringify(model.requests[1]?.body["input"]);
  expect(input).toContain(delta);
  expect(input).toContain("<turn_aborted>");
});

test("interrupting a running command ends its process, completes its item and answers every call", async () => {
  await using model = await responsesServer(
    [exec({ cmd: "echo $$; sleep 600" }, "c1"), exec({ cmd: "echo never" }, "c2")],
    say("later"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  const { delta } = await agent.until("commandOutputDelta");
  await agent.threads.interrupt(thread.id, turn.id);
  const end = await agent.until("turnCompleted");
  expect(end.turn.status).toBe("interrupted");
  expect(() => process.kill(Number(delta.trim()), 0)).toThrow();
  const ended = agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "commandExecution" ? [event.item] : [],
  );
  expect(ended).toMatchObject([{ id: "c1", status: "failed" }]);
  await agent.play(thread.id, "go on");
  const outputs = outputsOf(model.requests[1]?.body ?? {});
  expect(outputs).toHaveLength(2);
  expect(outputs[1]).toBe("aborted by user");
});

test("a message sent while a turn runs goes in at the next safe point of the same turn", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(async () => {
    await held.promise;
    return { kind: "stream", items: [say("first")] };
  }, say("second"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, { name: "test", version: "1" });
  const turn = await agent.threads.startTurn(thread.id, [text("hi")], {}, null);
  await model.request(0);
  const steered = await agent.threads.startTurn(thread.id, [text("also this")], {}, null);
  expect(steered.id).toBe(turn.id);
  held.resolve(null);
  const end = await agent.until("turnCompleted");
  expect(end.turn).toMatchObject({ id: turn.id, status: "completed", items: [{ text: "second" }] });
  const roles = (model.requests[1]?.body["input"] as { role: string }[]).slice(-3).map(({ role }) => role);
  expect(roles).toEqual(["user", "assistant", "user"]);
});

test("a stream that breaks is tried again with a countdown, and the partial item is closed", async () => {
  await using model = await responsesServer(
    { kind: "stream", items: [say("half of it and more")], ending: { kind: "disconnect", afterEvents: 5 } },
    say("whole"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, { name: "test", version: "1" });
  const { turn } = await agent.play(thread.id, "hi");
  expect(turn).toMatchObject({ status: "completed", items: [{ text: "whole" }] });
  const retry = agent.events.find((event) => event.type === "error");
  expect(retry).toMatchObject({ willRetry: true, error: { retryInMs: expect.any(Number) as number } });
  const started = agent.events.filter((event) => event.type === "itemStarted").length;
  const completed = agent.events.filter((event) => event.type === "itemCompleted").length;
  expect(completed).toBe(started);
});

test("a loop of the same call is stopped with a clear error and every call is answered", async () => {
  const same = Array.from({ length: 50 }, () => [exec({ cmd: "true" })]);
  await using model = await responsesServer(...same);
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  const { turn } = await agent.play(thread.id, "go");
  expect(turn).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("same call 50 times") as string },
  });
});

test.for([
  ["", "The message is empty"],
  ["x".repeat(5_000_000), "at most 1048576"],
])("a message that cannot be used is refused with advice and starts nothing", async ([words, advice]) => {
  await using model = await responsesServer();
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, { name: "test", version: "1" });
  await expect(agent.threads.startTurn(thread.id, [text(words ?? "")], {}, null)).rejects.toThrow(advice);
  expect(agent.events.filter(({ type }) => type !== "threadStarted")).toEqual([]);
});

test("100 MB of output stay out of the thread: the item has head and tail, the rollout a reference, the model a bounded text", async () => {
  await using model = await responsesServer(
    [exec({ cmd: "echo first; head -c 100000000 /dev/zero | tr '\\0' 'x'; echo; echo last" })],
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  await agent.play(thread.id, "go");
  const item = agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "commandExecution" ? [event.item] : [],
  )[0];
  const output = item?.aggregatedOutput ?? "";
  expect(output.length).toBeLessThan(1.1 * 1024 * 1024);
  expect(output.startsWith("first\n")).toBe(true);
  expect(output.endsWith("last\n")).toBe(true);
  expect(outputsOf(model.requests[1]?.body ?? {})[0]?.length).toBeLessThan(12_000);
  const { path: rollout } = await agent.threads.read(thread.id, { includeTurns: false });
  expect((await fs.stat(rollout ?? "")).size).toBeLessThan(100_000);
  // Read back, the item has the head and the tail of the whole, which stands in a file of its own.
  const { turns } = await agent.threads.read(thread.id, { includeTurns: true });
  const again = turns[0]?.items.find(({ type }) => type === "commandExecution");
  expect(again).toMatchObject({ aggregatedOutput: expect.stringMatching(/^first\n[^]*last\n$/) as string });
  const [whole] = await fs.readdir(path.join(agent.home, "outputs"));
  expect((await fs.stat(path.join(agent.home, "outputs", whole ?? ""))).size).toBe(100_000_012);
});

test("a patch cannot be used to read what no command may read", async () => {
  await using model = await responsesServer(
    [patch(["*** Update File: ../home/config.toml", "@@", "-guess", "+x"])],
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, { name: "test", version: "1" });
  await agent.play(thread.id, "go");
  const [output] = outputsOf(model.requests[1]?.body ?? {});
  expect(output).toContain("may not be read");
  expect(output).not.toContain("base_url");
});

const ask = { sandbox: "workspace-write", reviewEdits: "ask" } as const;
const origin = { name: "test", version: "1" };

test("a command that leaves the sandbox is asked about; declined the model hears it and goes on, allowed for the session it is not asked again", async () => {
  const leave = exec({ cmd: "touch outside.txt", sandbox_permissions: "require_escalated", justification: "May I?" });
  await using model = await responsesServer([leave], [leave], [leave], say("done"));
  await using agent = await startAgent(model);
  const answers = ["decline", "acceptForSession"] as const;
  const asked: string[] = [];
  agent.onCommand = ({ script, reason, isUnsandboxed }) => {
    asked.push(`${script} ${reason ?? ""} ${isUnsandboxed}`);
    return answers[asked.length - 1] ?? "cancel";
  };
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, origin);
  const { turn } = await agent.play(thread.id, "go");
  expect(turn.status).toBe("completed");
  expect(asked).toEqual(["touch outside.txt May I? true", "touch outside.txt May I? true"]);
  const statuses = agent.events.flatMap((event) =>
    event.type === "itemCompleted" && event.item.type === "commandExecution" ? [event.item.status] : [],
  );
  expect(statuses).toEqual(["declined", "completed", "completed"]);
  expect(outputsOf(model.requests[1]?.body ?? {})[0]).toMatch(/^not run: the user declined/);
});

test("Stop turn as an answer ends the turn, and what was allowed for the session does not hold in plan mode", async () => {
  const leave = exec({ cmd: "touch a.txt", sandbox_permissions: "require_escalated" });
  await using model = await responsesServer([leave], say("done"), [leave]);
  await using agent = await startAgent(model);
  let asked = 0;
  agent.onCommand = () => (++asked === 1 ? "acceptForSession" : "cancel");
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, origin);
  await agent.play(thread.id, "go");
  const plan = { collaborationMode: { mode: "plan" as const } };
  const second = await agent.threads.startTurn(thread.id, [text("again")], plan, null);
  const end = await agent.until("turnCompleted", ({ turn }) => turn.id === second.id);
  expect([asked, end.turn.status]).toEqual([2, "interrupted"]);
});

test("plan mode reads only, whatever sandbox the thread has; a shell started before cannot be typed into", async () => {
  const session = (body: Readonly<Record<string, unknown>>) =>
    Number(/session ID (\d+)/.exec(outputsOf(body).join())?.[1]);
  await using model = await responsesServer(
    [exec({ cmd: "bash", tty: true, yield_time_ms: 250 })],
    say("ready"),
    [exec({ cmd: "echo x > owned.txt" })],
    ({ body }) => ({
      kind: "stream",
      items: [
        {
          type: "function_call",
          name: "write_stdin",
          arguments: JSON.stringify({ session_id: session(body), chars: "echo x > owned.txt\n" }),
        },
      ],
    }),
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, origin);
  await agent.play(thread.id, "start a shell");
  const plan = { collaborationMode: { mode: "plan" as const } };
  const second = await agent.threads.startTurn(thread.id, [text("plan")], plan, null);
  await agent.until("turnCompleted", ({ turn }) => turn.id === second.id);
  const outputs = outputsOf(model.requests[4]?.body ?? {});
  expect(outputs[1]).toMatch(/Process exited with code [1-9]/);
  expect(outputs[2]).toMatch(/^write_stdin refused/);
  await expect(fs.access(path.join(agent.cwd, "owned.txt"))).rejects.toThrow();
});

test("what the user narrows while a turn runs holds at once and in the next turn", async () => {
  const held = Promise.withResolvers<null>();
  await using model = await responsesServer(
    async () => {
      await held.promise;
      return { kind: "stream", items: [patch(["*** Add File: a.txt", "+one"])] };
    },
    say("first"),
    say("second"),
    [patch(["*** Add File: b.txt", "+two"])],
    say("third"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, origin);
  await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  await model.request(0);
  const plan = { collaborationMode: { mode: "plan" as const } };
  await agent.threads.startTurn(thread.id, [text("wait, only plan")], plan, null);
  held.resolve(null);
  await agent.until("turnCompleted");
  await agent.play(thread.id, "and now?");
  expect(await fs.readdir(agent.cwd)).toEqual([]);
  expect(JSON.stringify(model.requests[1]?.body["input"])).toContain("Plan mode is on");
});

test("Stop while a command is being prepared starts nothing", async () => {
  await using model = await responsesServer([exec({ cmd: "touch started.txt" })], say("later"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, sandbox: "workspace-write" }, origin);
  const turn = await agent.threads.startTurn(thread.id, [text("go")], {}, null);
  // The call is recorded, and with it the tool begins to run in the same step: the sandbox is still being set up.
  await agent.until("tokenUsageUpdated");
  await agent.threads.interrupt(thread.id, turn.id);
  const end = await agent.until("turnCompleted");
  expect(end.turn.status).toBe("interrupted");
  expect(await fs.readdir(agent.cwd)).toEqual([]);
});

test("a script that no process can be started with is told to the model and its item ends", async () => {
  await using model = await responsesServer(
    [exec({ cmd: `echo ${"x".repeat(200_000)}` })],
    [exec({ cmd: "echo \0" })],
    say("ok"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, origin);
  const { turn } = await agent.play(thread.id, "go");
  expect(turn.status).toBe("completed");
});

test("a provider that repeats its ids loses no item", async () => {
  const message = (words: string) => ({ type: "message" as const, id: "msg_1", text: words });
  await using model = await responsesServer(
    [message("one"), exec({ cmd: "echo AAA" }, "call_0")],
    [message("two"), exec({ cmd: "echo BBB" }, "call_0b")],
    [message("three")],
    [message("four")],
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, origin);
  await agent.play(thread.id, "go");
  await agent.play(thread.id, "go on");
  const { turns } = await agent.threads.read(thread.id, { includeTurns: true });
  const texts = turns.flatMap(({ items }) =>
    items.flatMap((item) => (item.type === "agentMessage" ? [item["text"]] : [])),
  );
  expect(texts).toEqual(["one", "two", "three", "four"]);
});

test("a waiting approval is in the status of the thread", async () => {
  await using model = await responsesServer([patch(["*** Add File: a.txt", "+one"])], say("done"));
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...ask }, origin);
  agent.onFiles = async () => {
    const now = await agent.threads.read(thread.id, { includeTurns: false });
    expect(now.status).toEqual({ type: "active", activeFlags: ["waitingOnApproval"] });
    return { decision: "accept", files: new Map() };
  };
  await agent.play(thread.id, "go");
  const after = await agent.threads.read(thread.id, { includeTurns: false });
  expect(after.status).toEqual({ type: "idle" });
});

test("a resumed thread tells its plan and its usage again, so that a view built anew has them", async () => {
  await using model = await responsesServer(
    [{ type: "function_call", name: "update_plan", arguments: '{"plan":[{"step":"a","status":"completed"}]}' }],
    say("done"),
  );
  await using agent = await startAgent(model);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, origin);
  await agent.play(thread.id, "go");
  await agent.threads.close();
  await using second = await startAgent({ url: model.url, home: agent.home, cwd: agent.cwd });
  const { again } = await second.threads.resume(thread.id, {}, origin);
  expect(again).toEqual([
    ...agent.events.filter(({ type }) => type === "planUpdated"),
    agent.events.findLast(({ type }) => type === "tokenUsageUpdated"),
  ]);
});
