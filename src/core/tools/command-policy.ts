import type { AskForApproval, SandboxPolicy } from "../../protocol/settings.ts";
import type { Judgement } from "../exec/policy/verdict.ts";
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
  /** What the command policy says of it; null: it stays in the sandbox, and no rule of the user's is about that. */
  readonly judgement: Judgement | null;
}

export type CommandVerdict =
  | { readonly kind: "run"; readonly isSandboxed: boolean }
  /** Ask; accepted, it runs as `isSandboxed` says. `why`: the server's own reason; null: the model's justification is the reason. */
  | { readonly kind: "ask"; readonly isSandboxed: boolean; readonly why: string | null }
  /** Not run; `text` tells the model. */
  | { readonly kind: "refuse"; readonly text: string };

/**
 * Decides about one command. Pure. Nothing runs unconfined without a sandbox mode that the user set to full access, an answer or a rule of the
 * user's, or, where no sandbox can be had, the command policy's word that it only looks. What is dangerous is asked about each time.
 */
export function judgeCommand(facts: CommandFacts): CommandVerdict {
  const { approvalPolicy, sandbox, isEscalated, sandboxFailure, judgement } = facts;
  if (judgement?.isForbidden === true) {
    return { kind: "refuse", text: `not run: ${judgement.reason} Do not try to do the same in another way.` };
  }
  if (sandbox.type === "dangerFullAccess" || sandbox.type === "externalSandbox") return judgeOpen(facts);
  if (isEscalated || sandboxFailure !== null) return judgeUnconfined(facts);
  if (judgement?.isRestricted === true) return askOrRefuse(facts, judgement, true);
  const isAsked = approvalPolicy === "untrusted" && judgement?.verdict !== "safe" && !facts.remembers(true);
  return isAsked ? { kind: "ask", isSandboxed: true, why: whyOf(judgement) } : { kind: "run", isSandboxed: true };
}

/** The user took the sandbox away, or something else confines the server as a whole. */
function judgeOpen(facts: CommandFacts): CommandVerdict {
  const { approvalPolicy, judgement, sandbox } = facts;
  const needsAnswer = sandbox.type === "externalSandbox" ? judgement?.isRestricted : judgement?.needsAnswer;
  if (judgement !== null && needsAnswer === true) return askOrRefuse(facts, judgement, false);
  return approvalPolicy === "untrusted" && judgement?.verdict !== "safe" && !facts.remembers(false)
    ? { kind: "ask", isSandboxed: false, why: whyOf(judgement) }
    : { kind: "run", isSandboxed: false };
}

/** It would run with the user's rights although there is to be a sandbox. */
function judgeUnconfined(facts: CommandFacts): CommandVerdict {
  const { approvalPolicy, isPlanMode, sandboxFailure, judgement } = facts;
  if (!mayAsk(approvalPolicy)) {
    return {
      kind: "refuse",
      text:
        sandboxFailure === null
          ? "not run: approval policy is never, so a command cannot leave the sandbox. Find a way inside it, or report what is missing."
          : `not run: there is no sandbox (${sandboxFailure}) and approval policy is never. Report this to the user.`,
    };
  }
  const isSafe = judgement?.verdict === "safe";
  // To look at the workspace it need not leave: should the policy be wrong about it, it stays confined.
  if (isSafe && !judgement.isAllowedByRule && sandboxFailure === null) return { kind: "run", isSandboxed: true };
  const mayRun = isSafe
    ? !isPlanMode || !judgement.isAllowedByRule // a plan changes nothing: what a rule allows may
    : judgement?.needsAnswer !== true && !isPlanMode && facts.remembers(false);
  if (mayRun) return { kind: "run", isSandboxed: false };
  const noSandbox = sandboxFailure === null ? null : `It would run without a sandbox: ${sandboxFailure}`;
  const why = [noSandbox, whyOf(judgement)].filter((text) => text !== null).join("\n");
  return { kind: "ask", isSandboxed: false, why: why === "" ? null : why };
}

function askOrRefuse({ approvalPolicy }: CommandFacts, judgement: Judgement, isSandboxed: boolean): CommandVerdict {
  if (mayAsk(approvalPolicy)) return { kind: "ask", isSandboxed, why: whyOf(judgement) };
  return {
    kind: "refuse",
    text: `not run: ${judgement.reason} Such a command needs the user's answer, and approval policy is never. Find a way without it, or report what is missing.`,
  };
}

/** What is only unknown needs no words of ours: the question is about it anyway. */
const whyOf = (judgement: Judgement | null): string | null =>
  judgement?.needsAnswer === true ? judgement.reason : null;
