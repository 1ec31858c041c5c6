import type { RolloutEntry, RolloutLine } from "./lines.ts";

/** What a line tells of: the thread as a whole, or its history, which a revert takes back. */
const scopes: Readonly<Record<RolloutEntry["type"], "thread" | "history">> = {
  session_meta: "thread",
  thread_name: "thread",
  // What waits has not been sent: no turn that goes takes it along.
  queue: "thread",
  thread_settings: "thread",
  git_info: "thread",
  // What was told to the model goes, how it was told stays in force: the next turn needs the same instructions and tools.
  epoch: "thread",
  turn_context: "history",
  turn_started: "history",
  turn_completed: "history",
  response_item: "history",
  compacted: "history",
  request: "history",
  item_started: "history",
  item_completed: "history",
  approval: "history",
  write_intent: "history",
  plan: "history",
  usage: "history",
  reverted: "history",
};

/**
 * The lines that count. Pure. `lines`: what a thread shares with others, then its own, in their order. A `reverted` line takes away the
 * history from the first line of its turn on, itself included; what was said about the thread as a whole stays. One whose turn is not
 * there takes nothing away.
 */
export function visibleLines(lines: readonly RolloutLine[]): readonly RolloutLine[] {
  if (!lines.some(({ type }) => type === "reverted")) return lines;
  let visible: RolloutLine[] = [];
  for (const line of lines) {
    const start = line.type === "reverted" ? startOfTurn(visible, line.payload.beforeTurnId) : -1;
    if (start !== -1) visible = visible.filter((other, index) => index < start || !isHistory(other));
    if (line.type !== "reverted") visible.push(line);
  }
  return visible;
}

/** True for a line that a revert can take back; false for one about the thread as a whole. */
export const isHistory = ({ type }: RolloutLine): boolean => scopes[type] === "history";

/** Where the first line of a turn stands; -1: there is none. */
export const startOfTurn = (lines: readonly RolloutLine[], turnId: string): number =>
  lines.findIndex((line) => turnOf(line) === turnId);

/** The turn that a line names; null: none. */
export function turnOf(line: RolloutLine): string | null {
  switch (line.type) {
    case "session_meta":
    case "thread_name":
    case "queue":
    case "thread_settings":
    case "git_info":
    case "epoch":
    case "reverted":
      return null;
    case "response_item":
      return line.payload.view?.turnId ?? null;
    default:
      return line.payload.turnId;
  }
}
