import type { RefObject } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { HostState, PendingApproval } from "../../src/protocol/host.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Icon } from "../controls/icon.tsx";
import { CommandApproval } from "../approvals/command-approval.tsx";
import { FileAnswers } from "../approvals/file-answers.tsx";
import { MessageText } from "../items/user-message.tsx";
import { usePanel } from "../panel-context.ts";
import { pageOfTurns, type PanelState } from "../store.ts";
import { EmptyState } from "./empty-state.tsx";
import { TurnSection } from "./turn-section.tsx";
import { useStickyScroll } from "./use-sticky-scroll.ts";

const noApprovals: readonly PendingApproval[] = [];

export function Conversation({ state, host }: { state: PanelState; host: HostState }) {
  const { store } = usePanel();
  // On the page; each "Show earlier" brings as many more.
  const [shownTurns, setShownTurns] = useState(pageOfTurns);
  const { view, preview, loading, sending } = state;
  const turns = view?.turns ?? preview;
  const first = Math.max(turns.length - shownTurns, 0);
  const { scroller, content, isAtEnd, toEnd } = useStickyScroll(turns[first]?.id);
  const hasEarlier = view !== null && view.earlier !== null;
  /** Null: how many turns there are before is not known. */
  const numberOf = (index: number): number | null => (view === null || hasEarlier ? null : first + index + 1);
  const showEarlier = (): void => {
    setShownTurns(shownTurns + pageOfTurns);
    if (first < pageOfTurns && hasEarlier) void store.loadEarlier();
  };
  const approvals = view === null ? noApprovals : host.approvals.filter(({ threadId }) => threadId === view.thread.id);
  const isEmpty = turns.length === 0 && sending.length === 0 && loading.kind === "idle";
  return (
    <div class="conversation">
      {/* Deltas would be read out one by one; milestones are announced elsewhere. */}
      <div ref={scroller} class="scroller" role="log" aria-live="off" aria-label="Conversation" tabIndex={0}>
        <div ref={content} class="column">
          {isEmpty && <EmptyState host={host} />}
          {(first > 0 || hasEarlier) && (
            <EarlierButton
              label={`Show earlier turns${hasEarlier ? "" : ` (${first})`}`}
              isLoading={state.isLoadingEarlier}
              scroller={scroller}
              onClick={showEarlier}
            />
          )}
          {turns.slice(first).map((turn, index) => {
            const isLast = first + index === turns.length - 1;
            return (
              <TurnSection
                key={turn.id}
                turn={turn}
                number={numberOf(index)}
                isLast={isLast}
                approvals={isLast ? approvals : noApprovals}
              />
            );
          })}
          <Orphans approvals={approvals} itemIds={new Set(turns.at(-1)?.items.map(({ id }) => id))} />
          {sending.map(({ text, turnId }, index) => (
            <SendingMessage key={index} text={text} isSteer={turns.some(({ id }) => id === turnId)} />
          ))}
          {loading.kind === "loading" && turns.length === 0 && sending.length === 0 && (
            <p class="note loading">Loading the thread…</p>
          )}
          {loading.kind === "failed" && <LoadFailure message={loading.message} />}
        </div>
      </div>
      {!isAtEnd && (
        <button
          type="button"
          class={approvals.length > 0 ? "to-end wanted" : "to-end"}
          onClick={toEnd}
          aria-label={approvals.length > 0 ? "Answer needed: jump to it" : "Jump to latest"}
          title="Jump to latest"
        >
          <Icon name="arrowDown" />
          {approvals.length > 0 && "Answer needed"}
        </button>
      )}
    </div>
  );
}

interface EarlierButtonProps {
  readonly label: string;
  readonly isLoading: boolean;
  readonly scroller: RefObject<HTMLElement | null>;
  readonly onClick: () => void;
}

/** When it goes while it has the focus, the conversation gets that. */
function EarlierButton({ label, isLoading, scroller, onClick }: EarlierButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const element = button.current;
    return () => {
      if (document.activeElement === element) scroller.current?.focus({ preventScroll: true });
    };
  }, [scroller]);
  return (
    <button
      ref={button}
      type="button"
      class="link more earlier"
      aria-disabled={isLoading}
      aria-busy={isLoading}
      onClick={onClick}
    >
      {label}
    </button>
  );
}

/** A message until the thread tells it back. A running turn takes it at its next step, which can be a while. */
function SendingMessage({ text, isSteer }: { text: string; isSteer: boolean }) {
  return (
    <div class="user-message sending" aria-busy="true">
      <MessageText text={text} />
      {isSteer && <p class="note">The agent reads this at its next step.</p>}
    </div>
  );
}

/** An approval must be answerable even if its item is not on the page. */
function Orphans({ approvals, itemIds }: { approvals: readonly PendingApproval[]; itemIds: ReadonlySet<string> }) {
  const orphans = approvals.filter(({ itemId }) => !itemIds.has(itemId));
  return (
    <>
      {orphans.map((approval) =>
        approval.kind === "command" ? (
          <CommandApproval key={approval.itemId} approval={approval} />
        ) : (
          <FileAnswers key={approval.itemId} approval={approval} />
        ),
      )}
    </>
  );
}

function LoadFailure({ message }: { message: string }) {
  const { store } = usePanel();
  return (
    <div class="notice error">
      <p class="notice-title">
        <Icon name="error" />
        <span>The thread could not be loaded</span>
      </p>
      <p class="notice-text">{message}</p>
      <div class="actions">
        <ActionButton onClick={store.reload} tone="primary">
          Try again
        </ActionButton>
        <ActionButton onClick={() => store.runCommand("newThread")}>New thread</ActionButton>
        <ActionButton onClick={() => store.runCommand("showLog")}>Show log</ActionButton>
      </div>
    </div>
  );
}
