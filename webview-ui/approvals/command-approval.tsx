import { useState } from "preact/hooks";
import type { PendingApproval } from "../../src/protocol/host.ts";
import { ActionButton } from "../controls/action-button.tsx";
import { Icon } from "../controls/icon.tsx";
import { usePanel } from "../panel-context.ts";
import { visibleText } from "../visible-text.ts";
import { useGuard } from "./use-guard.ts";

type Pending = Extract<PendingApproval, { kind: "command" }>;
type Decision = "accept" | "acceptForSession" | "acceptForGood" | "decline" | "cancel";

/** Asks whether a command may run. In the order of the dialog: what refuses first, then what allows, last what ends the turn. */
export function CommandApproval({ approval }: { approval: Pending }) {
  if (approval.surface === "dialog") {
    return (
      <div class="approval waiting">
        <p class="approval-title">
          <Icon name="shield" /> Waiting for your answer in the dialog
        </p>
        <Reason approval={approval} />
      </div>
    );
  }
  // One command can be asked about twice, first in the sandbox and then outside of it: the second question is another card.
  return <Card key={`${approval.itemId} ${approval.reason}`} approval={approval} />;
}

function Card({ approval }: { approval: Pending }) {
  const { store } = usePanel();
  const isArmed = useGuard();
  const [isAnswered, setIsAnswered] = useState(false);
  const isDisabled = !isArmed || isAnswered;
  const answer = (decision: Decision) => (): void => {
    setIsAnswered(true);
    void store.answerCommand({ itemId: approval.itemId, decision }).then((isTaken) => {
      if (!isTaken) setIsAnswered(false); // the store says why; the question is still open
    });
  };
  const script = visibleText(approval.script);
  return (
    <div class="approval" role="group" aria-label={`Approval: run ${script.slice(0, 300)}`}>
      <p class="approval-title">
        <Icon name={approval.dangerous ? "warning" : "shield"} />
        {approval.dangerous ? "This command can do harm. It can be allowed in the dialog only." : "Run this command?"}
      </p>
      <pre class="approval-script" role="group" tabIndex={0} aria-label="Command to run">
        {script}
      </pre>
      <dl class="facts">
        <dt>Folder</dt>
        <dd>{visibleText(approval.cwd)}</dd>
        <dt>Runs</dt>
        <dd>
          {approval.unsandboxed
            ? "Outside the sandbox, with your rights: it can change any file of yours and use the network."
            : "Inside the sandbox, in which it can change the workspace only."}
        </dd>
        {approval.alwaysAllow !== null && !approval.dangerous && (
          <>
            <dt>Always allow</dt>
            <dd>
              Every command that begins with <code>{visibleText(approval.alwaysAllow)}</code> runs without a question
              from now on, in all threads, also outside the sandbox.
            </dd>
          </>
        )}
      </dl>
      <Reason approval={approval} />
      <div class="actions">
        <ActionButton onClick={answer("decline")} isDisabled={isDisabled}>
          Decline
        </ActionButton>
        {!approval.dangerous && ( // what can do harm is allowed in a dialog of the editor only
          <>
            <ActionButton onClick={answer("accept")} isDisabled={isDisabled} tone="primary">
              Run
            </ActionButton>
            {approval.canAllowForSession && (
              <ActionButton onClick={answer("acceptForSession")} isDisabled={isDisabled}>
                Run and don’t ask again this session
              </ActionButton>
            )}
            {approval.alwaysAllow !== null && (
              <ActionButton onClick={answer("acceptForGood")} isDisabled={isDisabled}>
                Always allow <code>{visibleText(approval.alwaysAllow)}</code>
              </ActionButton>
            )}
          </>
        )}
        <ActionButton onClick={answer("cancel")} isDisabled={isDisabled}>
          Stop turn
        </ActionButton>
      </div>
    </div>
  );
}

function Reason({ approval }: { approval: Pending }) {
  if (approval.reason === null || approval.reason.trim() === "") return null;
  return <p class="approval-reason">{visibleText(approval.reason)}</p>;
}
