import * as z from "zod";
import { accountMethods } from "./account.ts";
import {
  CommandApprovalParams,
  CommandApprovalResponse,
  EditorApplyEditParams,
  EditorApplyEditResponse,
  FileChangeApprovalParams,
  FileChangeApprovalResponse,
} from "./approvals.ts";
import { commandMethods } from "./commands.ts";
import { fileMethods } from "./files.ts";
import { gitMethods } from "./git.ts";
import { compactionMethods } from "./compaction.ts";
import { gatewayOAuthMethods } from "./gateway-oauth.ts";
import { catalogueMethods } from "./catalogue.ts";
import { configMethods } from "./config.ts";
import { InitializeParams, InitializeResponse } from "./initialize.ts";
import { localModelMethods } from "./local-models.ts";
import { serverNotifications } from "./notifications.ts";
import { threadLineageMethods } from "./thread-lineage.ts";
import { promptMethods } from "./prompts.ts";
import { searchMethods } from "./search.ts";
import { queueMethods } from "./queue.ts";
import { shellMethods } from "./shell.ts";
import { skillMethods } from "./skills.ts";
import { terminalMethods } from "./terminals.ts";
import { settingsMethods } from "./thread-settings.ts";
import { threadSearchMethods } from "./thread-search.ts";
import {
  ThreadEmptyResponse,
  ThreadIdParams,
  ThreadItemsListParams,
  ThreadItemsListResponse,
  ThreadListParams,
  ThreadListResponse,
  ThreadLoadedListParams,
  ThreadLoadedListResponse,
  ThreadReadParams,
  ThreadReadResponse,
  ThreadResumeParams,
  ThreadResumeResponse,
  ThreadSetNameParams,
  ThreadStartParams,
  ThreadStartResponse,
  ThreadTurnsListParams,
  ThreadTurnsListResponse,
  ThreadUnarchiveResponse,
  ThreadUnsubscribeResponse,
} from "./threads.ts";
import {
  TurnInterruptParams,
  TurnInterruptResponse,
  TurnStartParams,
  TurnStartResponse,
  TurnSteerParams,
  TurnSteerResponse,
} from "./turns.ts";

// Composite schemas are lazy throughout this folder: zod builds them when they are first used, and the server's first answer, which
// needs few of them, comes about 10 ms earlier.

/** One method. */
export interface MethodEntry {
  readonly params: z.ZodType;
  readonly result: z.ZodType;
  /** Only for clients with `capabilities.experimentalApi`: the whole method (true), or the params of these names. */
  readonly experimental?: true | readonly string[];
}
/** Wire name to the schemas of what goes in and what comes out. */
export type MethodTable = Readonly<Record<string, MethodEntry>>;
/** Wire name to the schema of the params. */
export type NotificationTable = Readonly<Record<string, z.ZodType>>;

/** Requests the client may send. */
export const clientMethods = {
  /**
   * The first request of a connection: who the client is and what it opts into.
   * @notifies remoteControl/status/changed, configWarning
   * @error `Already initialized`: the connection was introduced before.
   */
  initialize: { params: InitializeParams, result: InitializeResponse },
  /**
   * Begins a thread and subscribes the connection to it. Nothing is written before its first turn. Settings that
   * are left out come from the configuration.
   * @notifies thread/started
   * @error `failed to load configuration: <path>:<line>:<column>: …`: `config.toml` cannot be read.
   * @error `No models are available. …`: `model` is empty.
   */
  "thread/start": {
    params: ThreadStartParams,
    result: ThreadStartResponse,
    experimental: ["experimentalRawEvents"],
  },
  /**
   * Loads a thread again, with the settings it had, and subscribes the connection to it. Works for one that is
   * loaded already.
   * @notifies thread/status/changed
   * @error `no rollout found for thread id <id>`: there is none.
   * @error `session <id> is archived. …`, with `data.reason` `archived`: unarchive it first.
   * @error `data.reason` `inUse`: another process has it open.
   */
  "thread/resume": { params: ThreadResumeParams, result: ThreadResumeResponse, experimental: ["initialTurnsPage"] },
  /**
   * Reads a thread, loaded or not, without subscribing to it.
   * @error `thread not loaded: <id>`: there is none.
   */
  "thread/read": { params: ThreadReadParams, result: ThreadReadResponse },
  /**
   * Stored threads, newest first, a page at a time and without their turns.
   * @error `invalid cursor: …`: not one of this list.
   */
  "thread/list": {
    params: ThreadListParams,
    result: ThreadListResponse,
    experimental: ["ancestorThreadId", "attachedToThreadId", "parentThreadId", "projectId"],
  },
  ...threadSearchMethods,
  /** Ids of the threads that this process has loaded, a page at a time. */
  "thread/loaded/list": { params: ThreadLoadedListParams, result: ThreadLoadedListResponse },
  /**
   * Turns of a thread, a page at a time.
   * @error `thread not loaded: <id>`: there is none.
   * @error `invalid cursor: …`: not one of this list.
   */
  "thread/turns/list": { params: ThreadTurnsListParams, result: ThreadTurnsListResponse },
  /**
   * Items of a thread, or of one of its turns, a page at a time.
   * @error `thread not loaded: <id>`: there is none.
   * @error `invalid cursor: …`: not one of this list.
   */
  "thread/items/list": { params: ThreadItemsListParams, result: ThreadItemsListResponse },
  /**
   * Names a thread.
   * @notifies thread/name/updated
   * @error `no rollout found for thread id <id>`: there is none.
   * @error `thread name must not be empty`
   */
  "thread/name/set": { params: ThreadSetNameParams, result: ThreadEmptyResponse },
  /** The connection hears no more of the thread. It stays loaded, and a turn that runs goes on. */
  "thread/unsubscribe": { params: ThreadIdParams, result: ThreadUnsubscribeResponse },
  /**
   * Puts a thread away: a running turn is interrupted, its rollout moves to the archived ones. It can be read and
   * listed, not resumed.
   * @notifies thread/status/changed, thread/archived
   * @error `no rollout found for thread id <id>`: there is none, or nothing of it was written yet.
   * @error `data.reason` `inUse`: another process has it open.
   */
  "thread/archive": { params: ThreadIdParams, result: ThreadEmptyResponse },
  /**
   * Brings an archived thread back.
   * @notifies thread/unarchived
   * @error `no rollout found for thread id <id>`: there is no such archived thread.
   */
  "thread/unarchive": { params: ThreadIdParams, result: ThreadUnarchiveResponse },
  /**
   * Removes a thread with everything that was kept of it. A running turn is interrupted.
   * @notifies thread/status/changed, thread/deleted
   * @error `no rollout found for thread id <id>`: there is none.
   * @error `data.reason` `inUse`: another process has it open.
   */
  "thread/delete": { params: ThreadIdParams, result: ThreadEmptyResponse },
  ...threadLineageMethods,
  /**
   * Begins a turn with what the user says. While a turn runs it steers that one, and the answer carries its id. The
   * answer comes at once; what happens is told by notifications.
   * @notifies thread/status/changed, turn/started, item/started, item/agentMessage/delta,
   *   item/reasoning/summaryPartAdded, item/reasoning/summaryTextDelta, item/reasoning/textDelta,
   *   item/commandExecution/outputDelta, item/completed, turn/plan/updated, turn/diff/updated,
   *   thread/tokenUsage/updated, warning, error, turn/completed
   * @error `thread not found: <id>`: the thread is not loaded; resume it.
   * @error `The message is empty.`
   */
  "turn/start": { params: TurnStartParams, result: TurnStartResponse, experimental: ["collaborationMode"] },
  /**
   * Adds to the turn that runs. The words reach the model at the next safe point; nothing that streamed is dropped.
   * @notifies item/started, item/completed
   * @error `no active turn to steer`
   * @error ``expected active turn id `<asked>` but found `<actual>` ``: another turn runs by now.
   */
  "turn/steer": { params: TurnSteerParams, result: TurnSteerResponse },
  ...queueMethods,
  ...shellMethods,
  ...compactionMethods,
  ...terminalMethods,
  ...settingsMethods,
  /**
   * Ends the turn that runs: what streamed so far is kept, its commands are ended, each open item is completed.
   * @notifies item/completed, turn/completed, thread/status/changed
   * @error `no active turn to interrupt`
   * @error `expected active turn id <asked> but found <actual>`: another turn runs by now.
   */
  "turn/interrupt": { params: TurnInterruptParams, result: TurnInterruptResponse },
  ...commandMethods,
  ...fileMethods,
  ...searchMethods,
  ...gitMethods,
  ...catalogueMethods,
  ...configMethods,
  ...accountMethods,
  ...gatewayOAuthMethods,
  ...localModelMethods,
  ...skillMethods,
  ...promptMethods,
} as const satisfies MethodTable;

/** Requests the server may send. */
export const serverMethods = {
  /**
   * Whether a command may run outside the sandbox, or at all. The first answer of any client counts; to the others
   * the request is withdrawn by `serverRequest/resolved`.
   * @notifies serverRequest/resolved
   */
  "item/commandExecution/requestApproval": { params: CommandApprovalParams, result: CommandApprovalResponse },
  /**
   * Whether a change of files may be written. The first answer of any client counts; to the others the request is
   * withdrawn by `serverRequest/resolved`.
   * @notifies serverRequest/resolved
   */
  "item/fileChange/requestApproval": { params: FileChangeApprovalParams, result: FileChangeApprovalResponse },
  /** Asks the client to write a file itself. Only to clients that opted in. */
  "editor/applyEdit": { params: EditorApplyEditParams, result: EditorApplyEditResponse },
} as const satisfies MethodTable;

/** Notifications the client may send. */
export const clientNotifications = {
  /** The client has read the answer to `initialize`. Not needed; requests are served before it. */
  initialized: z.object({}),
} as const satisfies NotificationTable;

export { serverNotifications };
export type ClientMethods = typeof clientMethods;
export type ServerMethods = typeof serverMethods;
export type ServerNotifications = typeof serverNotifications;
export type ClientNotifications = typeof clientNotifications;

/** Params as the sender may write them (defaults left out). */
export type ParamsIn<T extends MethodTable, M extends keyof T> = z.input<T[M]["params"]>;
/** Params as the handler receives them. */
export type Params<T extends MethodTable, M extends keyof T> = z.output<T[M]["params"]>;
/** A result as the handler writes it. */
export type ResultIn<T extends MethodTable, M extends keyof T> = z.input<T[M]["result"]>;
/** A result as the caller receives it. */
export type Result<T extends MethodTable, M extends keyof T> = z.output<T[M]["result"]>;
/** Params of a notification as the sender writes them. */
export type NoticeIn<T extends NotificationTable, M extends keyof T> = z.input<T[M]>;
/** Params of a notification as the receiver gets them. */
export type Notice<T extends NotificationTable, M extends keyof T> = z.output<T[M]>;

/** One server notification, as a tagged union over the table. */
export type ServerNotification = {
  [M in keyof ServerNotifications]: { method: M; params: Notice<ServerNotifications, M> };
}[keyof ServerNotifications];
