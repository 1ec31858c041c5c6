import type { GitInfo, Thread, ThreadStatus } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import { seconds } from "./clock.ts";
import type { SessionMeta } from "./rollout/lines.ts";
import { effectiveReview, type ThreadSettings } from "./settings.ts";
import type { LoadedThread } from "./threads.ts";

/** A loaded thread with what it runs under. */
export const describeLoaded = (
  thread: Thread,
  settings: ThreadSettings,
  instructionSources: readonly string[],
): LoadedThread => ({
  thread,
  model: settings.model,
  modelProvider: settings.modelProvider,
  cwd: settings.cwd,
  instructionSources,
  approvalPolicy: settings.approvalPolicy,
  sandbox: settings.sandbox,
  reasoningEffort: settings.effort,
  reviewEdits: effectiveReview(settings),
});

/** A turn that has just begun. */
export const turnInProgress = (turnId: string): Turn => ({
  id: turnId,
  rootTurnId: turnId,
  items: [],
  itemsView: "notLoaded",
  status: "inProgress",
  error: null,
  startedAt: null,
  completedAt: null,
  durationMs: null,
});

/** A thread as the wire shows it; members and nulls follow codex app-server 0.169.0. */
export const describeThread = ({
  meta,
  settings,
  preview,
  name,
  git,
  updatedAtMs,
  status,
  path,
  turns,
  isReadOnly = false,
}: {
  readonly meta: SessionMeta;
  readonly settings: Pick<ThreadSettings, "cwd" | "model" | "modelProvider" | "effort">;
  readonly preview: string;
  readonly name: string | null;
  readonly git: GitInfo | null;
  readonly updatedAtMs: number;
  readonly status: ThreadStatus;
  readonly path: string | null;
  readonly turns: readonly Turn[];
  /** Another process has it open: it is shown, and cannot be talked to. */
  readonly isReadOnly?: boolean;
}): Thread => ({
  id: meta.id,
  environments:
    status.type === "notLoaded"
      ? null
      : [{ environmentId: "local", cwd: settings.cwd, runtimeWorkspaceRoots: [settings.cwd] }],
  extra: null,
  sessionId: meta.id,
  forkedFromId: meta.forkedFromId,
  attachedToThreadId: null,
  parentThreadId: null,
  preview,
  ephemeral: path === null,
  section: null,
  sectionEnteredAt: null,
  projectId: null,
  historyMode: "paginated",
  modelProvider: settings.modelProvider,
  model: settings.model,
  reasoningEffort: settings.effort,
  createdAt: seconds(meta.createdAtMs),
  updatedAt: seconds(updatedAtMs),
  recencyAt: seconds(updatedAtMs),
  status,
  path,
  cwd: settings.cwd,
  cliVersion: meta.cliVersion,
  originator: meta.originator,
  source: "vscode",
  canAcceptDirectInput: status.type === "notLoaded" ? null : !isReadOnly,
  threadSource: null,
  agentNickname: null,
  agentRole: null,
  gitInfo: git,
  name,
  daybreakEnabled: null,
  turns: [...turns],
});
