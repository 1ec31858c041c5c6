import type { ThreadItem } from "../../../protocol/items.ts";
import type { PlanStep } from "../../../protocol/notifications.ts";
import type {
  AskForApproval,
  ReviewEdits,
  SandboxPolicy,
  ThreadTokenUsage,
  UserInput,
} from "../../../protocol/settings.ts";
import type { GitInfo } from "../../../protocol/threads.ts";
import type { TurnError } from "../../../protocol/turns.ts";
import type { ResponseItem } from "../../model/types.ts";
import type { InstructionFamily } from "../../prompt/base-instructions.ts";
import type { InputEntry } from "../../prompt/compaction.ts";
import type { QueueChange } from "./queue-change.ts";

/**
 * What stands in a rollout: one JSON object a line, `{timestamp, ordinal, type, payload}`. The file is the truth of a thread: the view and
 * the prompt are rebuilt from it and from nothing else. A body stands in it once: the text of a message is in its response item, and the view
 * is derived from there.
 */
export const rolloutFormat = 2;

/** The last part of a reasoning summary or content that is kept while the item is open; the index comes from the model. */
export const maxPartIndex = 1000;

/** So many threads a fork may come from, one from the other. */
export const maxHistorySegments = 1000;

export interface SessionMeta {
  readonly id: string;
  readonly format: number;
  /** Unix ms. */
  readonly createdAtMs: number;
  readonly cwd: string;
  readonly originator: string;
  readonly cliVersion: string;
  readonly modelProvider: string;
  readonly git: GitInfo | null;
  /** The thread that this one was forked from; null: none. */
  readonly forkedFromId: string | null;
  /** What it shares with the threads that it comes from, oldest first: these lines stand before its own. Empty: nothing. */
  readonly historyBase: readonly HistorySegment[];
  /** The first words of the user in what it shares. */
  readonly preview: string;
  /** What its first turn runs under if nothing else is said; null: not known. */
  readonly settings: StandingSettings | null;
}

/** The beginning of the rollout of another thread, up to a place in it. */
export interface HistorySegment {
  readonly threadId: string;
  /** Its lines with a smaller ordinal. */
  readonly endOrdinal: number;
  /** The end of the last of them, line break included. */
  readonly endByteOffset: number;
}

/** What a turn ran under; the last one is what a resumed thread goes on with. */
export interface RecordedSettings {
  readonly cwd: string;
  readonly model: string;
  readonly modelProvider: string;
  readonly approvalPolicy: AskForApproval;
  readonly sandbox: SandboxPolicy;
  readonly effort: string | null;
  readonly summary: string | null;
  readonly reviewEdits: ReviewEdits;
  readonly isPlanMode: boolean;
  readonly developerInstructions: string | null;
  readonly instructionSources: readonly string[];
  /** SHA-256 (hex) of the user instructions that the model was told; null: none. */
  readonly userInstructionsHash: string | null;
}

/** Settings as the user has them, whatever the model was told so far. */
export type StandingSettings = Omit<RecordedSettings, "instructionSources" | "userInstructionsHash">;
/** What a client changed of them. */
export type SettingsChange = Partial<StandingSettings>;

export interface Epoch {
  readonly instructions: string;
  readonly tools: readonly unknown[];
  /** Whose the instructions are: ours for a family of models, those of `model_instructions_file`, or a client's. Older lines do not say. */
  readonly source?: InstructionFamily | "file" | "client";
  /** The form of apply_patch in `tools`; a model that needs the other one begins a new epoch. */
  readonly patchTool: "freeform" | "function";
}

/** What a request was sent for: an answer; or a smaller context, by a summary, a trigger item, or the provider's endpoint. */
export type RequestPurpose = "answer" | "summary" | "trigger" | "endpoint";

/** A request as it left: with the epoch and the history before its line, its body can be built again, byte for byte. */
export interface RequestRecord {
  readonly turnId: string;
  readonly purpose: RequestPurpose;
  readonly model: string;
  /** The input, where it was not the history as it stood: items of that by their index, and others. */
  readonly input?: readonly InputEntry[];
  /** Stood behind the input: what asks for a smaller context. */
  readonly question?: object;
  /** The members behind the tools; null: neither these nor tools. */
  readonly parameters: object | null;
  /** Length of the body. */
  readonly bytes: number;
}

/** How an item of the view comes out of the response item on the same line. */
export type ItemView =
  | {
      readonly kind: "userMessage";
      readonly turnId: string;
      readonly id: string;
      readonly clientId: string | null;
      readonly at: number;
      /** Only when the input is more than the plain text that the response item holds. */
      readonly content?: readonly UserInput[];
    }
  | {
      readonly kind: "agentMessage" | "reasoning" | "webSearch";
      readonly turnId: string;
      readonly id: string;
      readonly startedAt: number;
      readonly at: number;
      /** The stream ended before the text did. */
      readonly isPartial?: boolean;
    };

/** Where the body of a completed item stands, when it is not in the item itself. */
export type OutputRef =
  /** In the output of call `callId`, or in the message that is marked `bodyOf` it, `length` UTF-16 units from `start`. */
  | { readonly in: "response"; readonly callId: string; readonly start: number; readonly length: number }
  /** In `outputs/<itemId>`; the view holds head and tail of it. */
  | { readonly in: "file"; readonly path: string }
  /** Of a file change: those of the changes it was started with that took effect, by index. */
  | { readonly in: "started"; readonly changes: readonly number[] };

export type RolloutEntry =
  | { readonly type: "session_meta"; readonly payload: SessionMeta }
  /** A prompt epoch begins: what stands before the input of every request until the next one. */
  | { readonly type: "epoch"; readonly payload: Epoch }
  | { readonly type: "turn_context"; readonly payload: { readonly turnId: string } & RecordedSettings }
  | { readonly type: "turn_started"; readonly payload: { readonly turnId: string; readonly at: number } }
  | {
      readonly type: "turn_completed";
      readonly payload: {
        readonly turnId: string;
        readonly status: "completed" | "interrupted" | "failed";
        readonly error: TurnError | null;
        readonly at: number;
      };
    }
  /** An item of the model's history, as it is sent. */
  | {
      readonly type: "response_item";
      readonly payload: {
        readonly item: ResponseItem;
        readonly view?: ItemView;
        /** The message tells of this item (a command of the user) and holds its body. */
        readonly bodyOf?: string;
      };
    }
  /**
   * A prompt epoch begins with another input: items that it had, by their index in the input before, and new ones. `summaryAt`: index of the
   * summary that the item of the view shows; null: there is none that can be read.
   */
  | {
      readonly type: "compacted";
      readonly payload: {
        readonly turnId: string;
        readonly id: string;
        readonly startedAt: number;
        readonly at: number;
        readonly reason: "manual" | "limit" | "overflow";
        readonly input: readonly InputEntry[];
        /** Indices of the user's own messages in `input`. */
        readonly userMessages: readonly number[];
        readonly summaryAt: number | null;
      };
    }
  | { readonly type: "request"; readonly payload: RequestRecord }
  | { readonly type: "item_started"; readonly payload: { readonly turnId: string; readonly item: ThreadItem } }
  | {
      readonly type: "item_completed";
      readonly payload: { readonly turnId: string; readonly item: ThreadItem; readonly output?: OutputRef };
    }
  | {
      readonly type: "approval";
      readonly payload: {
        readonly turnId: string;
        readonly itemId: string;
        readonly at: number;
        /** Null: asked; else the answer. */
        readonly decision: string | null;
      };
    }
  /** What is about to be written to the user's files, before it is: the outcome is the item's completion. */
  | {
      readonly type: "write_intent";
      readonly payload: { readonly turnId: string; readonly itemId: string; readonly paths: readonly string[] };
    }
  | {
      readonly type: "plan";
      readonly payload: {
        readonly turnId: string;
        readonly explanation: string | null;
        readonly plan: readonly PlanStep[];
      };
    }
  /** A turn and all that came after it are hidden from the view and the prompt; see visible-lines.ts. */
  | {
      readonly type: "reverted";
      readonly payload: { readonly beforeTurnId: string; readonly at: number; readonly settings: StandingSettings };
    }
  /** Said between turns, or for the turns after the one that runs; counts until the next turn begins. */
  | { readonly type: "thread_settings"; readonly payload: SettingsChange }
  /** A message waits for its turn, or does not any more. */
  | { readonly type: "queue"; readonly payload: QueueChange }
  /** What the user calls the thread; the last one counts. */
  | { readonly type: "thread_name"; readonly payload: { readonly name: string } }
  /** Where the work stood in git when the first turn began, or what a client said of it later; the last one counts. */
  | { readonly type: "git_info"; readonly payload: { readonly git: GitInfo } }
  | { readonly type: "usage"; readonly payload: { readonly turnId: string; readonly usage: ThreadTokenUsage } };

export const gitEntry = (git: GitInfo): RolloutEntry => ({ type: "git_info", payload: { git } });
export const nameEntry = (name: string): RolloutEntry => ({ type: "thread_name", payload: { name } });

export type RolloutLine = RolloutEntry & { readonly timestamp: string; readonly ordinal: number };

/** Text of an item that is still open; kept beside the rollout and dropped when the item ends. */
export interface Checkpoint {
  readonly turnId: string;
  readonly itemId: string;
  /** Which text of the item: its message, its output, or part N of a reasoning summary or content. */
  readonly part: { readonly of: "text" | "output" | "summary" | "content"; readonly index: number };
  /** What came since the last checkpoint of this part. */
  readonly text: string;
}
