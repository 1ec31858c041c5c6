import fs from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import type { RecordedCall } from "../../../src/core/thread/rollout/calls.ts";
import { bodyOf } from "../../../src/core/thread/rollout/calls.ts";
import { compareCalls } from "../../../src/core/thread/rollout/compare-calls.ts";
import type { ForkOptions, ThreadOverrides } from "../../../src/core/thread/threads.ts";
import { type Answer, answer, functionCall, message, reasoning } from "../../../src/demo/script.ts";
import { type Agent, startAgent, text } from "../../helpers/agent.ts";
import { responsesServer } from "../../helpers/responses-server.ts";

const me = { name: "test", version: "1" };
const config = "model_auto_compact_token_limit = 50000\n";
const full: ThreadOverrides = { sandbox: "danger-full-access", approvalPolicy: "never" };

type Step = Answer | (() => Promise<Answer>);

const run = (cmd: string) => functionCall("exec_command", { cmd });
const counted = (inputTokens: number, ...items: Parameters<typeof answer>): Answer => ({
  ...answer(...items),
  usage: { inputTokens, outputTokens: 10 },
});
const pixel =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII=";

/** Long enough to give the call numbers of the script below three digits. */
const rounds = 40;

test("over a hundred calls with everything that can happen, a new prompt begins only where one may, and each body can be built again to the byte", async () => {
  const held = Promise.withResolvers<null>();
  const answers: Step[] = [];
  const sentFor: string[] = [];
  /** The next answers of the model, and what is expected of their requests: `on`, or why a new prompt begins. */
  const script = (why: string, ...next: Step[]): void => {
    for (const [index, one] of next.entries()) {
      answers.push(one);
      sentFor.push(index === 0 ? why : "on");
    }
  };

  const most = 200;
  const answerOf = (index: number) => async (): Promise<Answer> => {
    const next = answers[index];
    if (next === undefined) throw new Error(`there is no answer to request ${index}`);
    return typeof next === "function" ? next() : next;
  };
  await using model = await responsesServer(...Array.from({ length: most }, (_, index) => answerOf(index)));
  await using agent = await startAgent({ url: model.url, config, isReadBack: false });
  const folder = async (name: string, rules: string): Promise<string> => {
    const made = path.join(agent.cwd, name);
    await fs.mkdir(made, { recursive: true });
    await fs.writeFile(path.join(made, "AGENTS.md"), rules);
    return made;
  };
  await fs.mkdir(path.join(agent.cwd, ".git"));
  await folder(".", "Rules of the root.");
  const inner = await folder("inner", "Rules of the inner folder.");
  await folder("other", "Rules of the other folder.");
  await folder(".agents/skills/greet", "");
  await fs.writeFile(
    path.join(agent.cwd, ".agents/skills/greet/SKILL.md"),
    "---\nname: greet\ndescription: How to greet\n---\nSay hello.\n",
  );

  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...full }, me);
  const { id } = thread;

  // Many rounds of tools, reasoning and plain answers in one turn and in several.
  script("first", ...Array.from({ length: rounds }, (_, n) => answer(reasoning(`**Round** ${n}`), run(`echo ${n}`))));
  script("on", answer(message("forty rounds")));
  await agent.play(id, "begin");

  // Settings of every kind.
  for (const overrides of [
    { cwd: inner },
    { sandboxPolicy: { type: "readOnly", networkAccess: false } },
    { approvalPolicy: "on-request" },
    { effort: "high" },
    { collaborationMode: { mode: "plan" } },
    { collaborationMode: { mode: "default" } },
    { reviewEdits: "ask" },
    { sandboxPolicy: { type: "dangerFullAccess" }, approvalPolicy: "never", cwd: agent.cwd },
    { model: "another-model-of-the-same-kind" },
  ] as const) {
    script("on", answer(run("echo changed")), answer(message("seen")));
    const turn = await agent.threads.startTurn(id, [text("go on")], overrides, null);
    await agent.until("turnCompleted", (event) => event.turn.id === turn.id);
  }
  await agent.threads.updateSettings(id, { model: "test-model", effort: "low" });

  // A folder that is entered, a skill, an image, a plan, a patch.
  script(
    "on",
    answer(run(`cat ${path.join(agent.cwd, "other", "AGENTS.md")}`)),
    answer(functionCall("update_plan", { plan: [{ step: "one", status: "in_progress" }] })),
    answer(functionCall("apply_patch", { input: "*** Begin Patch\n*** Add File: a.txt\n+a\n*** End Patch" })),
    answer(functionCall("no_such_tool", {})),
    answer(message("done")),
  );
  const rich = await agent.threads.startTurn(id, [text("look with $greet"), { type: "image", url: pixel }], {}, null);
  await agent.until("turnCompleted", (event) => event.turn.id === rich.id);

  // A steer, and an interrupt.
  script(
    "on",
    async () => {
      await held.promise;
      return answer(run("echo held"));
    },
    answer(message("heard you")),
  );
  const steered = await agent.threads.startTurn(id, [text("wait")], {}, null);
  await model.request(sentFor.length - 2);
  await agent.threads.startTurn(id, [text("and this")], { approvalPolicy: "on-request" }, null);
  held.resolve(null);
  await agent.until("turnCompleted", (event) => event.turn.id === steered.id);
  script("on", { kind: "stream", items: [message("a long story")], ending: { kind: "hang", afterEvents: 5 } });
  const stopped = await agent.threads.startTurn(id, [text("tell me")], {}, null);
  await agent.until("agentMessageDelta", ({ turnId }) => turnId === stopped.id);
  await agent.threads.interrupt(id, stopped.id);
  await agent.until("turnCompleted", (event) => event.turn.id === stopped.id);

  // The user's own command, items of a client, a failure that is tried again, one that is not.
  await agent.threads.runShell(id, { script: "echo mine", timeoutMs: null });
  await agent.until("turnCompleted");
  await agent.threads.injectItems(id, [
    { type: "message", role: "user", content: [{ type: "input_text", text: "by the way" }] },
  ]);
  const broken: Answer = { kind: "stream", items: [message("a half")], ending: { kind: "disconnect", afterEvents: 4 } };
  script("on", broken, answer(message("whole")));
  await agent.play(id, "again");
  script("on", { kind: "error", status: 400, body: { error: { message: "no" } } });
  expect((await agent.play(id, "and again")).turn.status).toBe("failed");

  // A compaction because the context is full, one by hand, one because the model refuses the prompt.
  script("on", counted(60_000, message("full")));
  await agent.play(id, "fill up");
  script("on", answer(message("SUMMARY one")));
  script("compaction limit", answer(run("echo after")), answer(message("after")));
  await agent.play(id, "go on");
  script("on", answer(message("SUMMARY two")));
  await agent.threads.compact(id, "keep the names");
  await agent.until("turnCompleted");
  script("compaction manual", answer(message("short again")));
  await agent.play(id, "go on");
  const tooLong = { error: { message: "too long", code: "context_length_exceeded" } };
  script("on", { kind: "error", status: 400, body: tooLong }, answer(message("SUMMARY three")));
  script("compaction overflow", answer(message("fits now")));
  await agent.play(id, "go on");

  // A model that needs other tools.
  script("frame", answer(message("I take other tools")), answer(message("still")));
  const other = await agent.threads.startTurn(id, [text("hello")], { model: "gpt-5.5" }, null);
  await agent.until("turnCompleted", (event) => event.turn.id === other.id);
  await agent.play(id, "and");

  // A revert.
  script("on", answer(message("to be forgotten")));
  const forgotten = await agent.play(id, "forget this");
  await agent.threads.revert(id, forgotten.turn.id);
  script("revert", answer(message("what was that?")));
  await agent.play(id, "go on");

  // Another process.
  await agent.threads.close();
  await using second = await startAgent({
    url: model.url,
    home: agent.home,
    cwd: agent.cwd,
    config,
    isReadBack: false,
  });
  await second.threads.resume(id, {}, me);
  script("on", ...Array.from({ length: 20 }, (_, n) => answer(run(`echo again ${n}`))), answer(message("there")));
  await second.play(id, "go on");

  // A fork: its requests begin as those of the thread did.
  script("on", answer(message("of the thread")));
  await second.play(id, "the last one");
  const options: ForkOptions = { lastTurnId: null, beforeTurnId: null, ephemeral: false };
  const forked = (await second.threads.fork(id, options, me)).thread.id;
  const ofThread = sentFor.length;
  script("on", answer(run("echo fork")), answer(message("of the fork")));
  await second.play(forked, "on a way of its own");

  expect(model.requests).toHaveLength(answers.length);
  expect(answers.length).toBeGreaterThan(100);
  const calls = await second.threads.calls(forked);
  await expectRebuilt(calls, model.requests);
  expect(await second.threads.calls(id)).toEqual(calls.slice(0, ofThread));
  expect(calls.map((_, index) => relation(calls, index))).toEqual(sentFor);
  await expectReadBack(second, id);
});

/** As it is scripted above. */
function relation(calls: readonly RecordedCall[], index: number): string {
  const [reason] = calls[index]?.reasons ?? [];
  if (index > 0 && compareCalls(calls, index - 1, index).isPrefix) return "on";
  return reason?.kind === "compaction" ? `compaction ${reason.reason}` : (reason?.kind ?? "no reason");
}

async function expectRebuilt(
  calls: readonly RecordedCall[],
  requests: readonly { readonly raw: Buffer }[],
): Promise<void> {
  expect(calls).toHaveLength(requests.length);
  for (const [index, call] of calls.entries()) {
    const sent = requests[index]?.raw.toString("utf8");
    expect(bodyOf(call).toString("utf8"), `call ${index}`).toBe(sent);
    expect(call.bytes, `call ${index}`).toBe(requests[index]?.raw.length);
  }
}

/** A thread that went through all this can still be shown. */
async function expectReadBack(agent: Agent, threadId: string): Promise<void> {
  const { turns } = await agent.threads.read(threadId, { includeTurns: true });
  expect(turns.length).toBeGreaterThan(20);
}
