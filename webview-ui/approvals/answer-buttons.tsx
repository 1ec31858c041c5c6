import type { PendingFile } from "../../src/protocol/host.ts";
import { IconButton } from "../controls/icon-button.tsx";
import { usePanel } from "../panel-context.ts";
import { useGuard } from "./use-guard.ts";

/** Accept and Reject for one of several files; what was answered is shown instead. */
export function AnswerButtons({ itemId, file, name }: { itemId: string; file: PendingFile; name: string }) {
  const { store } = usePanel();
  const isArmed = useGuard();
  if (file.decision !== "pending") {
    return <span class={`tag ${file.decision}`}>{file.decision === "accept" ? "accepted" : "rejected"}</span>;
  }
  const answer = (decision: "accept" | "decline") => (): void =>
    store.answerFile({ itemId, path: file.path, decision });
  return (
    <>
      <IconButton icon="close" label={`Reject ${name}`} isDisabled={!isArmed} onClick={answer("decline")} />
      <IconButton icon="check" label={`Accept ${name}`} isDisabled={!isArmed} onClick={answer("accept")} />
    </>
  );
}
