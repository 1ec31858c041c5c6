import * as z from "zod";
import { AnyItem } from "./items.ts";
import {
  ApprovalsReviewer,
  AskForApproval,
  ReasoningEffort,
  ReviewEdits,
  SandboxMode,
  SandboxPolicy,
  unused,
} from "./settings.ts";
import { Turn } from "./turns.ts";

export const ThreadStatus = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("notLoaded") }),
    z.object({ type: z.literal("idle") }),
    z.object({ type: z.literal("systemError") }),
    z.object({ type: z.literal("active"), activeFlags: z.array(z.enum(["waitingOnApproval", "waitingOnUserInput"])) }),
  ]),
);
export type ThreadStatus = z.infer<typeof ThreadStatus>;

export const GitInfo = z.lazy(() =>
  z.object({
    sha: z.string().nullish(),
    branch: z.string().nullish(),
    originUrl: z.string().nullish(),
  }),
);
export type GitInfo = z.infer<typeof GitInfo>;

/** A conversation. Times are Unix seconds; `path` is the rollout file, null when ephemeral. */
export const Thread = z.lazy(() =>
  z.looseObject({
    id: z.string(),
    environments: z
      .array(z.object({ environmentId: z.string(), cwd: z.string(), runtimeWorkspaceRoots: z.array(z.string()) }))
      .nullish(),
    extra: unused,
    sessionId: z.string(),
    forkedFromId: z.string().nullish(),
    attachedToThreadId: unused,
    parentThreadId: z.string().nullish(),
    /** The first words of the user; empty before the first turn. */
    preview: z.string(),
    ephemeral: z.boolean(),
    section: unused,
    sectionEnteredAt: unused,
    projectId: z.string().nullable(),
    historyMode: z.enum(["legacy", "paginated"]).default("legacy"),
    modelProvider: z.string(),
    model: z.string().nullish(),
    reasoningEffort: ReasoningEffort.nullish(),
    createdAt: z.number(),
    updatedAt: z.number(),
    recencyAt: z.number().nullish(),
    status: ThreadStatus,
    path: z.string().nullish(),
    cwd: z.string(),
    cliVersion: z.string(),
    originator: z.string().nullish(),
    source: z.unknown(),
    canAcceptDirectInput: z.boolean().nullish(),
    threadSource: z.string().nullish(),
    agentNickname: z.string().nullish(),
    agentRole: z.string().nullish(),
    gitInfo: GitInfo.nullish(),
    name: z.string().nullish(),
    daybreakEnabled: unused,
    turns: z.array(Turn),
  }),
);
export type Thread = z.infer<typeof Thread>;

/** What a client may say of what a thread runs under. */
export const threadOverrides = {
  model: z.string().nullish(),
  modelProvider: z.string().nullish(),
  cwd: z.string().nullish(),
  approvalPolicy: AskForApproval.nullish(),
  approvalsReviewer: ApprovalsReviewer.nullish(),
  sandbox: SandboxMode.nullish(),
  /** Dotted configuration keys, as `-c` takes them. */
  config: z.record(z.string(), z.unknown()).nullish(),
  baseInstructions: z.string().nullish(),
  developerInstructions: z.string().nullish(),
  reviewEdits: ReviewEdits.nullish(),
};

export const ThreadStartParams = z.object({
  ...threadOverrides,
  ephemeral: z.boolean().nullish(),
  /** The history and the responses of the model are told as they are, too. */
  experimentalRawEvents: z.boolean().nullish(),
});
export type ThreadStartParams = z.infer<typeof ThreadStartParams>;

/** What a thread runs with; the result of start and resume. */
const threadSettings = {
  thread: Thread,
  model: z.string(),
  modelProvider: z.string(),
  serviceTier: unused,
  disabledPluginIds: z.array(z.string()).default([]),
  cwd: z.string(),
  runtimeWorkspaceRoots: z.array(z.string()).optional(),
  /** Absolute paths of the AGENTS.md files in use. */
  instructionSources: z.array(z.string()).default([]),
  approvalPolicy: AskForApproval,
  approvalsReviewer: ApprovalsReviewer,
  sandbox: SandboxPolicy,
  activePermissionProfile: z.unknown().optional(),
  reasoningEffort: ReasoningEffort.nullish(),
  multiAgentMode: z.unknown().optional(),
  /** Turnwright's: the review in force, for clients that opted in. */
  reviewEdits: ReviewEdits.optional(),
  /** Turnwright's: the number of the last notification of the thread that this answer includes, for clients that opted in. */
  sequence: z.number().optional(),
};

export const ThreadStartResponse = z.lazy(() => z.looseObject(threadSettings));
export type ThreadStartResponse = z.infer<typeof ThreadStartResponse>;

const SortDirection = z.enum(["asc", "desc"]);
const limit = z.number().int().min(0).nullish();
const cursors = { nextCursor: z.string().nullish(), backwardsCursor: z.string().nullish() };

/** Newest first unless `sortDirection` says otherwise. */
const turnsPage = {
  limit,
  /** Summary unless said otherwise: what the user wrote, and the last answer. */
  itemsView: z.enum(["notLoaded", "summary", "full"]).nullish(),
  sortDirection: SortDirection.nullish(),
};

export const ThreadResumeParams = z.object({
  threadId: z.string(),
  /** `thread.turns` of the answer is empty; they can be read page by page. */
  excludeTurns: z.boolean().nullish(),
  /** The first page of thread/turns/list, as it is at the instant of the answer. */
  initialTurnsPage: z.object(turnsPage).nullish(),
  /** Turnwright's: the number of the last notification that the client has seen; what came after it is sent again, and no turns. */
  afterSequence: z.number().int().nullish(),
  ...threadOverrides,
});
export type ThreadResumeParams = z.infer<typeof ThreadResumeParams>;
export const ThreadResumeResponse = z.lazy(() =>
  z.looseObject({
    ...threadSettings,
    collaborationMode: z.unknown().optional(),
    /** Turnwright's, present if `afterSequence` was asked for. False: that is too long ago, and the answer is a whole one. */
    isReplayed: z.boolean().optional(),
    /** Null: none was asked for, or what came after `afterSequence` is sent in its place. */
    initialTurnsPage: z.looseObject({ data: z.array(Turn), ...cursors }).nullish(),
    /** Pages of turns and of items that begin with the newest one and go back; null: there is none, or no turns are sent. */
    turnsBackwardsCursor: z.string().nullish(),
    itemsBackwardsCursor: z.string().nullish(),
  }),
);
export type ThreadResumeResponse = z.infer<typeof ThreadResumeResponse>;

export const ThreadReadParams = z.object({ threadId: z.string(), includeTurns: z.boolean().nullish() });
export const ThreadReadResponse = z.lazy(() => z.looseObject({ thread: Thread, readState: z.unknown().optional() }));

/** Entries of a filter. */
const maxFilter = 1000;

export const ThreadIdParams = z.object({ threadId: z.string() });
export const ThreadEmptyResponse = z.lazy(() => z.looseObject({}));

export const ThreadLoadedListParams = z.object({ cursor: z.string().nullish(), limit });
export const ThreadLoadedListResponse = z.lazy(() =>
  z.looseObject({ data: z.array(z.string()), nextCursor: z.string().nullish() }),
);

export const ThreadUnsubscribeResponse = z.lazy(() =>
  z.looseObject({ status: z.enum(["notLoaded", "notSubscribed", "unsubscribed"]) }),
);

export const ThreadSetNameParams = z.object({ threadId: z.string(), name: z.string() });

export const ThreadUnarchiveResponse = z.lazy(() => z.looseObject({ thread: Thread }));

export const ThreadTurnsListParams = z.object({ threadId: z.string(), cursor: z.string().nullish(), ...turnsPage });
export const ThreadTurnsListResponse = z.lazy(() => z.looseObject({ data: z.array(Turn), ...cursors }));

/** Oldest first unless `sortDirection` says otherwise. */
export const ThreadItemsListParams = z.object({
  threadId: z.string(),
  /** Null: items of all turns. */
  turnId: z.string().nullish(),
  cursor: z.string().nullish(),
  limit,
  sortDirection: SortDirection.nullish(),
});
export const ThreadItemsListResponse = z.lazy(() =>
  z.looseObject({
    data: z.array(
      z.looseObject({
        turnId: z.string(),
        item: AnyItem,
        startedAtMs: z.number().nullish(),
        completedAtMs: z.number().nullish(),
      }),
    ),
    ...cursors,
  }),
);

export const ThreadSourceKind = z.enum([
  "cli",
  "vscode",
  "exec",
  "appServer",
  "subAgent",
  "subAgentReview",
  "subAgentCompact",
  "subAgentThreadSpawn",
  "subAgentOther",
  "unknown",
]);

/** Newest first by creation unless said otherwise. Of each filter that is a list, null or none but for `cwd` means all. */
export const ThreadListParams = z.lazy(() =>
  z.object({
    cursor: z.string().nullish(),
    limit,
    sortKey: z.enum(["created_at", "updated_at", "recency_at", "section_position"]).nullish(),
    sortDirection: SortDirection.nullish(),
    modelProviders: z.array(z.string()).max(maxFilter).nullish(),
    sourceKinds: z.array(ThreadSourceKind).max(maxFilter).nullish(),
    originators: z.array(z.string()).max(maxFilter).nullish(),
    /** The working directory, or several. */
    cwd: z.union([z.string(), z.array(z.string()).max(maxFilter)]).nullish(),
    /** True: the archived ones instead of the others. */
    archived: z.boolean().nullish(),
    /** In the name or in the first words of the user, however they are written. */
    searchTerm: z.string().nullish(),
    excludedThreadIds: z.array(z.string()).max(maxFilter).nullish(),
    /** No thread of this server has any of these. */
    parentThreadId: z.string().nullish(),
    ancestorThreadId: z.string().nullish(),
    attachedToThreadId: z.string().nullish(),
    projectId: z.string().nullish(),
    sectionId: z.string().nullish(),
  }),
);
export const ThreadListResponse = z.lazy(() =>
  z.looseObject({
    data: z.array(Thread),
    readStates: z.record(z.string(), z.unknown()).nullish(),
    ...cursors,
  }),
);
