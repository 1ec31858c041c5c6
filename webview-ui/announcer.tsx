import { useEffect, useRef, useState } from "preact/hooks";
import type { TurnView } from "../src/client/thread-view.ts";
import type { HostState } from "../src/protocol/host.ts";
import { isKnownItem } from "../src/protocol/items.ts";
import type { PanelState } from "./store.ts";
import { formatDuration, plural } from "./units.ts";

/** Tells a screen reader what happened, in milestones: a stream read out word by word would drown everything else. */
export function Announcer({ state }: { state: PanelState }) {
  const previous = useRef<PanelState | null>(null);
  const [message, setMessage] = useState("");
  useEffect(() => {
    const next = previous.current === null ? null : milestone(previous.current, state);
    previous.current = state;
    if (next !== null) setMessage(next);
  }, [state]);
  return (
    <div class="sr-only" role="status" aria-live="polite">
      {message}
    </div>
  );
}

/** The one thing worth saying about the step from `before` to `after`; null when there is none. */
export function milestone(before: PanelState, after: PanelState): string | null {
  return (
    approvalMilestone(before.host, after.host) ??
    serverMilestone(before.host, after.host) ??
    turnMilestone(before, after)
  );
}

function approvalMilestone(before: HostState | null, after: HostState | null): string | null {
  const known = new Set(before?.approvals.map(({ itemId }) => itemId));
  const asked = after?.approvals.find(({ itemId }) => !known.has(itemId));
  if (asked === undefined) return null;
  return asked.kind === "command"
    ? `Approval needed: run ${asked.script.slice(0, 200)}`
    : `Approval needed: ${plural(asked.files.length, "file")} to review`;
}

function serverMilestone(before: HostState | null, after: HostState | null): string | null {
  if (before === null || after === null || before.server.status === after.server.status) return null;
  const words = {
    starting: "The agent is starting",
    ready: "The agent is ready",
    restarting: "The agent is restarting",
    stopped: "The agent has stopped",
  } as const;
  return words[after.server.status];
}

function turnMilestone(before: PanelState, after: PanelState): string | null {
  const turn = after.view?.turns.at(-1);
  if (turn === undefined || before.view === null || before.view.thread.id !== after.view?.thread.id) return null;
  const was = before.view.turns.find(({ id }) => id === turn.id);
  if (was === turn) return null;
  if (was?.status !== turn.status) return statusWords(turn);
  if (turn.retry !== null && turn.retry !== was.retry) return `Trying again: ${turn.retry.message.slice(0, 200)}`;
  return failedCommand(was, turn);
}

function statusWords(turn: TurnView): string {
  switch (turn.status) {
    case "inProgress":
      return "Turnwright is working";
    case "completed":
      return turn.durationMs === null ? "Done" : `Done in ${formatDuration(turn.durationMs)}`;
    case "interrupted":
      return "Stopped";
    case "failed":
      return `The turn failed: ${turn.error?.message.slice(0, 200) ?? "no reason was given"}`;
  }
}

function failedCommand(was: TurnView, turn: TurnView): string | null {
  const open = new Set(
    was.items.flatMap((item) => ("status" in item && item.status === "inProgress" ? [item.id] : [])),
  );
  const failed = turn.items.find((item) => open.has(item.id) && "status" in item && item.status === "failed");
  if (failed === undefined || !isKnownItem(failed) || failed.type !== "commandExecution") return null;
  const exitCode = failed.exitCode ?? null;
  return exitCode === null ? "A command failed" : `A command failed with exit code ${exitCode}`;
}
