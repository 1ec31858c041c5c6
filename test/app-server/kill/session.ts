import type { ModelRequest } from "../../../src/demo/request.ts";
import { answer, functionCall, message, reasoning, type Answer, type StreamAnswer } from "../../../src/demo/script.ts";
import type { CliServer } from "../../helpers/cli.ts";

/** The session of the crash test: what the model says, and what the user does. */

export const summary = "SUMMARY ";
/** Said when a thread goes on after a kill. */
export const goOn = "Go on after the kill.";
export const compactionLimit = 50_000;

const words = (count: number): string => Array.from({ length: count }, (_, n) => `word${n}`).join(" ");
const patch = (n: string): string => `*** Begin Patch\n*** Add File: made${n}.txt\n+one\n+two\n*** End Patch\n`;
const plan = [
  { step: "Look", status: "completed" },
  { step: "Write", status: "in_progress" },
];
const escalated = { sandbox_permissions: "require_escalated", justification: "May it?" };
const lines = "for i in 1 2 3 4; do echo line $i; sleep 0.03; done";
const run = (cmd: string, more: object = {}) => functionCall("exec_command", { cmd, ...more });

/** The answers to each thing that the user says, in order; `n` is the number that it carries. */
const answers: Readonly<Record<string, (n: string) => readonly StreamAnswer[]>> = {
  "Look around.": (n) => [
    answer(reasoning(words(12)), message(words(16)), run(lines)),
    answer(functionCall("update_plan", { plan }), functionCall("apply_patch", { input: patch(n) })),
    answer(message(words(10))),
  ],
  "Ask me.": () => [
    answer(run(`${lines}; ${lines}; sleep 0.5; echo end`, { yield_time_ms: 250 })),
    answer(run("touch accepted", escalated), run("touch declined", escalated)),
    answer(message(words(10))),
  ],
  "Talk.": () => [answer(reasoning(words(6)), message(words(60)))],
  "In other words.": () => [answer(message(words(12)))],
  "Wait.": () => [answer(message(words(4)), run("echo waits; sleep 30"))],
  "Fail first.": () => [
    { ...answer(message(words(20))), ending: { kind: "disconnect", afterEvents: 12 } },
    answer(message(words(20))),
  ],
  "Fill it.": () => [
    { ...answer(run("echo full")), usage: { inputTokens: 2 * compactionLimit, outputTokens: 10 } },
    answer(message(words(12))),
  ],
  "Write a poem.": () => [answer(message(words(14)))],
  "Instead.": () => [answer(message(words(8)))],
  "In the fork.": () => [answer(run("echo forked")), answer(message(words(8)))],
  "Beside the fork.": () => [answer(message(words(8)))],
  [goOn]: () => [answer(message("Going on."))],
};

const said = /^(.*\.) #(\d+)$/su;

/** The model. What the user says carries a number, so that each of its answers is given once. */
export function createRespond(): (request: ModelRequest) => Answer {
  const given = new Map<string, number>();
  let summaries = 0;
  return ({ userTexts, body }) => {
    if (body["tool_choice"] === "none") return answer(message(`${summary}${++summaries}.`));
    const last = userTexts.findLast((text) => said.test(text)) ?? "";
    const [, text = "", n = ""] = said.exec(last) ?? [];
    const count = given.get(last) ?? 0;
    given.set(last, count + 1);
    const next = answers[text]?.(n)[count];
    if (next === undefined) throw new Error(`the session has no answer number ${count + 1} to ${JSON.stringify(last)}`);
    return { usage: { inputTokens: 1000, outputTokens: 10 }, ...next, pace: { deltaSize: 12, delayMs: 4 } };
  };
}

type Json = Readonly<Record<string, unknown>>;
interface Result {
  readonly thread: { readonly id: string };
  readonly turn: { readonly id: string };
}

/** What the user did, for who looks at what is left of it. */
export interface Progress {
  /** The thread in which the session goes on. */
  threadId: string | null;
  /** The last fork of it, with what was answered. */
  fork: { readonly id: string; readonly answer: unknown } | null;
  /** The last turn that was asked to be hidden. */
  reverted: { readonly turnId: string; readonly text: string; isAnswered: boolean } | null;
}

export interface Player {
  readonly server: CliServer;
  readonly progress: Progress;
  /** Where a thread is started. */
  readonly start: { readonly cwd: string; readonly sandbox: string };
}

let count = 0;
/** Words with a number of their own. */
export const numbered = (text: string): string => `${text} #${++count}`;

function actions({ server, progress, start }: Player) {
  const ask = async (method: string, params: object): Promise<Result> => {
    const sent = await server.request(method, params);
    if (!("result" in sent)) throw new Error(`${method}: ${JSON.stringify(sent)}`);
    return sent["result"] as Result;
  };
  const saw = (turnId: string, method: string, itemType?: string): Promise<Json> =>
    server.until(({ method: name, params }) => {
      const { turnId: id, turn, item } = (params ?? {}) as { turnId?: string; turn?: Json; item?: Json };
      if (name !== method || (id ?? turn?.["id"]) !== turnId) return false;
      return itemType === undefined || item?.["type"] === itemType;
    });
  const begin = async (threadId: string, text: string): Promise<string> =>
    (await ask("turn/start", { threadId, input: [{ type: "text", text }] })).turn.id;
  const play = async (threadId: string, text: string): Promise<string> => {
    const turnId = await begin(threadId, text);
    await saw(turnId, "turn/completed");
    return turnId;
  };
  server.onServerRequest((_, { command }) => ({
    decision: String(command).includes("accepted") ? "accept" : "decline",
  }));
  return { ask, saw, begin, play, progress, start, threadId: progress.threadId ?? "" };
}

type Actions = ReturnType<typeof actions>;

/** The parts of the session, in order. Each rejects when the server is gone. */
const scenes: readonly ((actions: Actions) => Promise<void>)[] = [
  async ({ ask, play, progress, start }) => {
    progress.threadId = (await ask("thread/start", { ...start, approvalPolicy: "on-request" })).thread.id;
    await play(progress.threadId, numbered("Look around."));
  },
  async ({ play, threadId }) => {
    await play(threadId, numbered("Ask me."));
  },
  async ({ ask, saw, begin, threadId }) => {
    const turnId = await begin(threadId, numbered("Talk."));
    await saw(turnId, "item/agentMessage/delta");
    const input = [{ type: "text", text: numbered("In other words.") }];
    await ask("turn/steer", { threadId, expectedTurnId: turnId, input });
    await saw(turnId, "turn/completed");
  },
  async ({ ask, saw, begin, threadId }) => {
    const turnId = await begin(threadId, numbered("Wait."));
    await saw(turnId, "item/started", "commandExecution");
    await ask("turn/interrupt", { threadId, turnId });
    await saw(turnId, "turn/completed");
  },
  async ({ play, threadId }) => {
    await play(threadId, numbered("Fail first."));
  },
  async ({ play, threadId }) => {
    await play(threadId, numbered("Fill it."));
  },
  async ({ ask, play, progress, threadId }) => {
    const text = numbered("Write a poem.");
    const turnId = await play(threadId, text);
    progress.reverted = { turnId, text, isAnswered: false };
    await ask("thread/revert", { threadId, beforeTurnId: turnId });
    progress.reverted.isAnswered = true;
    await play(threadId, numbered("Instead."));
  },
  async ({ ask, play, progress, threadId }) => {
    const answer = await ask("thread/fork", { threadId });
    progress.fork = { id: answer.thread.id, answer };
    await Promise.all([play(answer.thread.id, numbered("In the fork.")), play(threadId, numbered("Beside the fork."))]);
  },
];

export const sceneCount = scenes.length;
/** Plays one part of the session. */
export const playScene = async (player: Player, scene: number): Promise<void> => scenes[scene]?.(actions(player));
