import { useId } from "preact/hooks";
import type { TurnView } from "../../src/client/thread-view.ts";
import type { PendingApproval } from "../../src/protocol/host.ts";
import { type AnyItem, isKnownItem } from "../../src/protocol/items.ts";
import { ItemView } from "../items/index.tsx";
import { textOf } from "../items/user-message.tsx";
import { memo } from "../memo.ts";
import { RetryNotice } from "./retry-notice.tsx";
import { TurnEnd } from "./turn-end.tsx";
import { Working } from "./working.tsx";

interface TurnProps {
  readonly turn: TurnView;
  /** 1-based position in the thread. */
  readonly number: number;
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
      {turn.items.map((item, index) => (
        <ItemView
          key={item.id}
          item={item}
          isOpen={isRunning && isUnfinished(item, index === turn.items.length - 1)}
          approval={approvals.find(({ itemId }) => itemId === item.id) ?? null}
        />
      ))}
      {isRunning && turn.retry !== null && <RetryNotice error={turn.retry} />}
      {isRunning && turn.retry === null && approvals.length === 0 && !turn.items.some(showsWork) && (
        <Working startedAt={turn.startedAt} />
      )}
      {!isRunning && <TurnEnd turn={turn} isLast={isLast} />}
    </section>
  );
});

function headingOf(turn: TurnView, number: number): string {
  const first = turn.items.find((item) => item.type === "userMessage");
  const text = first !== undefined && isKnownItem(first) && first.type === "userMessage" ? textOf(first).trim() : "";
  return text === "" ? `Turn ${number}` : `Turn ${number}: ${text.slice(0, 80)}`;
}

/** Servers that do not tell completion times leave only the last item open. */
function isUnfinished(item: AnyItem, isLast: boolean): boolean {
  if (typeof item.completedAtMs === "number") return false;
  return isLast || ("status" in item && item.status === "inProgress");
}

/** Open items of these types have a moving icon of their own. */
function showsWork(item: AnyItem, index: number, items: readonly AnyItem[]): boolean {
  if (!isUnfinished(item, index === items.length - 1)) return false;
  return item.type === "commandExecution" || item.type === "fileChange" || item.type === "reasoning";
}
