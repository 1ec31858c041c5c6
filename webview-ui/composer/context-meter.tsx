import type { ThreadTokenUsage, TokenCost } from "../../src/protocol/settings.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Popup } from "../controls/popup.tsx";
import { formatAmount, formatCount } from "../units.ts";

const circumference = 2 * Math.PI * 6;

interface ContextMeterProps {
  readonly usage: ThreadTokenUsage;
  /** A turn runs: the context cannot be made smaller now. */
  readonly isRunning: boolean;
  readonly onCompact: () => void;
}

/** How much of the model's window the thread fills, and what it has used in all. */
export function ContextMeter({ usage, isRunning, onCompact }: ContextMeterProps) {
  const window = usage.modelContextWindow ?? null;
  const used = usage.last.totalTokens;
  const share = window === null || window <= 0 ? null : Math.min(used / window, 1);
  const percent = share === null ? null : Math.round(share * 100);
  const label =
    window === null || percent === null
      ? `${formatCount(used)} tokens in context`
      : `Context ${percent}% full: ${formatCount(used)} of ${formatCount(window)} tokens`;
  const { total, cost } = usage;
  return (
    <Popup
      kind="dialog"
      label={label}
      face={
        <>
          <svg
            class="ring"
            data-level={share !== null && share > 0.8 ? "high" : "normal"}
            viewBox="0 0 16 16"
            aria-hidden="true"
          >
            <circle cx="8" cy="8" r="6" />
            <circle
              class="ring-value"
              cx="8"
              cy="8"
              r="6"
              stroke-dasharray={`${(share ?? 0) * circumference} ${circumference}`}
              transform="rotate(-90 8 8)"
            />
          </svg>
          <span class="chip-text narrow-hidden">{percent === null ? formatCount(used) : `${percent}%`}</span>
        </>
      }
    >
      {(close) => (
        <div class="meter">
          <p class="meter-title">{label}</p>
          <table>
            <caption>This thread, in tokens</caption>
            <tbody>
              <Row name="Input" count={total.inputTokens} />
              <Row name="of it from cache" count={total.cachedInputTokens} />
              <Row name="Output" count={total.outputTokens} />
              <Row name="of it reasoning" count={total.reasoningOutputTokens} />
              <Row name="Total" count={total.totalTokens} />
            </tbody>
          </table>
          {cost !== undefined && <Cost {...cost} />}
          <ActionButton
            isDisabled={isRunning}
            onClick={() => {
              close();
              onCompact();
            }}
          >
            Compact conversation
          </ActionButton>
          {isRunning && <p class="meter-hint">Possible when the turn has ended.</p>}
        </div>
      )}
    </Popup>
  );
}

function Cost({ currency, last, turn, total }: TokenCost) {
  return (
    <table>
      <caption>Cost in {currency}, by your prices</caption>
      <tbody>
        {last !== null && <Amount name="Last call" amount={last} />}
        <Amount name="Turn" amount={turn} />
        <Amount name="Thread" amount={total} />
      </tbody>
    </table>
  );
}

function Amount({ name, amount }: { name: string; amount: number }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{formatAmount(amount)}</td>
    </tr>
  );
}

function Row({ name, count }: { name: string; count: number }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{count.toLocaleString("en")}</td>
    </tr>
  );
}
