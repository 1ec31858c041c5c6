import fc from "fast-check";
import { expect, test } from "vitest";
import type { ModelFailure } from "../../../src/core/model/types.ts";
import {
  firstCompactionStep,
  firstStep,
  nextAttempt,
  step,
  type ToolCall,
  type TurnEffect,
  type TurnEvent,
  turnLimits,
  type TurnState,
} from "../../../src/core/turn/machine.ts";

const call = (id: string, args = id): ToolCall => ({
  type: "function_call",
  call_id: id,
  name: "tool",
  arguments: args,
});
const received = (id: string, args?: string): TurnEvent => ({ type: "callReceived", call: call(id, args) });
const finished = (id: string, text = "ok", endsTurn = false): TurnEvent => ({
  type: "toolFinished",
  callId: id,
  output: { text, endsTurn },
});
const completed: TurnEvent = { type: "responseCompleted" };
const interrupted: TurnEvent = { type: "interrupted" };
const steered: TurnEvent = { type: "steered" };
const retryDue: TurnEvent = { type: "retryDue" };
const failure: ModelFailure = { message: "no", info: "other", details: null, retry: "no", retryAfterMs: null };
const broken = (retryInMs: number | null): TurnEvent => ({ type: "responseFailed", failure, retryInMs });

function play(...events: readonly TurnEvent[]): { state: TurnState; effects: TurnEffect[] } {
  let state = firstStep.state;
  const effects = [...firstStep.effects];
  for (const event of events) {
    const next = step(state, event);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

/** Effects in short: what a reader wants to compare. */
const brief = (effects: readonly TurnEffect[]): string[] =>
  effects.map((effect) => {
    if (effect.type === "answerCall") return `answer ${effect.call.call_id}: ${effect.text}`;
    if (effect.type === "runTool") return `run ${effect.call.call_id}`;
    if (effect.type === "finish") return `finish ${effect.status}`;
    if (effect.type === "closeOpenItems") return effect.keep ? "close and keep" : "close";
    return effect.type;
  });

test("an answer without calls ends the turn", () => {
  expect(brief(play(completed).effects)).toEqual(["createResponse", "finish completed"]);
});

test("calls run one after the other in the order of the model, then the model is asked again", () => {
  const turn = play(received("a"), received("b"), completed, finished("a"), finished("b", "two"));
  expect(brief(turn.effects)).toEqual([
    "createResponse",
    "run a",
    "answer a: ok",
    "run b",
    "answer b: two",
    "createResponse",
  ]);
});

test("interrupting a turn answers every open call", () => {
  const turn = play(received("a"), received("b"), completed, interrupted, finished("a", "killed"));
  expect(turn.state).toEqual({ kind: "done", status: "interrupted" });
  expect(brief(turn.effects)).toEqual([
    "createResponse",
    "run a",
    "abortTools",
    "answer a: killed",
    "answer b: aborted by user",
    "finish interrupted",
  ]);
});

test("interrupting while the model streams keeps what it said and answers the calls it had made", () => {
  expect(brief(play(received("a"), interrupted).effects)).toEqual([
    "createResponse",
    "abortResponse",
    "close and keep",
    "answer a: aborted by user",
    "finish interrupted",
  ]);
});

test("a tool that ends the turn leaves no call open", () => {
  const turn = play(received("a"), received("b"), completed, finished("a", "aborted by user", true));
  expect(brief(turn.effects).slice(-3)).toEqual([
    "answer a: aborted by user",
    "answer b: aborted by user",
    "finish interrupted",
  ]);
});

test("a call that arrived before the stream broke is run, and its output is in the retry", () => {
  expect(brief(play(received("a"), broken(200), finished("a"), retryDue).effects)).toEqual([
    "createResponse",
    "close",
    "run a",
    "answer a: ok",
    "pause",
    "createResponse",
  ]);
});

test("a broken stream pauses and is asked again; without a retry the turn fails and calls are answered", () => {
  expect(brief(play(broken(200), retryDue).effects)).toEqual(["createResponse", "close", "pause", "createResponse"]);
  const failed = play(received("a"), broken(null));
  expect(failed.state).toEqual({ kind: "done", status: "failed" });
  expect(brief(failed.effects).slice(-2)).toEqual([expect.stringMatching(/^answer a: not run/), "finish failed"]);
});

test("an outage of the network does not use up the tries of a stream that breaks later", () => {
  const offline: TurnEvent = { type: "responseFailed", failure: { ...failure, retry: "network" }, retryInMs: 1 };
  const cut: TurnEvent = { type: "responseFailed", failure: { ...failure, retry: "stream" }, retryInMs: 1 };
  const { state } = play(offline, retryDue, offline, retryDue, offline, retryDue);
  expect(nextAttempt(state, { retry: "network" })).toBe(4);
  expect(nextAttempt(state, { retry: "stream" })).toBe(1);
  expect(nextAttempt(play(cut, retryDue).state, { retry: "stream" })).toBe(2);
});

test("interrupting a retry pause ends the turn, and the timer that fires later changes nothing", () => {
  expect(brief(play(broken(200), interrupted, retryDue).effects).slice(-1)).toEqual(["finish interrupted"]);
});

test("the user's words wait for the next safe point: after the outputs, or after the answer", () => {
  expect(brief(play(received("a"), steered, completed, finished("a")).effects)).toEqual([
    "createResponse",
    "run a",
    "answer a: ok",
    "appendSteers",
    "createResponse",
  ]);
  expect(brief(play(steered, completed).effects)).toEqual(["createResponse", "appendSteers", "createResponse"]);
});

test("the same call over and over is a loop; calls that differ are not", () => {
  const round = (n: number, args: string): TurnEvent[] => [received(`c${n}`, args), completed, finished(`c${n}`)];
  const rounds = Array.from({ length: turnLimits.sameCalls }, (_, n) => n);
  expect(play(...rounds.flatMap((n) => round(n, "same"))).state).toEqual({ kind: "done", status: "failed" });
  expect(play(...rounds.flatMap((n) => round(n, `${n}`))).state.kind).toBe("sampling");
});

test("waiting for a command that takes long is not a loop, writing the same to it over and over is", () => {
  const poll = (n: number, chars: string): TurnEvent[] => {
    const polling: ToolCall = {
      type: "function_call",
      call_id: `c${n}`,
      name: "write_stdin",
      arguments: JSON.stringify({ session_id: 1, chars }),
    };
    return [{ type: "callReceived", call: polling }, completed, finished(`c${n}`)];
  };
  const rounds = Array.from({ length: turnLimits.sameCalls * 2 }, (_, n) => n);
  expect(play(...rounds.flatMap((n) => poll(n, ""))).state.kind).toBe("sampling");
  expect(play(...rounds.flatMap((n) => poll(n, "y\n"))).state).toEqual({ kind: "done", status: "failed" });
});

const events = fc.oneof(
  fc.nat({ max: 5 }).map((n) => received(`c${n}`)),
  fc.nat({ max: 5 }).map((n) => finished(`c${n}`)),
  fc.nat({ max: 5 }).map((n) => finished(`c${n}`, "x", true)),
  fc.constantFrom(completed, interrupted, steered, retryDue, broken(1), broken(null)),
);

test("whatever happens, a call is answered at most once, and exactly once when the turn has ended", () => {
  fc.assert(
    fc.property(fc.array(events, { maxLength: 40 }), (list) => {
      let state = firstStep.state;
      const open: string[] = [];
      const answered: string[] = [];
      let finishes = 0;
      // Whatever came before: a Stop, and tools that end because of it, bring every turn to its end.
      const ending = [interrupted, ...[0, 1, 2, 3, 4, 5].map((n) => finished(`c${n}`))];
      for (const event of [...list, ...ending]) {
        if (event.type === "callReceived") {
          if (state.kind !== "sampling") continue;
          open.push(event.call.call_id);
        }
        const next = step(state, event);
        state = next.state;
        for (const effect of next.effects) {
          if (effect.type === "answerCall") answered.push(effect.call.call_id);
          if (effect.type === "finish") finishes += 1;
        }
      }
      expect(answered).toEqual(open.slice(0, answered.length));
      expect(state.kind).toBe("done");
      expect(answered).toEqual(open);
      expect(finishes).toBe(1);
    }),
  );
});

test("a compaction asks the model only if the user said something meanwhile, and fails as a turn", () => {
  const { state } = firstCompactionStep;
  const ended: TurnEvent = { type: "compactionEnded", failure: null };
  expect(brief(step(state, ended).effects)).toEqual(["finish completed"]);
  expect(brief(step(step(state, steered).state, ended).effects)).toEqual(["appendSteers", "createResponse"]);
  expect(brief(step(state, { type: "compactionEnded", failure }).effects)).toEqual(["finish failed"]);
  const stopped = step(state, interrupted);
  expect(brief(stopped.effects)).toEqual(["abortResponse", "finish interrupted"]);
  expect(step(stopped.state, ended).effects).toEqual([]);
});
