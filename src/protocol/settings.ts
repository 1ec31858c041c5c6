import * as z from "zod";

/** A member of the protocol that has no use here: sent as null, and kept as it comes from another server. */
export const unused = z.unknown().optional();

/** When the user is asked before a command runs or a file outside the writable roots changes. */
export const AskForApproval = z.lazy(() =>
  z.union([
    z.enum(["untrusted", "on-request", "never"]),
    z.object({
      granular: z.object({
        mcp_elicitations: z.boolean(),
        request_permissions: z.boolean().default(false),
        rules: z.boolean(),
        sandbox_approval: z.boolean(),
        skill_approval: z.boolean().default(false),
      }),
    }),
  ]),
);
export type AskForApproval = z.infer<typeof AskForApproval>;

/** The short form of a sandbox, as `thread/start` takes it. */
export const SandboxMode = z.enum(["read-only", "workspace-write", "danger-full-access"]);
export type SandboxMode = z.infer<typeof SandboxMode>;

/** What a command may touch, in full, as `turn/start` takes it and every response reports it. */
export const SandboxPolicy = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("dangerFullAccess") }),
    z.object({ type: z.literal("readOnly"), networkAccess: z.boolean().default(false) }),
    z.object({
      type: z.literal("externalSandbox"),
      networkAccess: z.enum(["restricted", "enabled"]).default("restricted"),
    }),
    z.object({
      type: z.literal("workspaceWrite"),
      writableRoots: z.array(z.string()).default([]),
      networkAccess: z.boolean().default(false),
      excludeTmpdirEnvVar: z.boolean().default(false),
      excludeSlashTmp: z.boolean().default(false),
    }),
  ]),
);
export type SandboxPolicy = z.infer<typeof SandboxPolicy>;

/** Provider-defined word such as `low`, `medium`, `high`. */
export const ReasoningEffort = z.string().min(1);
export const ReasoningSummary = z.enum(["auto", "concise", "detailed", "none"]);
export type ReasoningSummary = z.infer<typeof ReasoningSummary>;
export const ApprovalsReviewer = z.enum(["user", "auto_review", "guardian_subagent"]);

/**
 * Turnwright's opt-in: what happens to a patch inside the writable roots. `ask`: the call waits for the user and nothing is
 * written until then; `after`: written at once and reviewed later. Absent: `after`, as other clients expect.
 */
export const ReviewEdits = z.enum(["ask", "after"]);
export type ReviewEdits = z.infer<typeof ReviewEdits>;

/** Plan mode: the agent may look and run read-only commands; patches are refused and it proposes a plan instead. */
export const CollaborationMode = z.lazy(() =>
  z.object({
    mode: z.enum(["plan", "default"]),
    settings: z
      .object({
        model: z.string(),
        reasoning_effort: ReasoningEffort.nullish(),
        developer_instructions: z.string().nullish(),
      })
      .optional(),
  }),
);
export type CollaborationMode = z.infer<typeof CollaborationMode>;

const TextElement = z.object({
  byteRange: z.object({ start: z.number(), end: z.number() }),
  placeholder: z.string().nullish(),
});
const ImageDetail = z.enum(["auto", "low", "high", "original"]);

/** One part of what the user sends. */
export const UserInput = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("text"), text: z.string(), text_elements: z.array(TextElement).default([]) }),
    z.object({ type: z.literal("image"), url: z.string(), detail: ImageDetail.nullish() }),
    z.object({ type: z.literal("localImage"), path: z.string(), detail: ImageDetail.nullish() }),
    z.object({ type: z.literal("skill"), name: z.string(), path: z.string() }),
    z.object({ type: z.literal("mention"), name: z.string(), path: z.string() }),
  ]),
);
export type UserInput = z.infer<typeof UserInput>;
/** Tokens of one response (`last`) or of the whole thread (`total`). */
export const TokenUsageBreakdown = z.lazy(() =>
  z.object({
    totalTokens: z.number(),
    inputTokens: z.number(),
    cachedInputTokens: z.number(),
    cacheWriteInputTokens: z.number().default(0),
    outputTokens: z.number(),
    reasoningOutputTokens: z.number(),
  }),
);
export type TokenUsageBreakdown = z.infer<typeof TokenUsageBreakdown>;

/** What two responses, or a thread and one more response, took together. */
export const addTokens = (a: TokenUsageBreakdown, b: TokenUsageBreakdown): TokenUsageBreakdown => ({
  totalTokens: a.totalTokens + b.totalTokens,
  inputTokens: a.inputTokens + b.inputTokens,
  cachedInputTokens: a.cachedInputTokens + b.cachedInputTokens,
  cacheWriteInputTokens: a.cacheWriteInputTokens + b.cacheWriteInputTokens,
  outputTokens: a.outputTokens + b.outputTokens,
  reasoningOutputTokens: a.reasoningOutputTokens + b.reasoningOutputTokens,
});

/**
 * Money by the configured prices, for clients that opt in to Turnwright's own members. Taking turns back (thread/revert) takes what they cost
 * out of the total, though it was paid.
 */
const TokenCost = z.lazy(() =>
  z.object({
    /** As configured: `USD`. */
    currency: z.string(),
    /** Of the last response; null when its model has no price, and after a compaction, when `last` of the tokens is an estimate. */
    last: z.number().nullable(),
    /** Of the responses with a price in this turn and in the thread, as far as they have this currency. */
    turn: z.number(),
    total: z.number(),
  }),
);
export type TokenCost = z.infer<typeof TokenCost>;

export const ThreadTokenUsage = z.lazy(() =>
  z.object({
    total: TokenUsageBreakdown,
    last: TokenUsageBreakdown,
    modelContextWindow: z.number().nullish(),
    cost: TokenCost.optional(),
  }),
);
export type ThreadTokenUsage = z.infer<typeof ThreadTokenUsage>;

/** Characters of text that one message may hold; longer ones are refused, since no model could read them. */
export const maxInputChars = 1 << 20;
