import type { AskForApproval, SandboxPolicy } from "../../protocol/settings.ts";
import { mayAsk } from "../thread/settings.ts";

/** What is known about a command line before it runs. */
export interface CommandFacts {
  readonly approvalPolicy: AskForApproval;
  readonly sandbox: SandboxPolicy;
  /** The model asks to leave the sandbox. */
  readonly isEscalated: boolean;
  /** Plan mode: what leaves the sandbox is asked every time. */
  readonly isPlanMode: boolean;
  /** Whether the user allowed this very command for the session, run that way. */
  remembers(isSandboxed: boolean): boolean;
  /** Why no sandbox can be had; null: it can. */
  readonly sandboxFailure: string | null;
}

export type CommandVerdict =
  | { readonly kind: "run"; readonly isSandboxed: boolean }
  /** Ask; accepted, it runs as `isSandboxed` says. `why`: the server's own reason; null: the model's justification is the reason. */
  | { readonly kind: "ask"; readonly isSandboxed: boolean; readonly why: string | null }
  /** Nobody may be asked; `text` tells the model. */
  | { readonly kind: "refuse"; readonly text: string };

/**
 * Decides about one command. Pure. Nothing runs unconfined without either a sandbox mode that the user set to full access or an answer
 * of the user to this very command.
 */
export function judgeCommand(facts: CommandFacts): CommandVerdict {
  const { approvalPolicy, sandbox, isEscalated, isPlanMode, sandboxFailure } = facts;
  const isOpen = sandbox.type === "dangerFullAccess" || sandbox.type === "externalSandbox";
  if (isOpen) {
    return approvalPolicy === "untrusted" && !facts.remembers(false)
      ? { kind: "ask", isSandboxed: false, why: null }
      : { kind: "run", isSandboxed: false };
  }
  if (isEscalated || sandboxFailure !== null) {
    const why = sandboxFailure === null ? null : `It would run without a sandbox: ${sandboxFailure}`;
    if (mayAsk(approvalPolicy)) {
      return !isPlanMode && facts.remembers(false)
        ? { kind: "run", isSandboxed: false }
        : { kind: "ask", isSandboxed: false, why };
    }
    return {
      kind: "refuse",
      text:
        sandboxFailure === null
          ? "not run: approval policy is never, so a command cannot leave the sandbox. Find a way inside it, or report what is missing."
          : `not run: there is no sandbox (${sandboxFailure}) and approval policy is never. Report this to the user.`,
    };
  }
  if (approvalPolicy === "untrusted" && !facts.remembers(true)) return { kind: "ask", isSandboxed: true, why: null };
  return { kind: "run", isSandboxed: true };
}
