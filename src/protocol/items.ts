import * as z from "zod";
import { UserInput, unused } from "./settings.ts";

/**
 * Items: the visible units of a turn. Every item carries `id` and the times it was opened and closed (Unix ms, null while
 * open). Objects are loose: members that a newer server adds survive a round trip through the client.
 */
const times = { startedAtMs: z.number().nullish(), completedAtMs: z.number().nullish() };

export const UserMessageItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("userMessage"),
    id: z.string(),
    clientId: z.string().nullish(),
    content: z.array(UserInput),
    ...times,
  }),
);

export const AgentMessageItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("agentMessage"),
    id: z.string(),
    text: z.string(),
    phase: z.enum(["commentary", "partial_answer", "final_answer"]).nullish(),
    moderation: unused,
    memoryCitation: unused,
    delivery: unused,
    questions: unused,
    ...times,
  }),
);

export const ReasoningItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("reasoning"),
    id: z.string(),
    /** Summary parts, in order. */
    summary: z.array(z.string()).default([]),
    /** Raw reasoning text, where the model gives it. */
    content: z.array(z.string()).default([]),
    ...times,
  }),
);

/** What a command does, as far as it is understood, for a readable rendering. Never the ground for a decision. */
export const CommandAction = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("read"), command: z.string(), name: z.string(), path: z.string() }),
    z.object({ type: z.literal("listFiles"), command: z.string(), path: z.string().nullish() }),
    z.object({
      type: z.literal("search"),
      command: z.string(),
      query: z.string().nullish(),
      path: z.string().nullish(),
    }),
    z.object({ type: z.literal("unknown"), command: z.string() }),
  ]),
);
export type CommandAction = z.infer<typeof CommandAction>;

export const CommandExecutionItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("commandExecution"),
    id: z.string(),
    pluginId: unused,
    scriptPath: unused,
    command: z.string(),
    cwd: z.string(),
    processId: z.string().nullish(),
    source: z.enum(["agent", "userShell", "unifiedExecStartup", "unifiedExecInteraction"]).default("agent"),
    status: z.enum(["inProgress", "completed", "failed", "declined"]),
    commandActions: z.array(CommandAction),
    /** At most 1 MiB: head and tail of a longer output; the whole is kept under the home. Null while open and when empty. */
    aggregatedOutput: z.string().nullish(),
    exitCode: z.number().nullish(),
    durationMs: z.number().nullish(),
    ...times,
  }),
);

export const PatchChangeKind = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({ type: z.literal("add") }),
    z.object({ type: z.literal("delete") }),
    z.object({ type: z.literal("update"), move_path: z.string().nullish() }),
  ]),
);
export type PatchChangeKind = z.infer<typeof PatchChangeKind>;

export const FileUpdateChange = z.lazy(() =>
  z.looseObject({
    /** Absolute. */
    path: z.string(),
    kind: PatchChangeKind,
    /** The file's content for add and delete, a unified diff without file headers for update. */
    diff: z.string(),
  }),
);
export type FileUpdateChange = z.infer<typeof FileUpdateChange>;

export const FileChangeItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("fileChange"),
    id: z.string(),
    changes: z.array(FileUpdateChange),
    status: z.enum(["inProgress", "completed", "failed", "declined"]),
    ...times,
  }),
);

/** What a search of the provider's own did. */
export const WebSearchAction = z.lazy(() =>
  z.discriminatedUnion("type", [
    z.object({
      type: z.literal("search"),
      query: z.string().nullish(),
      queries: z.array(z.string()).nullish(),
    }),
    z.object({ type: z.literal("openPage"), url: z.string().nullish() }),
    z.object({ type: z.literal("findInPage"), url: z.string().nullish(), pattern: z.string().nullish() }),
    z.object({ type: z.literal("other") }),
  ]),
);
export type WebSearchAction = z.infer<typeof WebSearchAction>;

/** The provider searched the web or looked at a page; nothing of it ran here. */
export const WebSearchItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("webSearch"),
    id: z.string(),
    /** What was looked for, or where; empty while open. */
    query: z.string(),
    action: WebSearchAction.nullish(),
    results: z.array(z.unknown()).nullish(),
    ...times,
  }),
);

/** The model no longer sees the earlier part of the conversation word for word; the user does. */
export const ContextCompactionItem = z.lazy(() =>
  z.looseObject({
    type: z.literal("contextCompaction"),
    id: z.string(),
    /** Turnwright's: what the model goes on with, where it can be read. */
    summary: z.string().optional(),
    ...times,
  }),
);

export const KnownItem = z.lazy(() =>
  z.discriminatedUnion("type", [
    UserMessageItem,
    AgentMessageItem,
    ReasoningItem,
    CommandExecutionItem,
    FileChangeItem,
    WebSearchItem,
    ContextCompactionItem,
  ]),
);

/** An item of a type that this version does not know (from a newer or another server); shown plainly. */
export const UnknownItem = z.lazy(() => z.looseObject({ type: z.string(), id: z.string(), ...times }));

/** What a server of ours emits. */
export type ThreadItem = z.infer<typeof KnownItem>;
export type ItemType = ThreadItem["type"];
export type ItemOf<T extends ItemType> = Extract<ThreadItem, { type: T }>;
const knownTypes: ReadonlySet<string> = new Set<ItemType>([
  "userMessage",
  "agentMessage",
  "reasoning",
  "commandExecution",
  "fileChange",
  "webSearch",
  "contextCompaction",
]);

/** What a client accepts: a known item, or any other object with a type and an id. A known type in a bad shape is refused. */
export const AnyItem = z.lazy(() =>
  z
    .looseObject({ type: z.string(), id: z.string() })
    .transform((item, context): ThreadItem | z.infer<typeof UnknownItem> => {
      const parsed = knownTypes.has(item.type) ? KnownItem.safeParse(item) : UnknownItem.safeParse(item);
      if (parsed.success) return parsed.data;
      for (const issue of parsed.error.issues)
        context.addIssue({ code: "custom", message: issue.message, path: issue.path });
      return z.NEVER;
    }),
);
export type AnyItem = z.infer<typeof AnyItem>;

/** Narrows an item to those this version knows. */
export const isKnownItem = (item: AnyItem): item is ThreadItem => knownTypes.has(item.type);
