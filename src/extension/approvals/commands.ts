import type {
  CommandApprovalDecision,
  CommandApprovalParams,
  CommandApprovalResponse,
} from "../../protocol/approvals.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { PendingApproval } from "../../protocol/host.ts";
import { commandButtons, commandDialog, commandQuestion, wordsAsText } from "./command-dialog.ts";
import type { CommandDecision, CommandQuestion, DialogButton } from "./command-dialog.ts";
import type { ModalQueue } from "./modal-queue.ts";

export interface CommandApprovalPorts {
  readonly modals: ModalQueue;
  /** Opens the modal; undefined when it went away without a button. */
  showDialog(
    text: { message: string; detail: string },
    buttons: readonly DialogButton[],
  ): Promise<CommandDecision | undefined>;
  /** `turnwright.approvals`. */
  preferredSurface(): "dialog" | "panel";
  isPanelVisible(): boolean;
  tell(message: string): void;
  /** The list of what waits has changed. */
  changed(): void;
}

export interface CommandApprovals {
  /** Puts one request to the user; resolves with the first answer, or with `cancel` when the signal aborts or the turn ends. */
  ask(params: CommandApprovalParams, signal: AbortSignal): Promise<CommandApprovalResponse>;
  /** The panel's card was answered. Throws for what the panel may not decide. */
  answerFromPanel(itemId: string, decision: CommandDecision): void;
  /** The panel went out of sight: what waits in it moves to the dialog. */
  panelHidden(): void;
  turnEnded(turnId: string): void;
  pending(): PendingApproval[];
}

interface Entry {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  readonly question: CommandQuestion;
  surface: "dialog" | "panel";
  isSettled: boolean;
  settle(decision: CommandDecision): void;
}

/** For good only what the server proposed. */
const wireDecision = (decision: CommandDecision, { alwaysAllow }: CommandQuestion): CommandApprovalDecision =>
  decision === "acceptForGood"
    ? { acceptWithExecpolicyAmendment: { execpolicy_amendment: [...(alwaysAllow ?? [])] } }
    : decision;

/** One surface per request: a modal blocks the window and cannot be withdrawn, so it never competes with a card. */
export function createCommandApprovals(ports: CommandApprovalPorts): CommandApprovals {
  const entries = new Set<Entry>();

  const surfaceOf = (question: CommandQuestion): Entry["surface"] =>
    !question.isDangerous && ports.preferredSurface() === "panel" && ports.isPanelVisible() ? "panel" : "dialog";

  const openDialog = async (entry: Entry): Promise<void> => {
    const answer = await ports.modals.ask<CommandDecision>({
      show: (again) => ports.showDialog(commandDialog(entry.question, { again }), commandButtons(entry.question)),
      allows: (decision) => decision !== "decline" && decision !== "cancel",
      isWithdrawn: () => entry.isSettled,
    });
    if (!entry.isSettled) entry.settle(answer ?? "decline");
    else if (answer !== undefined) ports.tell("That command no longer waits for an answer. Your answer was not used.");
  };

  const start = (entry: Entry): void => {
    // A dialog that cannot be shown must not leave the turn waiting for ever.
    if (entry.surface === "dialog") openDialog(entry).catch(() => entry.settle("decline"));
  };

  return {
    ask: (params, signal) =>
      new Promise((resolve) => {
        const question = commandQuestion(params);
        const entry: Entry = {
          threadId: params.threadId,
          turnId: params.turnId,
          itemId: params.itemId,
          question,
          surface: surfaceOf(question),
          isSettled: false,
          settle: (decision) => {
            if (entry.isSettled) return;
            entry.isSettled = true;
            entries.delete(entry);
            ports.changed();
            resolve({ decision: wireDecision(decision, question) });
          },
        };
        if (signal.aborted) return resolve({ decision: "cancel" });
        signal.addEventListener("abort", () => entry.settle("cancel"), { once: true });
        entries.add(entry);
        ports.changed();
        start(entry);
      }),

    answerFromPanel: (itemId, decision) => {
      const entry = [...entries].find((candidate) => candidate.itemId === itemId);
      if (entry === undefined) throw invalidRequest("This command no longer waits for an answer.");
      if (entry.surface === "dialog") throw invalidRequest("This command is answered in the dialog.");
      if (decision === "acceptForSession" && !entry.question.canAllowForSession) {
        throw invalidRequest("The server does not offer to run this command again without asking.");
      }
      if (decision === "acceptForGood" && entry.question.alwaysAllow === null) {
        throw invalidRequest("The server does not offer to allow this command for good.");
      }
      entry.settle(decision);
    },

    panelHidden: () => {
      for (const entry of entries) {
        if (entry.surface !== "panel") continue;
        entry.surface = "dialog";
        ports.changed();
        start(entry);
      }
    },

    turnEnded: (turnId) => {
      for (const entry of [...entries]) if (entry.turnId === turnId) entry.settle("cancel");
    },

    pending: () =>
      [...entries].map(({ threadId, itemId, question, surface }) => ({
        kind: "command",
        itemId,
        threadId,
        surface,
        script: question.script,
        cwd: question.cwd,
        reason: question.reason,
        dangerous: question.isDangerous,
        unsandboxed: question.isUnsandboxed,
        canAllowForSession: question.canAllowForSession,
        alwaysAllow: question.alwaysAllow === null ? null : wordsAsText(question.alwaysAllow),
      })),
  };
}
