import type { PendingApproval } from "../../src/protocol/host.ts";
import type { ItemOf } from "../../src/protocol/items.ts";
import { CommandApproval } from "../approvals/command-approval.tsx";
import { CopyButton } from "../controls/copy-button.tsx";
import { Disclosure } from "../controls/disclosure.tsx";
import { Icon, type IconName } from "../controls/icon.tsx";
import { useNow } from "../controls/use-now.ts";
import { OutputView } from "../output/output-view.tsx";
import { usePanel } from "../panel-context.ts";
import { relativePath } from "../paths.ts";
import { formatDuration } from "../units.ts";
import { visibleText } from "../visible-text.ts";
import { describeActions, scriptOf } from "./script.ts";

type CommandItem = ItemOf<"commandExecution">;
type CommandState = "running" | "waiting" | "succeeded" | "failed" | "declined" | "stopped";

const icons: { readonly [S in CommandState]: IconName } = {
  running: "loading",
  waiting: "shield",
  succeeded: "check",
  failed: "error",
  declined: "circleSlash",
  stopped: "circleSlash",
};
/** Lines of output shown at first: while it runs, and of a failure. */
const tail = 8;

interface CommandProps {
  readonly item: CommandItem;
  readonly isOpen: boolean;
  readonly approval: PendingApproval | null;
}

export function CommandExecution({ item, isOpen, approval }: CommandProps) {
  const { cwd } = usePanel();
  const state = stateOf(item, isOpen, approval);
  const script = scriptOf(item.command);
  const folder = relativePath(item.cwd, cwd);
  const isElsewhere = item.cwd !== "" && item.cwd !== cwd;
  const output = item.aggregatedOutput ?? "";
  if (approval?.kind === "command" && approval.surface === "panel") {
    return <CommandApproval key={approval.itemId} approval={approval} />; // it shows the command in full
  }
  return (
    <div class="item command" data-state={state}>
      <Disclosure
        isOpenAtFirst={state === "running" || state === "failed"}
        summary={
          <>
            <Icon name={icons[state]} isSpinning={state === "running"} />
            <CommandTitle item={item} script={script} state={state} />
            <Outcome item={item} state={state} />
          </>
        }
      >
        <div class="command-script">
          <pre role="group" tabIndex={0} aria-label="Command">
            {visibleText(script)}
          </pre>
          <CopyButton text={script} label="Copy command" />
        </div>
        {isElsewhere && (
          <p class="note">
            <Icon name="folder" /> in {visibleText(folder)}
          </p>
        )}
        {output === "" ? <p class="note">{emptyOutput(state)}</p> : <OutputView output={output} tail={tail} />}
      </Disclosure>
      {approval?.kind === "command" && <CommandApproval key={approval.itemId} approval={approval} />}
    </div>
  );
}

/** In words where the command only looks at something, else its first line. */
function CommandTitle({ item, script, state }: { item: CommandItem; script: string; state: CommandState }) {
  const words = state === "succeeded" ? describeActions(item.commandActions) : null;
  if (words !== null) return <span class="row-title">{visibleText(words)}</span>;
  const line = visibleText(script.trim().split("\n", 1)[0] ?? "");
  return (
    <span class="row-title mono" title={script.length > line.length ? undefined : line}>
      {line}
    </span>
  );
}

function Outcome({ item, state }: { item: CommandItem; state: CommandState }) {
  if (state === "running") return <RunningTime startedAtMs={item.startedAtMs ?? null} />;
  return <span class="row-meta">{outcomeText(item, state)}</span>;
}

function RunningTime({ startedAtMs }: { startedAtMs: number | null }) {
  const now = useNow(startedAtMs !== null);
  return (
    <span class="row-meta">
      {startedAtMs === null || now - startedAtMs < 1000
        ? "running"
        : formatDuration(Math.floor((now - startedAtMs) / 1000) * 1000)}
    </span>
  );
}

function outcomeText(item: CommandItem, state: CommandState): string {
  const time = typeof item.durationMs === "number" ? formatDuration(item.durationMs) : "";
  switch (state) {
    case "waiting":
      return "needs your answer";
    case "declined":
      return "declined";
    case "stopped":
      return "stopped";
    case "failed":
      return [typeof item.exitCode === "number" ? `exit ${item.exitCode}` : "failed", time].filter(Boolean).join(" · ");
    case "running":
    case "succeeded":
      return time;
  }
}

function emptyOutput(state: CommandState): string {
  switch (state) {
    case "running":
      return "No output yet.";
    case "waiting":
      return "Not run yet.";
    case "declined":
      return "Not run: you declined it.";
    case "succeeded":
    case "failed":
    case "stopped":
      return "No output.";
  }
}

function stateOf(item: CommandItem, isOpen: boolean, approval: PendingApproval | null): CommandState {
  if (approval !== null) return "waiting";
  switch (item.status) {
    case "inProgress":
      return isOpen ? "running" : "stopped";
    case "completed":
      return (item.exitCode ?? 0) === 0 ? "succeeded" : "failed";
    case "failed":
      return "failed";
    case "declined":
      return "declined";
  }
}
