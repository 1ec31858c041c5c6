import * as z from "zod";
import { commandNotifications } from "./commands.ts";
import { fileNotifications } from "./files.ts";
import { AnyItem } from "./items.ts";
import { searchNotifications } from "./search.ts";
import { ThreadTokenUsage } from "./settings.ts";
import { threadLineageNotifications } from "./thread-lineage.ts";
import { Thread, ThreadStatus } from "./threads.ts";
import { Turn, TurnError } from "./turns.ts";

/** What the server tells its clients. The key is the wire name. */
const ofTurn = { threadId: z.string(), turnId: z.string() };
const ofItem = { ...ofTurn, itemId: z.string() };

export const PlanStep = z.object({ step: z.string(), status: z.enum(["pending", "inProgress", "completed"]) });
export type PlanStep = z.infer<typeof PlanStep>;

export const serverNotifications = {
  "thread/started": z.lazy(() => z.looseObject({ thread: Thread })),
  "thread/status/changed": z.lazy(() => z.looseObject({ threadId: z.string(), status: ThreadStatus })),
  "thread/archived": z.lazy(() => z.looseObject({ threadId: z.string() })),
  "thread/unarchived": z.lazy(() => z.looseObject({ threadId: z.string() })),
  "thread/deleted": z.lazy(() => z.looseObject({ threadId: z.string() })),
  "thread/name/updated": z.lazy(() => z.looseObject({ threadId: z.string(), threadName: z.string().nullish() })),
  ...threadLineageNotifications,
  "thread/tokenUsage/updated": z.lazy(() => z.looseObject({ ...ofTurn, tokenUsage: ThreadTokenUsage })),
  "turn/started": z.lazy(() => z.looseObject({ threadId: z.string(), turn: Turn })),
  "turn/completed": z.lazy(() => z.looseObject({ threadId: z.string(), turn: Turn })),
  "turn/diff/updated": z.lazy(() => z.looseObject({ ...ofTurn, diff: z.string() })),
  "turn/plan/updated": z.lazy(() =>
    z.looseObject({ ...ofTurn, explanation: z.string().nullish(), plan: z.array(PlanStep) }),
  ),
  "item/started": z.lazy(() => z.looseObject({ ...ofTurn, item: AnyItem, startedAtMs: z.number() })),
  "item/completed": z.lazy(() =>
    z.looseObject({
      ...ofTurn,
      item: AnyItem,
      contentTokenCount: z.number().nullish(),
      completedAtMs: z.number(),
    }),
  ),
  "item/agentMessage/delta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string() })),
  "item/reasoning/summaryPartAdded": z.lazy(() => z.looseObject({ ...ofItem, summaryIndex: z.number() })),
  "item/reasoning/summaryTextDelta": z.lazy(() =>
    z.looseObject({ ...ofItem, delta: z.string(), summaryIndex: z.number() }),
  ),
  "item/reasoning/textDelta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string(), contentIndex: z.number() })),
  "item/commandExecution/outputDelta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string() })),
  "serverRequest/resolved": z.lazy(() =>
    z.looseObject({ threadId: z.string(), requestId: z.union([z.string(), z.number()]) }),
  ),
  error: z.lazy(() => z.looseObject({ ...ofTurn, error: TurnError, willRetry: z.boolean() })),
  warning: z.lazy(() => z.looseObject({ threadId: z.string().nullish(), message: z.string() })),
  configWarning: z.lazy(() =>
    z.looseObject({ summary: z.string(), details: z.string().nullish(), path: z.string().nullish() }),
  ),
  deprecationNotice: z.lazy(() => z.looseObject({ summary: z.string(), details: z.string().nullish() })),
  "account/updated": z.lazy(() => z.looseObject({ authMode: z.string().nullish(), planType: z.string().nullish() })),
  "account/login/completed": z.lazy(() =>
    z.looseObject({
      loginId: z.string().nullish(),
      success: z.boolean(),
      error: z.string().nullish(),
    }),
  ),
  "account/rateLimits/updated": z.lazy(() => z.looseObject({ rateLimits: z.looseObject({}) })),
  "remoteControl/status/changed": z.lazy(() =>
    z.looseObject({
      status: z.string(),
      serverName: z.string(),
      installationId: z.string(),
    }),
  ),
  ...commandNotifications,
  ...fileNotifications,
  ...searchNotifications,
} as const;

/** Notifications that only clients with `capabilities.experimentalApi` get, whether this version sends them or not. */
export const experimentalNotifications: ReadonlySet<string> = new Set([
  "thread/settings/updated",
  "thread/readState/changed",
]);
