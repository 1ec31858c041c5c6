import type { PlanStep } from "../../protocol/notifications.ts";
import type { ModelInfo } from "../model/types.ts";
import type { ThreadEvent } from "../thread/events.ts";
import type { Clock } from "../thread/clock.ts";
import type { Journal } from "../thread/journal.ts";
import type { RolloutEntry } from "../thread/rollout/lines.ts";
import type { ThreadSettings } from "../thread/settings.ts";
import type { ToolCall, ToolOutcome } from "../turn/machine.ts";
import { createCommandGate, type CommandDeps } from "./command-gate.ts";
import { createFileGate, type FileDeps } from "./file-gate.ts";
import { findTool, toolNames } from "./index.ts";
import { say } from "./tool.ts";

/** What became of a call. */
export interface CallResult {
  readonly outcome: ToolOutcome;
  /** The end of the call's item, to be recorded together with its output `text`. */
  readonly completion?: (text: string) => Completion;
}

export interface Completion {
  readonly entries: readonly RolloutEntry[];
  readonly events: readonly ThreadEvent[];
}

/** One call within its turn: what both gates know. */
export interface CallScope {
  readonly threadId: string;
  readonly turnId: string;
  readonly callId: string;
  /** Of the item that the call opens. Unlike `callId`, which is the model's, it is unique in the thread. */
  readonly itemId: string;
  /** As they are in force when the call is made. */
  readonly settings: ThreadSettings;
  /** Absolute folders that may be written, the cwd first. Empty in a read-only sandbox. */
  readonly writableRoots: readonly string[];
  readonly model: ModelInfo;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Set by a gate before it opens an item: ends the item together with the call, also when the gate throws. */
  completion: ((text: string) => Completion) | null;
}

export type GateDeps = CommandDeps & FileDeps;

/**
 * The one gate: every call of the model passes here, and every effect of a tool on the outside passes the command gate or the file gate
 * behind it: policy, approval if needed, sandbox, run, bounded output, record. Never rejects.
 */
export async function runCall(call: ToolCall, scope: CallScope, deps: GateDeps): Promise<CallResult> {
  const tool = findTool(call.name);
  if (tool === undefined) {
    return { outcome: say(`unsupported call: ${call.name}. The tools are: ${toolNames.join(", ")}.`) };
  }
  try {
    const outcome = await tool.call(call, {
      cwd: scope.settings.cwd,
      commands: createCommandGate(scope, deps),
      files: createFileGate(scope, deps),
      setPlan: (explanation, plan) => setPlan(scope, explanation, plan),
    });
    return scope.completion === null ? { outcome } : { outcome, completion: scope.completion };
  } catch (error) {
    const outcome = say(`${call.name} failed: ${error instanceof Error ? error.message : String(error)}`);
    return scope.completion === null ? { outcome } : { outcome, completion: scope.completion };
  }
}

function setPlan(
  { journal, threadId, turnId }: CallScope,
  explanation: string | null,
  plan: readonly PlanStep[],
): void {
  journal.commit(
    [{ type: "plan", payload: { turnId, explanation, plan } }],
    [{ type: "planUpdated", threadId, turnId, explanation, plan }],
  );
}
