import type { ItemOf } from "../../protocol/items.ts";
import type { ProcessExit, RunningProcess } from "../exec/types.ts";
import { maxItemOutput } from "../thread/rollout/outputs.ts";
import type { OutputRef } from "../thread/rollout/lines.ts";
import type { CallScope, Completion } from "./gate.ts";

/** A started command with its item: shows the output as it comes, and completes the item exactly once. */
export interface RunningCommand {
  readonly threadId: string;
  readonly turnId: string;
  readonly process: RunningProcess;
  /** As it was opened. */
  readonly item: ItemOf<"commandExecution">;
  /** The command line, without the shell that runs it. */
  readonly script: string;
  /** A call waits for it, or the turn that it is. */
  readonly isAwaited: boolean;
  /** What it may touch, in a form that can be compared. */
  readonly reach: string;
  /** Settles when the item is complete. Never rejects. */
  readonly completed: Promise<void>;
  /**
   * Waits until the command ended, `ms` passed (null: however long it takes) or the signal aborted (then the command is ended first). When it
   * ended, the result holds the completion of its item for the caller to record together with what stands under `callId` in the rollout:
   * the output of its call. Null: nothing does.
   */
  waitFor(ms: number | null, signal: AbortSignal, callId: string | null): Promise<WaitResult>;
}

export type WaitResult =
  | { readonly kind: "running" }
  | { readonly kind: "exited"; readonly exit: ProcessExit; readonly completion: (text: string) => Completion };

export function createRunningCommand(
  process: RunningProcess,
  opened: ItemOf<"commandExecution">,
  { script, reach }: Pick<RunningCommand, "script" | "reach">,
  scope: Pick<CallScope, "threadId" | "turnId" | "journal" | "clock">,
): RunningCommand {
  const { threadId, turnId, journal, clock } = scope;
  let shown = 0;
  /** Calls that wait; the last of them takes the completion. */
  let waiting = 0;
  let isComplete = false;
  let resolveCompleted: () => void;
  const completed = new Promise<void>((resolve) => (resolveCompleted = resolve));

  const stopShowing = process.output.onText((text) => {
    if (shown >= maxItemOutput) return; // a flood: the item has head and tail of it in the end
    shown += text.length;
    journal.delta(
      { type: "commandOutputDelta", threadId, turnId, itemId: opened.id, delta: text },
      { turnId, itemId: opened.id, part: { of: "output", index: 0 } },
      text,
    );
  });

  const complete = (exit: ProcessExit, callId: string | null, text: string): Completion => {
    if (isComplete) return { entries: [], events: [] };
    isComplete = true;
    stopShowing();
    const completedAtMs = clock.now();
    const output = process.output.snapshot(maxItemOutput);
    const stored: ItemOf<"commandExecution"> = {
      ...opened,
      ...(opened.source === "userShell"
        ? {}
        : { processId: String(process.sessionId), source: "unifiedExecStartup" as const }),
      status: exit.exitCode === 0 ? "completed" : "failed",
      aggregatedOutput: null,
      exitCode: exit.exitCode,
      durationMs: Math.round(exit.durationMs),
      completedAtMs,
    };
    const item = { ...stored, aggregatedOutput: output.text === "" ? null : output.text };
    const ref = whereIs(output.text, callId, text, process.output.file);
    // The caller records before it shows; only then is the item complete for those who wait for it.
    setImmediate(resolveCompleted);
    return {
      entries: [
        {
          type: "item_completed",
          payload: ref === null ? { turnId, item } : { turnId, item: stored, output: ref },
        },
      ],
      events: [{ type: "itemCompleted", threadId, turnId, item, completedAtMs }],
    };
  };

  void process.exited.then((exit) => {
    if (waiting > 0 || isComplete) return;
    const { entries, events } = complete(exit, null, "");
    try {
      journal.commit(entries, events);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      journal.emit({ type: "warning", threadId, message });
    }
  });

  return {
    threadId,
    turnId,
    process,
    item: opened,
    script,
    get isAwaited() {
      return waiting > 0;
    },
    reach,
    completed,
    async waitFor(ms, signal, callId) {
      waiting += 1;
      try {
        // It may have ended while the timer fired: then the completion is still ours.
        const exit = (await exitWithin(process, ms, signal)) ?? process.exit;
        if (exit === null) return { kind: "running" };
        return { kind: "exited", exit, completion: (text) => complete(exit, callId, text) };
      } finally {
        waiting -= 1;
      }
    },
  };
}

/** What a timer of Node takes; about 25 days. */
const maxTimerMs = 2 ** 31 - 1;

/** Null: it still runs. An abort ends it. */
async function exitWithin(
  process: RunningProcess,
  ms: number | null,
  signal: AbortSignal,
): Promise<ProcessExit | null> {
  if (process.exit !== null) return process.exit;
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const outcome = await Promise.race([
    process.exited,
    new Promise<"late">((resolve) => {
      if (ms !== null) timer = setTimeout(() => resolve("late"), Math.min(ms, maxTimerMs));
    }),
    new Promise<"aborted">((resolve) => {
      if (signal.aborted) return resolve("aborted");
      onAbort = () => resolve("aborted");
      signal.addEventListener("abort", onAbort, { once: true });
    }),
  ]);
  clearTimeout(timer);
  if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  if (outcome === "late") return null;
  if (outcome !== "aborted") return outcome;
  await process.kill();
  return process.exited;
}

/** Where the rollout finds the text again without storing it twice; null: it must stand in the item. */
function whereIs(text: string, callId: string | null, answer: string, file: string | null): OutputRef | null {
  if (text === "") return null;
  const start = callId === null ? -1 : answer.lastIndexOf(text);
  if (callId !== null && start !== -1) return { in: "response", callId, start, length: text.length };
  return file === null ? null : { in: "file", path: file };
}
