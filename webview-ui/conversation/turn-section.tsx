import { useId } from "preact/hooks";
import type { TurnView } from "../../src/client/thread-view.ts";
import type { PendingApproval } from "../../src/protocol/host.ts";
import { type AnyItem, isKnownItem } from "../../src/protocol/items.ts";
import { Exploration } from "../items/exploration.tsx";
import { ItemView } from "../items/index.tsx";
import { textOf } from "../items/user-message.tsx";
import { memo } from "../memo.ts";
import { RetryNotice } from "./retry-notice.tsx";
import { rowsOf } from "./rows.ts";
import { TurnEnd } from "./turn-end.tsx";
import { Working } from "./working.tsx";

interface TurnProps {
  readonly turn: TurnView;
  /** 1-based position in the thread; null: not known. */
  readonly number: number | null;
  readonly isLast: boolean;
  /** Approvals that wait in this turn. */
  readonly approvals: readonly PendingApproval[];
}

/** One user input and all that follows, under a heading of its own. */
export const TurnSection = memo(({ turn, number, isLast, approvals }: TurnProps) => {
  const headingId = useId();
  const isRunning = turn.status === "inProgress";
  return (
    <section class="turn" aria-labelledby={headingId}>
      <h2 id={headingId} class="sr-only">
        {headingOf(turn, number)}
      </h2>
      {rowsOf(turn.items).map((row) =>
        row.kind === "exploration" ? (
          <Exploration key={`looked ${row.items[0]?.id ?? ""}`} items={row.items} />
        ) : (
          <ItemView
            key={row.item.id}
            item={row.item}
            isOpen={isOpen(turn, row.item, row.index)}
            approval={approvals.find(({ itemId }) => itemId === row.item.id) ?? null}
          />
        ),
      )}
      {isRunning && turn.retry !== null && <RetryNotice error={turn.retry} />}
      {isRunning && turn.retry === null && approvals.length === 0 && !showsWork(turn) && (
        <Working startedAt={turn.startedAt} />
      )}
      {!isRunning && <TurnEnd turn={turn} isLast={isLast} />}
    </section>
  );
});

function headingOf(turn: TurnView, number: number | null): string {
  const first = turn.items.find((item) => item.type === "userMessage");
  const text = first !== undefined && isKnownItem(first) && first.type === "userMessage" ? textOf(first).trim() : "";
  const turnName = number === null ? "Turn" : `Turn ${number}`;
  return text === "" ? turnName : `${turnName}: ${text.slice(0, 80)}`;
}

function isOpen({ items, status }: TurnView, item: AnyItem, index: number): boolean {
  if (typeof item.completedAtMs === "number") return false;
  const isInProgress = "status" in item && item.status === "inProgress";
  // A command may go on after its turn, such as a server that was started; one that was stopped takes its commands along.
  if (status !== "inProgress") return status === "completed" && isInProgress && item.type === "commandExecution";
  // Servers that do not tell completion times leave only the last item open.
  return isInProgress || index === items.length - 1;
}

/** The last line has a moving icon of its own. */
function showsWork(turn: TurnView): boolean {
  const index = turn.items.length - 1;
  const item = turn.items[index];
  if (item === undefined || !isOpen(turn, item, index)) return false;
  return item.type === "commandExecution" || item.type === "fileChange" || item.type === "reasoning";
}
