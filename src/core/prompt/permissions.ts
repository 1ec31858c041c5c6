import type { AskForApproval, ReviewEdits, SandboxPolicy } from "../../protocol/settings.ts";

export interface Permissions {
  readonly sandbox: SandboxPolicy;
  readonly approvalPolicy: AskForApproval;
  readonly reviewEdits: ReviewEdits;
  readonly isPlanMode: boolean;
  /** Absolute; where a workspace-write sandbox lets commands and patches write. */
  readonly writableRoots: readonly string[];
}

/** Tells the model what it may do and when the user is asked. Sent at the start, and again, whole, after a change. */
export function permissionsText(permissions: Permissions): string {
  const lines = [
    sandboxText(permissions.sandbox, permissions.writableRoots),
    networkText(permissions.sandbox),
    approvalText(permissions.approvalPolicy, permissions.sandbox),
    editsText(permissions),
  ];
  return `<permissions instructions>\n${lines.filter((line) => line !== "").join("\n")}\n</permissions instructions>`;
}

function sandboxText(sandbox: SandboxPolicy, roots: readonly string[]): string {
  switch (sandbox.type) {
    case "readOnly":
      return "`sandbox_mode` is `read-only`: commands can read files but change none.";
    case "workspaceWrite":
      return `\`sandbox_mode\` is \`workspace-write\`: commands can read files, and change those under ${roots.map((root) => `\`${root}\``).join(", ")} and in the temp folder. Version control data (\`.git\`) and editor and agent settings in there are read-only.`;
    case "dangerFullAccess":
      return "`sandbox_mode` is `danger-full-access`: commands are not confined. Take care.";
    case "externalSandbox":
      return "Commands run in a sandbox that was set up around this program.";
    default:
      return sandbox satisfies never;
  }
}

function networkText(sandbox: SandboxPolicy): string {
  const isOpen =
    sandbox.type === "dangerFullAccess" ||
    (sandbox.type === "externalSandbox" ? sandbox.networkAccess === "enabled" : sandbox.networkAccess);
  return isOpen
    ? "Network access is enabled."
    : "Network access is restricted: commands reach only servers they start themselves.";
}

function approvalText(policy: AskForApproval, sandbox: SandboxPolicy): string {
  if (policy === "never") {
    return "`approval_policy` is `never`: nobody is asked. What the sandbox does not allow fails; find another way or report it.";
  }
  if (policy === "untrusted")
    return "`approval_policy` is `untrusted`: the user is asked before each command that does more than look.";
  if (sandbox.type === "dangerFullAccess") return "`approval_policy` is `on-request`.";
  return (
    "`approval_policy` is `on-request`: a command runs in the sandbox without a question. When it must leave the sandbox (network, version control writes, " +
    'paths outside), set sandbox_permissions to "require_escalated" with a justification, and the user is asked. What only looks at the workspace stays in the sandbox.'
  );
}

function editsText({ sandbox, reviewEdits, isPlanMode, approvalPolicy }: Permissions): string {
  if (isPlanMode) {
    return "Plan mode is on: explore with read-only commands and propose a plan; patches are refused. Give the plan with update_plan and explain it, then stop.";
  }
  if (sandbox.type === "readOnly" && approvalPolicy !== "never") return "The user is asked about each patch.";
  if (reviewEdits === "ask" && approvalPolicy !== "never") {
    return "The user reviews each patch before it is written and may accept all, some files, or none; the output of the call says which.";
  }
  return "";
}
