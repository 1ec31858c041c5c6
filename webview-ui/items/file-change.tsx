import { useMemo } from "preact/hooks";
import type { PendingApproval, PendingFile } from "../../src/protocol/host.ts";
import type { FileUpdateChange, ItemOf } from "../../src/protocol/items.ts";
import { FileAnswers } from "../approvals/file-answers.tsx";
import { Icon, type IconName } from "../controls/icon.tsx";
import { diffCounts } from "../diff/diff-rows.ts";
import { Counts } from "../diff/counts.tsx";
import { FileDiff } from "../diff/file-diff.tsx";
import { plural } from "../units.ts";

type FileChangeItem = ItemOf<"fileChange">;
type ChangeState = "writing" | "waiting" | "applied" | "declined" | "failed" | "stopped";

const looks: { readonly [S in ChangeState]: { readonly icon: IconName; readonly words: string } } = {
  writing: { icon: "loading", words: "writing" },
  waiting: { icon: "diff", words: "to review" },
  applied: { icon: "check", words: "" },
  declined: { icon: "circleSlash", words: "rejected" },
  failed: { icon: "error", words: "not applied" },
  stopped: { icon: "circleSlash", words: "stopped" },
};

interface FileChangeProps {
  readonly item: FileChangeItem;
  readonly isOpen: boolean;
  readonly approval: PendingApproval | null;
}

/** One patch: its files, each with its diff, and the answers while it waits for the user. */
export function FileChange({ item, isOpen, approval }: FileChangeProps) {
  const pending = approval?.kind === "files" ? approval : null;
  const state = stateOf(item, isOpen, pending !== null);
  const totals = useMemo(() => totalsOf(item.changes), [item.changes]);
  const isProposal = state === "waiting" || state === "declined" || state === "failed";
  return (
    <div class="item files" data-state={state}>
      <div class="row static">
        <Icon name={looks[state].icon} isSpinning={state === "writing"} />
        <span class="row-title">{titleOf(item.changes.length, isProposal)}</span>
        <Counts {...totals} />
        {looks[state].words !== "" && <span class="row-meta">{looks[state].words}</span>}
      </div>
      <ul class="file-list">
        {item.changes.map((change, index) => (
          <FileDiff
            key={`${index} ${change.path}`}
            itemId={item.id}
            change={change}
            pending={pending?.files.find(({ path }) => path === change.path) ?? null}
            isOnly={item.changes.length === 1}
            canOpenDiff={state === "waiting" || state === "applied"}
          />
        ))}
      </ul>
      {pending !== null && <FileAnswers key={pending.itemId} approval={withFiles(pending, item)} />}
    </div>
  );
}

function titleOf(files: number, isProposal: boolean): string {
  if (!isProposal) return `Changed ${plural(files, "file")}`;
  return files === 1 ? "Proposed change" : `Proposed: ${plural(files, "file")}`;
}

/** A host that does not know the files yet says so with an empty list; the item has them. */
function withFiles(pending: Extract<PendingApproval, { kind: "files" }>, item: FileChangeItem) {
  if (pending.files.length > 0) return pending;
  const files = item.changes.map((change): PendingFile => ({
    path: change.path,
    kind: change.kind.type === "update" && typeof change.kind.move_path === "string" ? "move" : change.kind.type,
    ...diffCounts(change),
    decision: "pending",
  }));
  return { ...pending, files };
}

function totalsOf(changes: readonly FileUpdateChange[]): { added: number; removed: number } {
  const counts = changes.map(diffCounts);
  return {
    added: counts.reduce((sum, { added }) => sum + added, 0),
    removed: counts.reduce((sum, { removed }) => sum + removed, 0),
  };
}

function stateOf(item: FileChangeItem, isOpen: boolean, isPending: boolean): ChangeState {
  if (isPending) return "waiting";
  switch (item.status) {
    case "inProgress":
      return isOpen ? "writing" : "stopped";
    case "completed":
      return "applied";
    case "failed":
      return "failed";
    case "declined":
      return "declined";
  }
}
