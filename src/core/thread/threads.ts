import type { EditorState } from "../../protocol/editor-state.ts";
import type {
  AskForApproval,
  CollaborationMode,
  ReasoningSummary,
  ReviewEdits,
  SandboxMode,
  SandboxPolicy,
  UserInput,
} from "../../protocol/settings.ts";
import type { GitInfo, Thread } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { UserCommand } from "../tools/user-command.ts";
import type { ThreadEvent } from "./events.ts";
import type { ThreadPage } from "./index/entries.ts";
import type { Occurrence } from "./index/occurrences.ts";
import type { ThreadFilter, ThreadOrder } from "./index/query.ts";
import type { ThreadHit } from "./index/search.ts";
import type { Terminals } from "./terminals.ts";
import type { ThreadQueues } from "./thread-queues.ts";
import type { ItemEntry, Page } from "./pages.ts";
import type { RecordedCall } from "./rollout/calls.ts";
import type { ItemRequest, ThreadView, TurnRequest } from "./turn-pages.ts";

/** Who asks for a thread; recorded in its first line. */
export interface Originator {
  readonly name: string;
  readonly version: string;
}

export interface ThreadOverrides {
  readonly model?: string | undefined;
  readonly modelProvider?: string | undefined;
  /** Absolute. */
  readonly cwd?: string | undefined;
  readonly approvalPolicy?: AskForApproval | undefined;
  readonly sandbox?: SandboxMode | undefined;
  /** Dotted configuration keys over everything else. */
  readonly config?: Readonly<Record<string, unknown>> | undefined;
  readonly baseInstructions?: string | undefined;
  readonly developerInstructions?: string | undefined;
  readonly reviewEdits?: ReviewEdits | undefined;
}

export interface TurnOverrides {
  readonly cwd?: string | undefined;
  readonly approvalPolicy?: AskForApproval | undefined;
  readonly sandboxPolicy?: SandboxPolicy | undefined;
  readonly model?: string | undefined;
  readonly effort?: string | undefined;
  readonly summary?: ReasoningSummary | undefined;
  readonly collaborationMode?: CollaborationMode | undefined;
  /** What the user has before them in the editor. */
  readonly editor?: EditorState | undefined;
  readonly reviewEdits?: ReviewEdits | undefined;
}

/** How the model is asked. */
export type ModelChange = Pick<TurnOverrides, "model" | "effort" | "summary">;

/** A thread with what it runs under: the body of the answers to start and resume. */
export interface LoadedThread {
  readonly thread: Thread;
  readonly model: string;
  readonly modelProvider: string;
  readonly cwd: string;
  readonly instructionSources: readonly string[];
  readonly approvalPolicy: AskForApproval;
  readonly sandbox: SandboxPolicy;
  readonly reasoningEffort: string | null;
  readonly reviewEdits: ReviewEdits;
}

export interface ForkOptions extends ThreadOverrides {
  /** The last turn that the fork takes; null: see {@link ForkOptions.beforeTurnId}. */
  readonly lastTurnId: string | null;
  /** The first turn that it does not take. Both null: it takes all that is completed. */
  readonly beforeTurnId: string | null;
  readonly ephemeral: boolean;
}

/** How a thread is resumed. */
export interface ResumeOptions {
  /**
   * Called once, at the instant that the answer shows: what was emitted before is in the answer, what is emitted after it is not. It says
   * whether what happened so far is wanted at all; it must not throw.
   */
  readonly onSnapshot: () => boolean;
  /** All, in `thread.turns`. */
  readonly areAllTurnsWanted: boolean;
  /** Some of them, as {@link Threads.turns} gives them; null: none. */
  readonly page: TurnRequest | null;
}

/** A thread as it is resumed. */
export interface ResumedThread
  extends LoadedThread, Pick<ThreadView, "page" | "turnsBackwardsCursor" | "itemsBackwardsCursor"> {
  /** What a view that is built anew is told first: the last plan, the usage, what was wrong with the file. */
  readonly again: readonly ThreadEvent[];
}

export interface ListOptions extends Partial<ThreadFilter>, Partial<Omit<ThreadOrder, "limit" | "cursor">> {
  readonly limit: number;
  readonly cursor: string | null;
  readonly cwds: readonly string[] | null;
}

export type SearchOptions = Pick<ListOptions, "limit" | "cursor" | "archived" | "sources" | "sortKey" | "direction"> & {
  readonly term: string;
};

export type GitChange = { readonly [K in keyof GitInfo]: string | null | undefined };

/** A request about threads that cannot be served as it is. The message is written for the client's user. */
export class ThreadRequestError extends Error {
  readonly reason:
    | "notFound"
    | "notLoaded"
    | "noActiveTurn"
    | "wrongTurn"
    | "badInput"
    /** What is asked for must wait for the end of the turn. */
    | "turnRunning"
    | "badId"
    | "notRecorded"
    /** Another process has the thread open. */
    | "inUse"
    /** It must be unarchived before it can be used. */
    | "archived"
    /** Written by a newer version, in a form that this one would spoil. */
    | "newerFormat";
  constructor(reason: ThreadRequestError["reason"], message: string) {
    super(message);
    this.name = "ThreadRequestError";
    this.reason = reason;
  }
}

/**
 * All threads of this process. Methods reject with {@link ThreadRequestError} for what the caller did wrong. Events go to the one
 * listener given at creation; an event about a new thread or a turn is emitted in a later macrotask than the one in which the promise of
 * the call that caused it settled, so that whoever awaited it has subscribed and answered by then.
 */
export interface Threads {
  start(
    overrides: ThreadOverrides & {
      ephemeral?: boolean | undefined;
      /** What goes to the model and comes from it is told as well, as long as the thread stays loaded. */
      hasRawEvents?: boolean | undefined;
    },
    originator: Originator,
  ): Promise<LoadedThread>;
  /**
   * Loads a thread from its rollout, or returns the loaded one; all its turns are in it unless said otherwise. A thread that another process has
   * open is shown as it is, with `canAcceptDirectInput` false, and without `onSnapshot`, since nothing is emitted of it; what is to be done
   * with it later first tries to load it again, and else rejects with `inUse`.
   */
  resume(
    threadId: string,
    overrides: ThreadOverrides,
    originator: Originator,
    options?: Partial<ResumeOptions>,
  ): Promise<ResumedThread>;
  /** A new thread that begins with the history of another one, loaded or not, without a copy of it; `thread.turns` is full. */
  fork(threadId: string, options: ForkOptions, originator: Originator): Promise<LoadedThread>;
  /**
   * Hides a turn and all later ones, and begins the prompt anew behind what is left; files are not touched. A loaded thread is loaded again.
   * Resolves with it, without turns. Rejects while a turn runs.
   */
  revert(threadId: string, beforeTurnId: string): Promise<Thread>;
  /** Appends Responses items to the model's history; in a running turn at its next safe point. Resolves when they are recorded. */
  injectItems(threadId: string, items: readonly unknown[]): Promise<void>;
  /** Reads without loading. With `includeTurns`, every item that was ever shown is in it. */
  read(threadId: string, options: { readonly includeTurns: boolean }): Promise<Thread>;
  /** Threads that have a turn, loaded or not; unless said otherwise all that are not archived, newest first. */
  list(options: ListOptions): Promise<ThreadPage<Thread>>;
  /** Threads in which a term occurs, however it is written, with the newest item that has it. */
  search(options: SearchOptions): Promise<ThreadPage<ThreadHit>>;
  /** Where a term occurs in a thread, oldest first. */
  occurrences(
    threadId: string,
    options: { readonly term: string; readonly limit: number; readonly cursor: string | null },
  ): Promise<{ readonly data: readonly Occurrence[]; readonly nextCursor: string | null }>;
  /** What was sent to the model, rebuilt from the rollout of a thread, loaded, stored or archived; oldest first. Empty: older versions did not record it. */
  calls(threadId: string): Promise<readonly RecordedCall[]>;
  /** Ids of the threads in memory, sorted. */
  loaded(): readonly string[];
  /** Turns with as much of their items as `itemsView` says; of a thread that is loaded, stored or archived. */
  turns(threadId: string, page: TurnRequest): Promise<Page<Turn>>;
  /** Items of one turn, or (null) of all. */
  items(threadId: string, page: ItemRequest): Promise<Page<ItemEntry>>;
  /** Names a thread, loaded or not; resolves with the name as it is shown, on one line. */
  setName(threadId: string, name: string): Promise<string>;
  /** Changes what is recorded of a thread's place in git; a member that is not named stays, null clears. */
  updateGit(threadId: string, change: GitChange): Promise<Thread>;
  /** Unloads a thread, after interrupting what runs in it, and puts its rollout away. */
  archive(threadId: string): Promise<void>;
  /** Puts an archived thread back where it was; resolves with it, not loaded. */
  unarchive(threadId: string): Promise<Thread>;
  /** Unloads a thread likewise and removes its rollout, archived or not, and all that stands beside it. */
  delete(threadId: string): Promise<void>;
  /** Starts a turn; while one runs, steers it and returns it. */
  startTurn(
    threadId: string,
    input: readonly UserInput[],
    overrides: TurnOverrides,
    clientUserMessageId: string | null,
  ): Promise<Turn>;
  steer(
    threadId: string,
    expectedTurnId: string,
    input: readonly UserInput[],
    clientUserMessageId: string | null,
  ): Promise<{ readonly turnId: string }>;
  /** Resolves at once; the turn's end arrives as an event. */
  interrupt(threadId: string, turnId: string): Promise<void>;
  /**
   * Runs a command line of the user in the thread's folder, without a sandbox: as a turn of its own, or beside the turn that runs. Resolves
   * when it is on its way. Only for what the user typed.
   */
  runShell(threadId: string, command: UserCommand): Promise<void>;
  /**
   * Makes the context of a thread smaller, as a turn of its own; resolves when it is on its way. `wishes`: what the user wants of the summary.
   * Rejects with `turnRunning` while a turn runs, with `badInput` when there is nothing to compact.
   */
  compact(threadId: string, wishes: string | null): Promise<void>;
  /** Changes what later turns run under; while a turn runs, permissions change at once. */
  updateSettings(threadId: string, overrides: TurnOverrides): Promise<void>;
  /** Changes how the model is asked in a running turn from its next request on. False: that turn does not run. */
  updateTurn(threadId: string, turnId: string, change: ModelChange): Promise<boolean>;
  /** A client stopped following the thread; when nobody else does, it is unloaded once it has had nothing to do for a while. */
  left(threadId: string): void;
  readonly terminals: Terminals;
  /** Messages that wait for their turn. */
  readonly queue: ThreadQueues;
  /** Interrupts what runs, ends every process, flushes every rollout. Safe to call twice. */
  close(): Promise<void>;
}
