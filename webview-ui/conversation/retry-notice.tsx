import { useEffect, useState } from "preact/hooks";
import type { TurnError } from "../../src/protocol/turns.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Icon } from "../controls/icon.tsx";
import { useNow } from "../controls/use-now.ts";
import { usePanel } from "../panel-context.ts";

/** The server will try again by itself: says when, and lets the user stop it. */
export function RetryNotice({ error }: { error: TurnError }) {
  const { store } = usePanel();
  const [until, setUntil] = useState<number | null>(null);
  useEffect(() => setUntil(error.retryInMs === undefined ? null : Date.now() + error.retryInMs), [error]);
  const now = useNow(until !== null, 250);
  const seconds = until === null ? 0 : Math.ceil((until - now) / 1000);
  return (
    <div class="notice warning">
      <p class="notice-title">
        <Icon name="warning" />
        <span>{seconds > 0 ? `Trying again in ${seconds} s` : "Trying again"}</span>
      </p>
      <p class="notice-text">{error.message.slice(0, 4000)}</p>
      <div class="actions">
        <ActionButton onClick={store.stop}>Stop</ActionButton>
      </div>
    </div>
  );
}
