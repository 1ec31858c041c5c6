import * as z from "zod";
import { EditorState } from "./editor-state.ts";
import { AnyItem } from "./items.ts";
import {
  ApprovalsReviewer,
  AskForApproval,
  CollaborationMode,
  ReasoningEffort,
  ReasoningSummary,
  ReviewEdits,
  SandboxPolicy,
  UserInput,
  unused,
} from "./settings.ts";

const status = z.object({ httpStatusCode: z.number().int().nullish() });

/** Machine-readable cause of a failed turn or a retry. Words a client does not know are kept as they are. */
export const CodexErrorInfo = z.lazy(() =>
  z.union([
    z.enum([
      "contextWindowExceeded",
      "sessionBudgetExceeded",
      "usageLimitExceeded",
      "rateLimitExceeded",
      "serverOverloaded",
      "modelNotFound",
      "internalServerError",
      "unauthorized",
      "badRequest",
      "sandboxError",
      "other",
    ]),
    z.object({ httpConnectionFailed: status }),
    z.object({ responseStreamConnectionFailed: status }),
    z.object({ responseStreamDisconnected: status }),
    z.object({ responseTooManyFailedAttempts: status }),
    z.string(),
    z.looseObject({}),
  ]),
);
export type CodexErrorInfo = z.infer<typeof CodexErrorInfo>;

export const TurnError = z.lazy(() =>
  z.looseObject({
    message: z.string(),
    codexErrorInfo: CodexErrorInfo.nullish(),
    additionalDetails: z.string().nullish(),
    misalignment: unused,
    /** Turnwright's opt-in: how long until the next attempt, for a countdown. Only with `willRetry`. */
    retryInMs: z.number().optional(),
  }),
);
export type TurnError = z.infer<typeof TurnError>;

export const TurnStatus = z.enum(["completed", "interrupted", "failed", "inProgress"]);
export type TurnStatus = z.infer<typeof TurnStatus>;

export const Turn = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    rootTurnId: z.string().nullish(),
    items: z.array(AnyItem),
    itemsView: z.enum(["notLoaded", "summary", "full"]).default("full"),
    status: TurnStatus,
    error: TurnError.nullish(),
    /** Unix seconds. */
    startedAt: z.number().nullish(),
    completedAt: z.number().nullish(),
    durationMs: z.number().nullish(),
  }),
);
export type Turn = z.infer<typeof Turn>;

/** Overrides stick for this and later turns of the thread. */
export const TurnStartParams = z.object({
  threadId: z.string(),
  input: z.array(UserInput),
  clientUserMessageId: z.string().nullish(),
  cwd: z.string().nullish(),
  approvalPolicy: AskForApproval.nullish(),
  approvalsReviewer: ApprovalsReviewer.nullish(),
  sandboxPolicy: SandboxPolicy.nullish(),
  model: z.string().nullish(),
  effort: ReasoningEffort.nullish(),
  summary: ReasoningSummary.nullish(),
  collaborationMode: CollaborationMode.nullish(),
  reviewEdits: ReviewEdits.nullish(),
  /** Turnwright's opt-in: what the user has before them; the model is told when it changes. */
  editor: EditorState.nullish(),
});
export type TurnStartParams = z.infer<typeof TurnStartParams>;
export const TurnStartResponse = z.lazy(() => z.looseObject({ turn: Turn }));

export const TurnSteerParams = z.object({
  threadId: z.string(),
  expectedTurnId: z.string(),
  input: z.array(UserInput),
  clientUserMessageId: z.string().nullish(),
});
export const TurnSteerResponse = z.lazy(() => z.looseObject({ turnId: z.string() }));

export const TurnInterruptParams = z.object({ threadId: z.string(), turnId: z.string() });
export const TurnInterruptResponse = z.lazy(() => z.looseObject({}));
