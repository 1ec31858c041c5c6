import type { CustomToolCall, FunctionCall, ModelFailure } from "../model/types.ts";

export type ToolCall = FunctionCall | CustomToolCall;

/** What ran before a turn is stopped as a loop: requests in all, and times the very same calls came in a row. */
export const turnLimits = { requests: 1000, sameCalls: 50 } as const;

interface Progress {
  /** Requests sent to the model in this turn. */
  readonly requests: number;
  /** Visible retries since the last response that came through. */
  readonly attempt: number;
  /** What they were retries of: an outage of the network does not use up the tries of a stream that breaks later. */
  readonly retrying: ModelFailure["retry"] | null;
  /** Messages of the user that wait for the next safe point. */
  readonly hasSteers: boolean;
  readonly loop: { readonly signature: string; readonly times: number };
}

export type TurnState =
  | ({ readonly kind: "sampling"; readonly calls: readonly ToolCall[] } & Progress)
  | ({ readonly kind: "pausing" } & Progress)
  | ({
      readonly kind: "runningTools";
      readonly running: ToolCall;
      readonly rest: readonly ToolCall[];
      /** The stream had broken: after the tools, this long until the model is asked again. */
      readonly pauseMs: number | null;
    } & Progress)
  /** The user's own command runs; the model is asked only if the user says something meanwhile. */
  | ({ readonly kind: "runningShell" } & Progress)
  /** Interrupted while it runs: waits for its end, so that it is recorded. */
  | { readonly kind: "stoppingShell" }
  /** The user asked for a smaller context; the model is asked to go on only if the user says something meanwhile. */
  | ({ readonly kind: "compacting" } & Progress)
  /** Interrupted while a tool runs: waits for it to end, so that its call is answered. */
  | { readonly kind: "stopping"; readonly running: ToolCall; readonly rest: readonly ToolCall[] }
  | { readonly kind: "done"; readonly status: "completed" | "interrupted" | "failed" };

export type TurnEvent =
  /** The model asked for a tool; the call is in the history already. */
  | { readonly type: "callReceived"; readonly call: ToolCall }
  | { readonly type: "responseCompleted" }
  /** `retryInMs`: when to try again; null: not at all. */
  | { readonly type: "responseFailed"; readonly failure: ModelFailure; readonly retryInMs: number | null }
  | { readonly type: "retryDue" }
  | { readonly type: "toolFinished"; readonly callId: string; readonly output: ToolOutcome }
  /** The user's own command has ended and is recorded. */
  | { readonly type: "shellEnded" }
  /** The context is as small as it gets (`failure` null), or as large as it was. */
  | { readonly type: "compactionEnded"; readonly failure: ModelFailure | null }
  | { readonly type: "steered" }
  | { readonly type: "interrupted" };

export interface ToolOutcome {
  /** What the model reads. */
  readonly text: string;
  /** The user answered "Stop turn". */
  readonly endsTurn: boolean;
}

export type TurnEffect =
  | { readonly type: "createResponse" }
  | { readonly type: "abortResponse" }
  /** Ends the items that were still streaming. `keep`: their text also stays in the history. */
  | { readonly type: "closeOpenItems"; readonly keep: boolean }
  | { readonly type: "runTool"; readonly call: ToolCall }
  | { readonly type: "runShell" }
  | { readonly type: "compact" }
  /** Also ends the user's own command. */
  | { readonly type: "abortTools" }
  | { readonly type: "answerCall"; readonly call: ToolCall; readonly text: string }
  | { readonly type: "appendSteers" }
  | { readonly type: "pause"; readonly ms: number }
  | { readonly type: "finish"; readonly status: "completed" | "interrupted" }
  | { readonly type: "finish"; readonly status: "failed"; readonly failure: ModelFailure };

interface Step {
  readonly state: TurnState;
  readonly effects: readonly TurnEffect[];
}

const aborted = "aborted by user";

const atFirst: Progress = {
  requests: 0,
  attempt: 0,
  retrying: null,
  hasSteers: false,
  loop: { signature: "", times: 0 },
};

/** Where a turn begins: its user message is in the history and the first request is on its way. */
export const firstStep: Step = {
  state: { ...atFirst, kind: "sampling", calls: [], requests: 1 },
  effects: [{ type: "createResponse" }],
};

/** Where a turn begins that is the user's own command: the model is not asked. */
export const firstShellStep: Step = {
  state: { ...atFirst, kind: "runningShell" },
  effects: [{ type: "runShell" }],
};

/** Where a turn begins that makes the context smaller because the user asked for it. */
export const firstCompactionStep: Step = {
  state: { ...atFirst, kind: "compacting" },
  effects: [{ type: "compact" }],
};

/**
 * Advances a turn by one event. Pure: reads no clock, does no I/O, never throws.
 * Invariant: each call that was received leaves with exactly one `answerCall`, in the order of the calls.
 */
export function step(state: TurnState, event: TurnEvent): Step {
  switch (state.kind) {
    case "done":
      return { state, effects: [] }; // late events of an aborted response or a tool that ended after the turn
    case "sampling":
      return stepSampling(state, event);
    case "pausing":
      return stepPausing(state, event);
    case "runningTools":
      return stepRunningTools(state, event);
    case "stopping":
      return stepStopping(state, event);
    case "runningShell":
      return stepRunningShell(state, event);
    case "compacting":
      return stepCompacting(state, event);
    case "stoppingShell":
      return event.type === "shellEnded" ? finish("interrupted") : { state, effects: [] };
    default:
      return unreachable(state);
  }
}

type StateOf<K extends TurnState["kind"]> = Extract<TurnState, { kind: K }>;

function stepSampling(state: StateOf<"sampling">, event: TurnEvent): Step {
  switch (event.type) {
    case "callReceived":
      return { state: { ...state, calls: [...state.calls, event.call] }, effects: [] };
    case "responseCompleted": {
      const [first, ...rest] = state.calls;
      if (first !== undefined) return runCalls({ ...state, attempt: 0, retrying: null }, first, rest, null);
      if (state.hasSteers) return sample({ ...state, attempt: 0, retrying: null });
      return finish("completed");
    }
    case "responseFailed": {
      const close: TurnEffect = { type: "closeOpenItems", keep: false };
      const [first, ...rest] = state.calls;
      const failing = { ...state, attempt: nextAttempt(state, event.failure), retrying: event.failure.retry };
      if (event.retryInMs === null) {
        const text = "not run: the request to the model failed before the turn could go on";
        return fail(event.failure, [close, ...state.calls.map((call) => answer(call, text))]);
      }
      if (first !== undefined) {
        // What was received is worth its output: the retry starts from there.
        const next = runCalls(failing, first, rest, event.retryInMs);
        return { state: next.state, effects: [close, ...next.effects] };
      }
      return {
        state: { ...progressOf(failing), kind: "pausing" },
        effects: [close, { type: "pause", ms: event.retryInMs }],
      };
    }
    case "interrupted":
      return finish("interrupted", [
        { type: "abortResponse" },
        { type: "closeOpenItems", keep: true },
        ...state.calls.map((call) => answer(call, aborted)),
      ]);
    case "steered":
      return { state: { ...state, hasSteers: true }, effects: [] };
    case "retryDue":
    case "toolFinished":
    case "shellEnded":
    case "compactionEnded":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function stepPausing(state: StateOf<"pausing">, event: TurnEvent): Step {
  switch (event.type) {
    case "retryDue":
      return sample(state);
    case "interrupted":
      return finish("interrupted");
    case "steered":
      return { state: { ...state, hasSteers: true }, effects: [] };
    case "callReceived":
    case "responseCompleted":
    case "responseFailed":
    case "toolFinished":
    case "shellEnded":
    case "compactionEnded":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function stepRunningTools(state: StateOf<"runningTools">, event: TurnEvent): Step {
  switch (event.type) {
    case "toolFinished": {
      if (event.callId !== state.running.call_id) return { state, effects: [] };
      const answered = answer(state.running, event.output.text);
      if (event.output.endsTurn) {
        return finish("interrupted", [answered, ...state.rest.map((call) => answer(call, aborted))]);
      }
      const [next, ...rest] = state.rest;
      if (next !== undefined) {
        return { state: { ...state, running: next, rest }, effects: [answered, { type: "runTool", call: next }] };
      }
      if (state.pauseMs !== null) {
        const pause: TurnEffect = { type: "pause", ms: state.pauseMs };
        return { state: { ...progressOf(state), kind: "pausing" }, effects: [answered, pause] };
      }
      const sampled = sample(state);
      return { state: sampled.state, effects: [answered, ...sampled.effects] };
    }
    case "interrupted":
      return {
        state: { kind: "stopping", running: state.running, rest: state.rest },
        effects: [{ type: "abortTools" }],
      };
    case "steered":
      return { state: { ...state, hasSteers: true }, effects: [] };
    case "callReceived":
    case "responseCompleted":
    case "responseFailed":
    case "retryDue":
    case "shellEnded":
    case "compactionEnded":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function stepRunningShell(state: StateOf<"runningShell">, event: TurnEvent): Step {
  switch (event.type) {
    case "shellEnded":
      return state.hasSteers ? sample(state) : finish("completed");
    case "interrupted":
      return { state: { kind: "stoppingShell" }, effects: [{ type: "abortTools" }] };
    case "steered":
      return { state: { ...state, hasSteers: true }, effects: [] };
    case "callReceived":
    case "responseCompleted":
    case "responseFailed":
    case "retryDue":
    case "toolFinished":
    case "compactionEnded":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function stepCompacting(state: StateOf<"compacting">, event: TurnEvent): Step {
  switch (event.type) {
    case "compactionEnded":
      if (event.failure !== null) return fail(event.failure, []);
      return state.hasSteers ? sample(state) : finish("completed");
    case "interrupted":
      return finish("interrupted", [{ type: "abortResponse" }]);
    case "steered":
      return { state: { ...state, hasSteers: true }, effects: [] };
    case "callReceived":
    case "responseCompleted":
    case "responseFailed":
    case "retryDue":
    case "toolFinished":
    case "shellEnded":
      return { state, effects: [] };
    default:
      return unreachable(event);
  }
}

function stepStopping(state: StateOf<"stopping">, event: TurnEvent): Step {
  if (event.type !== "toolFinished" || event.callId !== state.running.call_id) return { state, effects: [] };
  return finish("interrupted", [
    answer(state.running, event.output.text),
    ...state.rest.map((call) => answer(call, aborted)),
  ]);
}

function runCalls(state: Progress, first: ToolCall, rest: readonly ToolCall[], pauseMs: number | null): Step {
  const signature = [first, ...rest].map(signatureOf).join("\n");
  // Waiting for a command that takes long is no loop, however often the model looks.
  const times = [first, ...rest].every(isPoll) ? 0 : signature === state.loop.signature ? state.loop.times + 1 : 1;
  if (times >= turnLimits.sameCalls) {
    return loopEnded(
      [first, ...rest],
      `The model asked for the same call ${times} times in a row, so the turn was stopped.`,
    );
  }
  return {
    state: { ...progressOf(state), kind: "runningTools", running: first, rest, pauseMs, loop: { signature, times } },
    effects: [{ type: "runTool", call: first }],
  };
}

/** Asks the model again; at a safe point, so what the user said meanwhile goes in first. */
function sample(state: Progress): Step {
  if (state.requests >= turnLimits.requests) {
    return loopEnded(
      [],
      `The turn was stopped after ${turnLimits.requests} requests to the model without a final answer.`,
    );
  }
  return {
    state: { ...progressOf(state), kind: "sampling", calls: [], requests: state.requests + 1, hasSteers: false },
    effects: [...(state.hasSteers ? [{ type: "appendSteers" } as const] : []), { type: "createResponse" }],
  };
}

function loopEnded(calls: readonly ToolCall[], what: string): Step {
  const failure: ModelFailure = {
    message: `${what} Nothing is lost: say how to go on, or try another way.`,
    info: "other",
    details: null,
    retry: "no",
    retryAfterMs: null,
  };
  return fail(
    failure,
    calls.map((call) => answer(call, "not run: the turn was stopped because it did not come to an end")),
  );
}

/** The number of the retry that a failure would be, from 1; counted for each kind of failure on its own. */
export const nextAttempt = (state: TurnState, { retry }: Pick<ModelFailure, "retry">): number =>
  "attempt" in state && state.retrying === retry ? state.attempt + 1 : 1;

const progressOf = ({ requests, attempt, retrying, hasSteers, loop }: Progress): Progress => ({
  requests,
  attempt,
  retrying,
  hasSteers,
  loop,
});

const signatureOf = (call: ToolCall): string =>
  call.type === "function_call" ? `${call.name} ${call.arguments}` : `${call.name} ${call.input}`;

function isPoll(call: ToolCall): boolean {
  if (call.type !== "function_call" || call.name !== "write_stdin") return false;
  try {
    const { chars } = JSON.parse(call.arguments) as { chars?: unknown };
    return chars === undefined || chars === "";
  } catch {
    return false;
  }
}

const answer = (call: ToolCall, text: string): TurnEffect => ({ type: "answerCall", call, text });

const finish = (status: "completed" | "interrupted", before: readonly TurnEffect[] = []): Step => ({
  state: { kind: "done", status },
  effects: [...before, { type: "finish", status }],
});

const fail = (failure: ModelFailure, before: readonly TurnEffect[]): Step => ({
  state: { kind: "done", status: "failed" },
  effects: [...before, { type: "finish", status: "failed", failure }],
});

function unreachable(value: never): never {
  throw new Error(`unhandled: ${JSON.stringify(value)}`);
}
