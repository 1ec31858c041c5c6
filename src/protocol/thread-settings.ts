import * as z from "zod";
import type { MethodTable } from "./methods.ts";
import {
  ApprovalsReviewer,
  AskForApproval,
  CollaborationMode,
  ReasoningEffort,
  ReasoningSummary,
  ReviewEdits,
  SandboxPolicy,
} from "./settings.ts";

/** What the later turns of a thread run under. */
export const ThreadSettings = z.lazy(() =>
  z.looseObject({
    cwd: z.string(),
    environments: z
      .array(z.object({ environmentId: z.string(), cwd: z.string(), runtimeWorkspaceRoots: z.array(z.string()) }))
      .nullish(),
    approvalPolicy: AskForApproval,
    approvalsReviewer: ApprovalsReviewer,
    sandboxPolicy: SandboxPolicy,
    activePermissionProfile: z.unknown().optional(),
    model: z.string(),
    modelProvider: z.string(),
    serviceTier: z.string().nullish(),
    effort: ReasoningEffort.nullish(),
    summary: ReasoningSummary.nullish(),
    collaborationMode: CollaborationMode,
    /** Turnwright's: the review in force, for clients that opted in. */
    reviewEdits: ReviewEdits.optional(),
  }),
);

const model = { model: z.string().nullish(), effort: ReasoningEffort.nullish(), summary: ReasoningSummary.nullish() };

export const settingsMethods = {
  /**
   * As the overrides of `turn/start`, without a turn. While one runs, permissions hold at once and the rest from the next turn on.
   * @notifies thread/settings/updated
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "thread/settings/update": {
    params: z.lazy(() =>
      z.object({
        threadId: z.string(),
        ...model,
        cwd: z.string().nullish(),
        approvalPolicy: AskForApproval.nullish(),
        sandboxPolicy: SandboxPolicy.nullish(),
        collaborationMode: CollaborationMode.nullish(),
        reviewEdits: ReviewEdits.nullish(),
      }),
    ),
    result: z.lazy(() => z.looseObject({})),
    experimental: true,
  },
  /**
   * Holds for the next requests of that turn, and for no other one. `targetUnavailable`: the turn does not run (any more).
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   */
  "turn/settings/update": {
    params: z.lazy(() => z.object({ threadId: z.string(), turnId: z.string(), ...model })),
    result: z.lazy(() => z.looseObject({ status: z.enum(["applied", "targetUnavailable"]) })),
    experimental: true,
  },
} as const satisfies MethodTable;

export const settingsNotifications = {
  /** What later turns run under has changed. */
  "thread/settings/updated": z.lazy(() => z.looseObject({ threadId: z.string(), threadSettings: ThreadSettings })),
} as const;
