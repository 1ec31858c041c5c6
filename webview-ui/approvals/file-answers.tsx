import type { PendingApproval } from "../../src/protocol/host.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { usePanel } from "../panel-context.ts";
import { plural } from "../units.ts";
import { visibleText } from "../visible-text.ts";
import { useGuard } from "./use-guard.ts";

type Pending = Extract<PendingApproval, { kind: "files" }>;

/** The answers to a proposed change: for its one file, or for all that are still open. */
export function FileAnswers({ approval }: { approval: Pending }) {
  const { store } = usePanel();
  const isArmed = useGuard();
  const { itemId, files, reason } = approval;
  const open = files.filter(({ decision }) => decision === "pending");
  const single = files.length === 1 ? files[0] : undefined;
  const answerAll = (decision: "accept" | "decline") => (): void =>
    single === undefined
      ? store.answerAllFiles({ itemId, decision })
      : store.answerFile({ itemId, path: single.path, decision });
  const suffix = single === undefined ? " all" : "";
  return (
    <div class="approval files" role="group" aria-label="Review of the proposed change">
      {reason !== null && reason.trim() !== "" && <p class="approval-reason">{visibleText(reason)}</p>}
      {single === undefined && (
        <p class="note">
          {open.length === files.length ? plural(files.length, "file") : `${open.length} of ${files.length} files`} to
          review. Nothing is written until you accept it.
        </p>
      )}
      <div class="actions">
        <ActionButton
          onClick={() => (single === undefined ? store.openAllDiffs(itemId) : store.openDiff(itemId, single.path))}
        >
          {single === undefined ? "Review all" : "Open diff"}
        </ActionButton>
        <ActionButton onClick={answerAll("decline")} isDisabled={!isArmed || open.length === 0}>
          {`Reject${suffix}`}
        </ActionButton>
        <ActionButton onClick={answerAll("accept")} isDisabled={!isArmed || open.length === 0} tone="primary">
          {`Accept${suffix}`}
        </ActionButton>
      </div>
    </div>
  );
}
