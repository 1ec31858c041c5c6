import { useState } from "preact/hooks";
import type { TurnView } from "../../src/client/thread-view.ts";
import { isKnownItem } from "../../src/protocol/items.ts";
import type { TurnError } from "../../src/protocol/turns.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon } from "../controls/icon.tsx";
import { diffCounts } from "../diff/diff-rows.ts";
import { textOf } from "../items/user-message.tsx";
import { usePanel } from "../panel-context.ts";
import { formatCount, formatDuration, plural } from "../units.ts";
import { adviceFor, type WayOut } from "./error-advice.ts";

/** Characters of a message or its details; a provider may answer with a whole page. */
const maxShown = 4000;

/** How a turn ended: what it took and changed; an error with its ways out, for as long as it is the last turn. */
export function TurnEnd({ turn, isLast }: { turn: TurnView; isLast: boolean }) {
  return (
    <>
      {turn.error !== null && turn.status !== "completed" && (
        <TurnErrorNotice turn={turn} error={turn.error} isLast={isLast} />
      )}
      <p class="turn-summary">
        {turn.status === "interrupted" && (
          <span>
            <Icon name="circleSlash" /> Stopped
          </span>
        )}
        {factsOf(turn).map((fact) => (
          <span key={fact}>{fact}</span>
        ))}
      </p>
    </>
  );
}

function TurnErrorNotice({ turn, error, isLast }: { turn: TurnView; error: TurnError; isLast: boolean }) {
  const { store } = usePanel();
  const [isAsked, setIsAsked] = useState(false);
  const { title, ways } = adviceFor(error);
  const details = error.additionalDetails?.trim() ?? "";
  const act = (way: WayOut): void => {
    if (way.kind === "command") store.runCommand(way.command);
    else {
      setIsAsked(true); // a second click would send it twice
      void store.submit(retryText(turn)).then((isTaken) => setIsAsked(isTaken)); // a failure to send is shown by the store
    }
  };
  return (
    <div class="notice error">
      <p class="notice-title">
        <Icon name="error" />
        <span>{title}</span>
      </p>
      <p class="notice-text">{error.message.slice(0, maxShown)}</p>
      {details !== "" && (
        <Disclosure isOpenAtFirst={false} class="quiet" summary={<span class="row-title">Details</span>}>
          <pre class="plain-output" role="group" tabIndex={0} aria-label="Details of the error">
            {details.slice(0, maxShown)}
          </pre>
        </Disclosure>
      )}
      {isLast && (
        <div class="actions">
          {ways.map((way, index) => (
            <ActionButton
              key={way.label}
              onClick={() => act(way)}
              tone={index === 0 ? "primary" : "secondary"}
              isDisabled={way.kind === "retry" && isAsked}
            >
              {way.kind === "retry" && hasWork(turn) ? "Continue" : way.label}
            </ActionButton>
          ))}
        </div>
      )}
    </div>
  );
}

const hasWork = (turn: TurnView): boolean => turn.items.some((item) => item.type !== "userMessage");

/** A turn that got nowhere is asked for again; one that did some work is asked to go on from there. */
function retryText(turn: TurnView): string {
  if (hasWork(turn)) return "Continue where you stopped.";
  const said = turn.items.flatMap((item) => (isKnownItem(item) && item.type === "userMessage" ? [textOf(item)] : []));
  return said.join("\n\n") || "Try again.";
}

function factsOf(turn: TurnView): string[] {
  const facts: string[] = [];
  if (turn.durationMs !== null) facts.push(`Worked for ${formatDuration(turn.durationMs)}`);
  const changes = turn.items.flatMap((item) =>
    isKnownItem(item) && item.type === "fileChange" && item.status === "completed" ? item.changes : [],
  );
  if (changes.length > 0) {
    const counts = changes.map(diffCounts);
    const added = counts.reduce((sum, count) => sum + count.added, 0);
    const removed = counts.reduce((sum, count) => sum + count.removed, 0);
    facts.push(`${plural(new Set(changes.map(({ path }) => path)).size, "file")} changed +${added} −${removed}`);
  }
  if (turn.tokens !== null) facts.push(`${formatCount(turn.tokens.totalTokens)} tokens`);
  return facts;
}
