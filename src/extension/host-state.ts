import type { HostState, LocalModels, PendingApproval } from "../protocol/host.ts";
import type { ServerStatus } from "./server.ts";
import type { SessionState } from "./session.ts";

/** Everything the panel's state is made of. */
export interface HostStateParts {
  readonly server: ServerStatus;
  /** Before the first handshake, what the setting suggests. */
  readonly isTurnwright: boolean;
  readonly session: SessionState;
  readonly isTrusted: boolean;
  readonly workspaceName: string | null;
  /** What the start was told, until a thread says what it really runs with. */
  readonly isDemoChosen: boolean;
  /** What there is in place of the demo; null where the demo was chosen, or something else is. */
  readonly localModels: LocalModels | null;
  readonly sendKey: HostState["sendKey"];
  readonly approvals: PendingApproval[];
}

/** The state as the panel gets it. A server that was never used counts as starting: the first use starts it. */
export function hostState(parts: HostStateParts): HostState {
  const { server, session, workspaceName } = parts;
  const isDemo = session.modelProvider === null ? parts.isDemoChosen : session.modelProvider === "demo";
  return {
    server: {
      status: server.status === "idle" ? "starting" : server.status,
      message: server.message ?? session.notice,
      isTurnwright: parts.isTurnwright,
    },
    threadId: session.threadId,
    mode: session.mode,
    modes: session.modes,
    isTrusted: parts.isTrusted,
    model: session.model,
    modelProvider: session.modelProvider,
    models: session.models,
    isDemo,
    localModels: isDemo ? parts.localModels : null,
    hasWorkspace: workspaceName !== null,
    workspaceName,
    sendKey: parts.sendKey,
    approvals: parts.approvals,
  };
}
