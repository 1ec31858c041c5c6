import { effectiveReview, type ThreadSettings } from "../core/thread/settings.ts";
import type { NoticeIn, ServerNotifications } from "../protocol/methods.ts";
import { ReasoningSummary, type SandboxPolicy } from "../protocol/settings.ts";

const profiles: Readonly<Partial<Record<SandboxPolicy["type"], string>>> = {
  readOnly: ":read-only",
  workspaceWrite: ":workspace",
  dangerFullAccess: ":danger-full-access",
};

/** The built-in profile that a sandbox stands for; null: there is none. */
export const permissionProfileOf = ({
  type,
}: SandboxPolicy): { readonly id: string; readonly extends: null } | null => {
  const id = profiles[type];
  return id === undefined ? null : { id, extends: null };
};

/** Settings as the wire has them; members and nulls follow codex app-server 0.169.0. `hasReview`: with our own members. */
export function wireSettings(
  settings: ThreadSettings,
  hasReview: boolean,
): NoticeIn<ServerNotifications, "thread/settings/updated">["threadSettings"] {
  const { cwd, model, effort, developerInstructions } = settings;
  return {
    disabledPluginIds: [],
    cwd,
    environments: [{ environmentId: "local", cwd, runtimeWorkspaceRoots: [cwd] }],
    approvalPolicy: settings.approvalPolicy,
    approvalsReviewer: "user",
    sandboxPolicy: settings.sandbox,
    activePermissionProfile: permissionProfileOf(settings.sandbox),
    model,
    modelProvider: settings.modelProvider,
    serviceTier: null,
    effort,
    // The configuration may name another one, which goes to the model as it is.
    summary: ReasoningSummary.safeParse(settings.summary).data ?? null,
    collaborationMode: {
      mode: settings.isPlanMode ? "plan" : "default",
      settings: { model, reasoning_effort: effort, developer_instructions: developerInstructions },
    },
    multiAgentMode: "explicitRequestOnly",
    personality: null,
    ...(hasReview ? { reviewEdits: effectiveReview(settings) } : {}),
  };
}
