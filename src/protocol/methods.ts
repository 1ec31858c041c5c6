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
import { catalogueMethods } from "./catalogue.ts";
import { configMethods } from "./config.ts";
import { InitializeParams, InitializeResponse } from "./initialize.ts";
import { localModelMethods } from "./local-models.ts";
import { serverNotifications } from "./notifications.ts";
import { threadLineageMethods } from "./thread-lineage.ts";
import { searchMethods } from "./search.ts";
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
  initialize: { params: InitializeParams, result: InitializeResponse },
  "thread/start": { params: ThreadStartParams, result: ThreadStartResponse },
  "thread/resume": { params: ThreadResumeParams, result: ThreadResumeResponse },
  "thread/read": { params: ThreadReadParams, result: ThreadReadResponse },
  "thread/list": { params: ThreadListParams, result: ThreadListResponse },
  "thread/loaded/list": { params: ThreadLoadedListParams, result: ThreadLoadedListResponse },
  "thread/turns/list": { params: ThreadTurnsListParams, result: ThreadTurnsListResponse },
  "thread/items/list": { params: ThreadItemsListParams, result: ThreadItemsListResponse },
  "thread/name/set": { params: ThreadSetNameParams, result: ThreadEmptyResponse },
  "thread/unsubscribe": { params: ThreadIdParams, result: ThreadUnsubscribeResponse },
  "thread/archive": { params: ThreadIdParams, result: ThreadEmptyResponse },
  "thread/unarchive": { params: ThreadIdParams, result: ThreadUnarchiveResponse },
  "thread/delete": { params: ThreadIdParams, result: ThreadEmptyResponse },
  ...threadLineageMethods,
  "turn/start": { params: TurnStartParams, result: TurnStartResponse, experimental: ["collaborationMode"] },
  "turn/steer": { params: TurnSteerParams, result: TurnSteerResponse },
  "turn/interrupt": { params: TurnInterruptParams, result: TurnInterruptResponse },
  ...commandMethods,
  ...fileMethods,
  ...searchMethods,
  ...gitMethods,
  ...catalogueMethods,
  ...configMethods,
  ...accountMethods,
  ...localModelMethods,
} as const satisfies MethodTable;

/** Requests the server may send. */
export const serverMethods = {
  "item/commandExecution/requestApproval": { params: CommandApprovalParams, result: CommandApprovalResponse },
  "item/fileChange/requestApproval": { params: FileChangeApprovalParams, result: FileChangeApprovalResponse },
  "editor/applyEdit": { params: EditorApplyEditParams, result: EditorApplyEditResponse },
} as const satisfies MethodTable;

/** Notifications the client may send. */
export const clientNotifications = { initialized: z.object({}) } as const satisfies NotificationTable;

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
