import * as z from "zod";
import { commandNotifications } from "./commands.ts";
import { fileNotifications } from "./files.ts";
import { AnyItem } from "./items.ts";
import { gatewayOAuthNotifications } from "./gateway-oauth.ts";
import { searchNotifications } from "./search.ts";
import { queueNotifications } from "./queue.ts";
import { rawNotifications } from "./raw-events.ts";
import { ThreadTokenUsage } from "./settings.ts";
import { skillNotifications } from "./skills.ts";
import { threadLineageNotifications } from "./thread-lineage.ts";
import { settingsNotifications } from "./thread-settings.ts";
import { Thread, ThreadStatus } from "./threads.ts";
import { Turn, TurnError } from "./turns.ts";

/** What the server tells its clients. The key is the wire name. */
const ofTurn = { threadId: z.string(), turnId: z.string() };
const ofItem = { ...ofTurn, itemId: z.string() };

export const PlanStep = z.object({ step: z.string(), status: z.enum(["pending", "inProgress", "completed"]) });
export type PlanStep = z.infer<typeof PlanStep>;

export const serverNotifications = {
  /** A thread has begun, by this connection or another way. */
  "thread/started": z.lazy(() => z.looseObject({ thread: Thread })),
  /** What a thread is doing. */
  "thread/status/changed": z.lazy(() => z.looseObject({ threadId: z.string(), status: ThreadStatus })),
  /** Nobody followed the thread for a while, and it is not loaded any more. Told to every client. */
  "thread/closed": z.lazy(() => z.looseObject({ threadId: z.string() })),
  /** Told to every client. */
  "thread/archived": z.lazy(() => z.looseObject({ threadId: z.string() })),
  /** Told to every client. */
  "thread/unarchived": z.lazy(() => z.looseObject({ threadId: z.string() })),
  /** Told to every client. */
  "thread/deleted": z.lazy(() => z.looseObject({ threadId: z.string() })),
  /** Told to every client. */
  "thread/name/updated": z.lazy(() => z.looseObject({ threadId: z.string(), threadName: z.string().nullish() })),
  ...threadLineageNotifications,
  ...queueNotifications,
  ...rawNotifications,
  ...settingsNotifications,
  /** After each response of the model. */
  "thread/tokenUsage/updated": z.lazy(() => z.looseObject({ ...ofTurn, tokenUsage: ThreadTokenUsage })),
  /** A turn runs. */
  "turn/started": z.lazy(() => z.looseObject({ threadId: z.string(), turn: Turn })),
  /** A turn has ended, well or not; `turn.status` says how. No notification of the turn follows. */
  "turn/completed": z.lazy(() => z.looseObject({ threadId: z.string(), turn: Turn })),
  /** Everything the turn has changed on disk so far, as one unified diff. */
  "turn/diff/updated": z.lazy(() => z.looseObject({ ...ofTurn, diff: z.string() })),
  /** The agent has written or changed its plan; the whole plan each time. */
  "turn/plan/updated": z.lazy(() =>
    z.looseObject({ ...ofTurn, explanation: z.string().nullish(), plan: z.array(PlanStep) }),
  ),
  /** An item is open. */
  "item/started": z.lazy(() => z.looseObject({ ...ofTurn, item: AnyItem, startedAtMs: z.number() })),
  /** An item as it is for good: it replaces whatever its deltas added up to. */
  "item/completed": z.lazy(() =>
    z.looseObject({
      ...ofTurn,
      item: AnyItem,
      contentTokenCount: z.number().nullish(),
      completedAtMs: z.number(),
    }),
  ),
  /** Text to append to the message. */
  "item/agentMessage/delta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string() })),
  /** A new part of the summary begins. */
  "item/reasoning/summaryPartAdded": z.lazy(() => z.looseObject({ ...ofItem, summaryIndex: z.number() })),
  /** Text to append to that part of the summary. */
  "item/reasoning/summaryTextDelta": z.lazy(() =>
    z.looseObject({ ...ofItem, delta: z.string(), summaryIndex: z.number() }),
  ),
  /** Text to append to the raw reasoning, where the model gives it. */
  "item/reasoning/textDelta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string(), contentIndex: z.number() })),
  /** Output to append. */
  "item/commandExecution/outputDelta": z.lazy(() => z.looseObject({ ...ofItem, delta: z.string() })),
  /** A request of the server needs no answer any more: it was answered, here or elsewhere, or withdrawn. */
  "serverRequest/resolved": z.lazy(() =>
    z.looseObject({ threadId: z.string(), requestId: z.union([z.string(), z.number()]) }),
  ),
  /** The model could not be reached or refused. `willRetry`: the turn goes on; otherwise `turn/completed` follows. */
  error: z.lazy(() => z.looseObject({ ...ofTurn, error: TurnError, willRetry: z.boolean() })),
  /** Something the user should know that stops nothing. */
  warning: z.lazy(() => z.looseObject({ threadId: z.string().nullish(), message: z.string() })),
  /** A part of the configuration has no effect. */
  configWarning: z.lazy(() =>
    z.looseObject({ summary: z.string(), details: z.string().nullish(), path: z.string().nullish() }),
  ),
  /** What the client does has a better way. */
  deprecationNotice: z.lazy(() => z.looseObject({ summary: z.string(), details: z.string().nullish() })),
  /** The key came or went. Told to every client. */
  "account/updated": z.lazy(() => z.looseObject({ authMode: z.string().nullish(), planType: z.string().nullish() })),
  /** How a login ended. */
  "account/login/completed": z.lazy(() =>
    z.looseObject({
      loginId: z.string().nullish(),
      success: z.boolean(),
      error: z.string().nullish(),
    }),
  ),
  ...gatewayOAuthNotifications,
  /** Limits that the provider told. */
  "account/rateLimits/updated": z.lazy(() => z.looseObject({ rateLimits: z.looseObject({}) })),
  /** Sent once after `initialize`; always `disabled` here. */
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
  ...skillNotifications,
} as const;

/** Notifications that only clients with `capabilities.experimentalApi` get, whether this version sends them or not. */
export const experimentalNotifications: ReadonlySet<string> = new Set([
  "thread/settings/updated",
  "rawResponseItem/completed",
  "rawResponse/completed",
  "thread/readState/changed",
]);
