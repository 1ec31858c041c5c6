import type { ModelInfo } from "../model/types.ts";
import { type CallScope, runCall } from "../tools/gate.ts";
import type { UserCommand } from "../tools/user-command.ts";
import { type RunningTurn, runTurn, type TurnBeginning } from "../turn/runner.ts";
import type { Injections } from "./injections.ts";
import type { Journal } from "./journal.ts";
import type { ThreadDeps } from "./live-thread.ts";
import type { ModelCalls, TurnFrame } from "./model-calls.ts";
import type { RawEvents } from "./raw-events.ts";
import { effective, writableRoots } from "./settings.ts";
import type { Steers } from "./steers.ts";
import type { Surroundings } from "./surroundings.ts";
import { turnRetry } from "./turn-retry.ts";
import type { UserShell } from "./user-shell.ts";

/** What a turn is about, beyond the messages that are in the history when it begins. */
export type TurnPurpose =
  | { readonly kind: "message" }
  /** A command of the user. */
  | { readonly kind: "shell"; readonly command: UserCommand }
  /** A smaller context; `wishes`: what the user wants of the summary. */
  | { readonly kind: "compaction"; readonly wishes: string | null };

/** Runs the turns of one thread, one at a time, with what the thread has for them. */
export interface TurnRuns {
  run(frame: TurnFrame, purpose: TurnPurpose): RunningTurn;
  /** How the model is asked in the turn that runs; null: none does. */
  readonly frame: TurnFrame | null;
  /** Asks it otherwise, from the next request on. */
  adjust(frame: TurnFrame): void;
}

export function createTurnRuns(thread: {
  readonly threadId: string;
  readonly journal: Journal;
  readonly deps: ThreadDeps;
  readonly surroundings: Surroundings;
  readonly calls: ModelCalls;
  readonly steers: Steers;
  readonly injections: Injections;
  readonly shell: UserShell;
  readonly raw: RawEvents;
  claimId(wanted: string | undefined): string;
  onBroken(): void;
}): TurnRuns {
  const { threadId, journal, deps, surroundings, calls, steers, injections, shell, raw } = thread;
  const { clock } = deps;
  let current: TurnFrame | null = null;

  /** Instructions of folders that the agent came to go before the next request. */
  const tellEntered = async (signal: AbortSignal): Promise<void> => {
    const { messages, warning, told } = await surroundings.entered();
    // The turn was stopped meanwhile: the next request tells them.
    if (signal.aborted) return;
    journal.commit(
      messages.map((item) => ({ type: "response_item", payload: { item } })),
      warning === null ? [] : [{ type: "warning", threadId, message: warning }],
    );
    told();
  };

  /** Permissions are read at each call: what the user narrows while a turn runs holds at once. */
  const scopeOf = (turnId: string, callId: string, model: ModelInfo, signal: AbortSignal): CallScope => {
    const settings = effective(surroundings.settings);
    return {
      threadId,
      turnId,
      callId,
      itemId: thread.claimId(callId),
      settings,
      writableRoots: writableRoots(settings),
      model,
      journal,
      clock,
      signal,
      completion: null,
    };
  };

  const beginningOf = (purpose: TurnPurpose, frame: TurnFrame): TurnBeginning => {
    switch (purpose.kind) {
      case "message":
        return { kind: "request" };
      case "shell":
        return { kind: "shell", run: (signal) => shell.run(purpose.command, frame.turnId, signal) };
      case "compaction":
        return {
          kind: "compaction",
          run: (signal) => calls.makeRoom(frame, "manual", purpose.wishes, signal),
        };
      default:
        return purpose satisfies never;
    }
  };

  return {
    get frame() {
      return current;
    },
    adjust(frame) {
      if (current?.turnId === frame.turnId) current = frame;
    },
    run(frame, purpose) {
      const { turnId } = frame;
      current = frame;
      const now = (): TurnFrame => (current?.turnId === turnId ? current : frame);
      const live = runTurn({
        threadId,
        turnId,
        journal,
        clock,
        claimId: (wanted) => thread.claimId(wanted),
        createResponse: async (onEvent, signal) => {
          if (surroundings.hasEntered) await tellEntered(signal);
          if (signal.aborted) return { kind: "aborted" };
          injections.flush();
          return calls.create(now(), onEvent, signal);
        },
        isContextFull: () => calls.isContextFull(now()),
        compact: (reason, signal) => calls.makeRoom(now(), reason, null, signal),
        retry: (failure, attempt) => turnRetry(failure, attempt, { ...frame, hasUser: deps.models.hasUser }),
        runTool: (call, signal) => runCall(call, scopeOf(turnId, call.call_id, now().info, signal), deps.gate),
        beginning: beginningOf(purpose, frame),
        endCommands: async () => {
          await Promise.all([deps.board.endTurn(turnId), shell.end(turnId)]);
        },
        takeSteers: () => {
          injections.flush();
          return steers.take();
        },
        responded: (responseId, usage) => {
          raw.responded(turnId, responseId, usage);
          if (usage !== null) calls.counted(now(), usage);
        },
        onBroken: () => thread.onBroken(),
      });
      void live.ended.then(() => {
        if (current?.turnId === turnId) current = null;
      });
      return live;
    },
  };
}
