import type { ItemOf } from "../../protocol/items.ts";
import type { Turn, TurnError } from "../../protocol/turns.ts";
import type { ModelEvent, ModelFailure, ResponseOutcome, Usage } from "../model/types.ts";
import { turnAbortedMessage } from "../prompt/context.ts";
import { type Clock, seconds } from "../thread/clock.ts";
import type { CompactionOutcome } from "../thread/compactor.ts";
import type { Journal } from "../thread/journal.ts";
import type { RolloutEntry } from "../thread/rollout/lines.ts";
import { outputOf } from "../thread/rollout/replay.ts";
import { RolloutWriteError } from "../thread/rollout/writer.ts";
import type { CallResult } from "../tools/gate.ts";
import {
  firstCompactionStep,
  firstShellStep,
  firstStep,
  nextAttempt,
  step,
  type ToolCall,
  type TurnEffect,
  type TurnEvent,
  type TurnState,
} from "./machine.ts";
import { createResponseStream, type ResponseStream } from "./stream.ts";
import type { ThreadEvent } from "../thread/events.ts";

/** What a turn begins with: a request to the model, or something of the user's own that needs none. */
export type TurnBeginning =
  | { readonly kind: "request" }
  /** A command. Resolves when it has ended and is recorded. */
  | { readonly kind: "shell"; run(signal: AbortSignal): Promise<void> }
  /** Making the prompt smaller; see {@link TurnPort.compact}. */
  | { readonly kind: "compaction"; run(signal: AbortSignal): Promise<CompactionOutcome> };

const firstSteps = { request: firstStep, shell: firstShellStep, compaction: firstCompactionStep };

/** What a turn needs of its thread. */
export interface TurnPort {
  readonly threadId: string;
  readonly turnId: string;
  readonly journal: Journal;
  readonly clock: Clock;
  /** An id for an item of the model, unique in the thread: the wanted one, unless it is missing or taken. */
  claimId(wanted: string | undefined): string;
  /** Sends the history as it stands now. Rejects when that cannot be recorded. */
  createResponse(onEvent: (event: ModelEvent) => void, signal: AbortSignal): Promise<ResponseOutcome>;
  /** The prompt has to be made smaller before the model is asked again. */
  isContextFull(): boolean;
  /** Makes it smaller; its item has ended when this resolves or `signal` aborts. Rejects when that cannot be recorded. */
  compact(reason: "limit" | "overflow", signal: AbortSignal): Promise<CompactionOutcome>;
  /** When to try again, and what the user is told meanwhile; null: give up. */
  retry(failure: ModelFailure, attempt: number): { readonly delayMs: number; readonly error: TurnError } | null;
  /** Runs one call through the gate. Never rejects. */
  runTool(call: ToolCall, signal: AbortSignal): Promise<CallResult>;
  readonly beginning: TurnBeginning;
  /** Ends every command of the turn; resolves when they are gone. */
  endCommands(): Promise<void>;
  /** Entries and events of what came from the user while the turn ran, oldest first; they are taken. */
  takeSteers(): { readonly entries: readonly RolloutEntry[]; readonly events: readonly ThreadEvent[] };
  /** A response has come to its end; `usage` null: the provider did not count. */
  responded(responseId: string, usage: Usage | null): void;
  /** Nothing more can be recorded: the thread has to be rebuilt from its rollout before it goes on. */
  onBroken(): void;
}

/** A turn that runs. Every method may be called at any time, also after the end. */
export interface RunningTurn {
  readonly turnId: string;
  readonly startedAtMs: number;
  /** The user's words wait in the port; they go in at the next safe point. False: the turn is over. */
  steer(): boolean;
  interrupt(): void;
  /** It is over, or being stopped: nothing goes in any more. */
  readonly isEnding: boolean;
  /** Settles when the turn has ended and all of it is recorded. Never rejects. */
  readonly ended: Promise<Turn>;
}

/** Performs the effects of the turn machine. The turn's first messages are in the history already. */
export function runTurn(port: TurnPort): RunningTurn {
  const { threadId, turnId, journal, clock } = port;
  const startedAtMs = clock.now();
  const abort = new AbortController();
  const results = new Map<ToolCall, CallResult>();
  const { beginning } = port;
  const first = firstSteps[beginning.kind];
  let state: TurnState = first.state;
  let stream: ResponseStream | null = null;
  let responseAbort: AbortController | null = null;
  let pause: NodeJS.Timeout | null = null;
  let retryError: TurnError | null = null;
  let lastMessage: ItemOf<"agentMessage"> | null = null;
  let isBroken = false;
  /** The model refused the last request as too long: before the next one, the prompt is made smaller. */
  let isTooLong = false;
  let wasTooLong = false;
  /** A request for an answer was sent. */
  let hasAsked = false;
  let resolveEnded: (turn: Turn) => void;
  const ended = new Promise<Turn>((resolve) => (resolveEnded = resolve));

  const dispatch = (event: TurnEvent): void => {
    try {
      const next = step(state, event);
      state = next.state;
      for (const effect of next.effects) perform(effect);
    } catch (error) {
      breakDown(error);
    }
  };

  const perform = (effect: TurnEffect): void => {
    switch (effect.type) {
      case "createResponse":
        // What waits to be told, but is no reason to ask.
        appendSteers();
        return createResponse();
      case "runShell":
        return runShell();
      case "compact":
        return compactOnly();
      case "abortResponse":
        return responseAbort?.abort();
      case "closeOpenItems":
        return stream?.closeOpen({ keep: effect.keep });
      case "runTool":
        return void runTool(effect.call);
      case "abortTools":
        return abort.abort();
      case "answerCall":
        return answerCall(effect.call, effect.text);
      case "appendSteers":
        return appendSteers();
      case "pause":
        return startPause(effect.ms);
      case "finish":
        return finish(effect);
      default:
        return effect satisfies never;
    }
  };

  const appendSteers = (): void => {
    const { entries, events } = port.takeSteers();
    if (entries.length > 0) journal.commit(entries, events);
  };

  const runShell = (): void => {
    if (beginning.kind !== "shell") return;
    beginning
      .run(abort.signal)
      .then(() => dispatch({ type: "shellEnded" }))
      .catch(breakDown);
  };

  const compactOnly = (): void => {
    if (beginning.kind !== "compaction") return;
    const controller = new AbortController();
    responseAbort = controller;
    const onOutcome = (outcome: CompactionOutcome): void => {
      if (outcome.kind === "aborted") return;
      dispatch({ type: "compactionEnded", failure: outcome.kind === "failed" ? outcome.failure : null });
    };
    beginning.run(controller.signal).then(onOutcome).catch(breakDown);
  };

  const createResponse = (): void => {
    const reason = isTooLong ? "overflow" : port.isContextFull() ? "limit" : null;
    if (reason === null) return sendRequest();
    isTooLong = false;
    stream = null;
    const controller = new AbortController();
    responseAbort = controller;
    const onOutcome = (outcome: CompactionOutcome): void => {
      if (controller.signal.aborted || state.kind !== "sampling") return;
      if (outcome.kind !== "failed") return sendRequest();
      dispatch({ type: "responseFailed", failure: outcome.failure, retryInMs: null });
    };
    port.compact(reason, controller.signal).then(onOutcome).catch(breakDown);
  };

  const sendRequest = (): void => {
    const ids = { threadId, turnId, claimId: (wanted: string | undefined) => port.claimId(wanted) };
    const current = createResponseStream(journal, ids, clock);
    const controller = new AbortController();
    stream = current;
    responseAbort = controller;
    hasAsked = true;
    const onEvent = (event: ModelEvent): void => {
      if (stream !== current || state.kind !== "sampling") return; // an aborted response that still drains
      try {
        const call = current.accept(event);
        lastMessage = current.lastMessage ?? lastMessage;
        if (call !== null) dispatch({ type: "callReceived", call });
      } catch (error) {
        breakDown(error);
      }
    };
    const onOutcome = (outcome: ResponseOutcome): void => {
      if (stream !== current || outcome.kind === "aborted") return;
      if (outcome.kind === "completed") {
        port.responded(outcome.responseId, outcome.usage);
        current.closeOpen({ keep: true });
        wasTooLong = false;
        return dispatch({ type: "responseCompleted" });
      }
      if (outcome.failure.info === "contextWindowExceeded" && !wasTooLong) {
        // Once: a prompt that is too long even after it was made smaller is the user's to deal with.
        wasTooLong = true;
        isTooLong = true;
        retryError = null;
        return dispatch({ type: "responseFailed", failure: outcome.failure, retryInMs: 0 });
      }
      const retry = port.retry(outcome.failure, nextAttempt(state, outcome.failure));
      retryError = retry?.error ?? null;
      dispatch({ type: "responseFailed", failure: outcome.failure, retryInMs: retry?.delayMs ?? null });
    };
    port.createResponse(onEvent, controller.signal).then(onOutcome).catch(breakDown);
  };

  const runTool = async (call: ToolCall): Promise<void> => {
    const result = await port.runTool(call, abort.signal);
    results.set(call, result);
    dispatch({ type: "toolFinished", callId: call.call_id, output: result.outcome });
  };

  /** The output of a call and the end of its item are one write, so that a body which stands in both is stored once. */
  const answerCall = (call: ToolCall, text: string): void => {
    const result = results.get(call);
    results.delete(call);
    const output: RolloutEntry = { type: "response_item", payload: { item: outputOf(call, text) } };
    const completion = result?.completion?.(text) ?? { entries: [], events: [] };
    journal.commit([output, ...completion.entries], completion.events);
  };

  const startPause = (ms: number): void => {
    if (retryError !== null) journal.emit({ type: "error", threadId, turnId, willRetry: true, error: retryError });
    pause = setTimeout(() => dispatch({ type: "retryDue" }), ms);
  };

  const finish = (effect: Extract<TurnEffect, { type: "finish" }>): void => {
    if (pause !== null) clearTimeout(pause);
    const error = effect.status === "failed" ? turnError(effect.failure) : null;
    const close = (): void => {
      try {
        end(effect.status, error);
      } catch (failure) {
        breakDown(failure);
      }
    };
    if (effect.status === "completed") return close();
    // What still runs of a stopped or failed turn is ended first, so that its items complete within the turn.
    void port.endCommands().then(close);
  };

  const end = (status: "completed" | "interrupted" | "failed", error: TurnError | null): void => {
    const at = clock.now();
    const turn = endedTurn(status, error, at);
    // Words of the user that found no safe point any more are kept: they are shown, and in the next request.
    const steers = port.takeSteers();
    // A compaction that was stopped has left the prompt as it was, and the model has no work of its own to doubt.
    const isDoubtful = status === "interrupted" && (beginning.kind !== "compaction" || hasAsked);
    journal.commit(
      [
        ...(isDoubtful ? [{ type: "response_item", payload: { item: turnAbortedMessage() } } as const] : []),
        ...steers.entries,
        { type: "turn_completed", payload: { turnId, status, error, at } },
      ],
      [...steers.events, ...endEvents(turn)],
    );
    resolveEnded(turn);
    // Not waited for: what was shown is in the file; this only makes it survive a power cut.
    journal.sync().catch((failure: unknown) => {
      const message = failure instanceof Error ? failure.message : String(failure);
      journal.emit({ type: "warning", threadId, message });
    });
  };

  const endedTurn = (status: Turn["status"], error: TurnError | null, at: number): Turn => {
    const isSummed = status !== "interrupted" && lastMessage !== null;
    return {
      id: turnId,
      rootTurnId: turnId,
      items: isSummed && lastMessage !== null ? [lastMessage] : [],
      itemsView: isSummed ? "summary" : "notLoaded",
      status,
      error,
      startedAt: seconds(startedAtMs),
      completedAt: seconds(at),
      durationMs: at - startedAtMs,
    };
  };

  const endEvents = (turn: Turn): ThreadEvent[] => {
    const completed: ThreadEvent = { type: "turnCompleted", threadId, turn };
    const { error } = turn;
    return error === null || error === undefined
      ? [{ type: "statusChanged", threadId, status: { type: "idle" } }, completed]
      : [
          { type: "statusChanged", threadId, status: { type: "systemError" } },
          { type: "error", threadId, turnId, error, willRetry: false },
          completed,
        ];
  };

  /** The rollout cannot be written, or we have a fault: nothing more can be recorded, so nothing more is done. */
  const breakDown = (cause: unknown): void => {
    if (isBroken) return;
    isBroken = true;
    port.onBroken();
    state = { kind: "done", status: "failed" };
    if (pause !== null) clearTimeout(pause);
    responseAbort?.abort();
    abort.abort();
    const message =
      cause instanceof RolloutWriteError
        ? cause.message
        : `Turnwright made a mistake and stopped the turn: ${cause instanceof Error ? cause.message : String(cause)}. What was done so far is recorded; send a message to go on.`;
    const error: TurnError = { message, codexErrorInfo: "other", additionalDetails: null, misalignment: null };
    void port.endCommands().then(() => {
      const turn = endedTurn("failed", error, clock.now());
      for (const event of endEvents(turn)) journal.emit(event);
      resolveEnded(turn);
    });
  };

  const isEnding = (): boolean => state.kind === "done" || state.kind === "stopping" || state.kind === "stoppingShell";

  for (const effect of first.effects) perform(effect);

  return {
    turnId,
    startedAtMs,
    ended,
    get isEnding() {
      return isEnding();
    },
    steer() {
      if (isEnding()) return false;
      dispatch({ type: "steered" });
      return true;
    },
    interrupt: () => dispatch({ type: "interrupted" }),
  };
}

const turnError = (failure: ModelFailure): TurnError => ({
  message: failure.message,
  codexErrorInfo: failure.info,
  additionalDetails: failure.details,
  misalignment: null,
});
