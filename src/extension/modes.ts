import type { Mode } from "../protocol/host.ts";
import type { ClientMethods, ParamsIn } from "../protocol/methods.ts";
import type {
  AskForApproval,
  CollaborationMode,
  ReviewEdits,
  SandboxMode,
  SandboxPolicy,
} from "../protocol/settings.ts";
import type { WorkspaceWrite } from "./workspace-write.ts";

/** What the window allows and what the connected server understands. */
export interface ModeContext {
  readonly isTrusted: boolean;
  readonly hasWorkspace: boolean;
  /** False for another app server: it does not know `reviewEdits`. */
  readonly isTurnwright: boolean;
  /** The model in force, where known; another server demands it beside the collaboration mode. */
  readonly model: string | null;
  /** The user's own settings for workspace-write, from the server's configuration. */
  readonly workspaceWrite: WorkspaceWrite;
}

type ThreadOverrides = Pick<ParamsIn<ClientMethods, "thread/start">, "approvalPolicy" | "sandbox" | "reviewEdits">;
type TurnOverrides = Pick<
  ParamsIn<ClientMethods, "turn/start">,
  "approvalPolicy" | "sandboxPolicy" | "reviewEdits" | "collaborationMode"
>;

interface Meaning {
  readonly sandbox: SandboxMode;
  readonly approvalPolicy: AskForApproval;
  readonly reviewEdits: ReviewEdits;
  readonly collaboration: CollaborationMode["mode"];
}

const meanings: Readonly<Record<Mode, Meaning>> = {
  plan: { sandbox: "read-only", approvalPolicy: "on-request", reviewEdits: "ask", collaboration: "plan" },
  ask: { sandbox: "workspace-write", approvalPolicy: "on-request", reviewEdits: "ask", collaboration: "default" },
  agent: { sandbox: "workspace-write", approvalPolicy: "on-request", reviewEdits: "after", collaboration: "default" },
  full: { sandbox: "danger-full-access", approvalPolicy: "never", reviewEdits: "after", collaboration: "default" },
};

/** Modes the user may choose now, the most careful first. Without trust, or without a folder to work in, only Plan. */
export const allowedModes = (context: Pick<ModeContext, "isTrusted" | "hasWorkspace">): Mode[] =>
  context.isTrusted && context.hasWorkspace ? ["plan", "ask", "agent", "full"] : ["plan"];

/** The mode that really holds: a wish beyond what is allowed becomes Plan, whatever was stored or asked for. */
export const effectiveMode = (wish: Mode, context: Pick<ModeContext, "isTrusted" | "hasWorkspace">): Mode =>
  allowedModes(context).includes(wish) ? wish : "plan";

/** What `thread/start` is given for a mode. */
export function threadOverrides(wish: Mode, context: ModeContext): ThreadOverrides {
  const { sandbox, approvalPolicy, reviewEdits } = meaningOf(wish, context);
  return { sandbox, approvalPolicy, ...(context.isTurnwright ? { reviewEdits } : {}) };
}

/** What `turn/start` is given for a mode. Sent with every turn: a resumed thread may remember another mode. */
export function turnOverrides(wish: Mode, context: ModeContext): TurnOverrides {
  const { sandbox, approvalPolicy, reviewEdits, collaboration } = meaningOf(wish, context);
  const shared = { approvalPolicy, sandboxPolicy: sandboxPolicy(sandbox, context.workspaceWrite) };
  if (context.isTurnwright) return { ...shared, reviewEdits, collaborationMode: { mode: collaboration } };
  if (context.model === null) return shared;
  const settings = { model: context.model, reasoning_effort: null, developer_instructions: null };
  return { ...shared, collaborationMode: { mode: collaboration, settings } };
}

function meaningOf(wish: Mode, context: ModeContext): Meaning {
  const mode = effectiveMode(wish, context);
  // What a folder without trust asks for is not even a question: nothing leaves the read-only sandbox.
  if (!context.isTrusted) return { ...meanings.plan, approvalPolicy: "never" };
  // Another server asks for a patch only when the sandbox forbids it, so Ask is read-only there.
  if (mode === "ask" && !context.isTurnwright) return { ...meanings.ask, sandbox: "read-only" };
  return meanings[mode];
}

function sandboxPolicy(sandbox: SandboxMode, workspaceWrite: WorkspaceWrite): SandboxPolicy {
  switch (sandbox) {
    case "read-only":
      return { type: "readOnly", networkAccess: false };
    case "workspace-write":
      return { type: "workspaceWrite", ...workspaceWrite, writableRoots: [...workspaceWrite.writableRoots] };
    case "danger-full-access":
      return { type: "dangerFullAccess" };
  }
}
