import type { AskForApproval, ReviewEdits, SandboxPolicy } from "../../protocol/settings.ts";

/** What is known about a verified patch before it is written. */
export interface PatchFacts {
  readonly isPlanMode: boolean;
  readonly approvalPolicy: AskForApproval;
  readonly sandbox: SandboxPolicy;
  readonly reviewEdits: ReviewEdits;
  readonly mayAsk: boolean;
  /** Absolute paths outside the writable roots. */
  readonly outside: readonly string[];
  /** Absolute paths that steer the editor, git or an agent. */
  readonly guarded: readonly string[];
  /** Absolute paths with further names: the other names keep the old content. */
  readonly hardLinked: readonly string[];
}

export type PatchVerdict =
  | { readonly kind: "write" }
  | { readonly kind: "ask"; readonly reason: string | null }
  | { readonly kind: "refuse"; readonly text: string };

/**
 * Decides about one patch. Pure. Under full access everything is written, unless the user wants to review; else what lies outside or is guarded is
 * never written without an answer.
 */
export function judgePatch(facts: PatchFacts): PatchVerdict {
  const { isPlanMode, approvalPolicy, sandbox, reviewEdits, outside, guarded, hardLinked } = facts;
  if (isPlanMode) {
    return {
      kind: "refuse",
      text: "patch refused: plan mode is on, nothing is changed. Describe the change as a step of the plan instead.",
    };
  }
  const isReviewed = facts.mayAsk && (reviewEdits === "ask" || approvalPolicy === "untrusted");
  if (sandbox.type === "dangerFullAccess" && !isReviewed) return { kind: "write" };
  const reasons = [
    ...(sandbox.type === "readOnly" || outside.length === 0
      ? []
      : [`It writes outside the folders that are open for changes: ${outside.join(", ")}`]),
    ...(guarded.length === 0 ? [] : [`It changes files that steer the editor, git or an agent: ${guarded.join(", ")}`]),
    ...(hardLinked.length === 0
      ? []
      : [`The file has further names (hard links) that keep the old content: ${hardLinked.join(", ")}`]),
  ];
  const reason = reasons.length === 0 ? null : reasons.join("\n");
  const isFree = outside.length === 0 && guarded.length === 0 && hardLinked.length === 0;
  if (!facts.mayAsk) {
    if (isFree) return { kind: "write" };
    const why = reason ?? "the sandbox is read-only";
    return {
      kind: "refuse",
      text: `patch refused: ${why}. Nobody is asked under the approval policy in force; report what you would change.`,
    };
  }
  if (isFree && !isReviewed) return { kind: "write" };
  return { kind: "ask", reason };
}
