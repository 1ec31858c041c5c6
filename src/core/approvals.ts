import type { CommandAction } from "../protocol/items.ts";

/**
 * What core needs of a person. The port is given by whoever runs core (the app server routes it to the clients of the thread); core
 * knows no wire. Every promise settles: with the first answer, or with `cancel` when the signal aborts or nobody can answer.
 */
export interface ApprovalPort {
  askCommand(question: CommandQuestion, signal: AbortSignal): Promise<CommandAnswer>;
  askFiles(question: FilesQuestion, signal: AbortSignal): Promise<FilesAnswer>;
  /** The editor that writes files for this thread, or null: the server writes them itself. */
  editor(threadId: string): EditorPort | null;
}

interface QuestionOfItem {
  readonly threadId: string;
  readonly turnId: string;
  readonly itemId: string;
  /** Unix ms at which the item was opened. */
  readonly startedAtMs: number;
}

export interface CommandQuestion extends QuestionOfItem {
  /** The command line as it will be shown in the item, with its shell. */
  readonly command: string;
  /** The words of the model, without the shell around them. */
  readonly script: string;
  readonly cwd: string;
  readonly reason: string | null;
  readonly commandActions: readonly CommandAction[];
  /** Argument prefix that could be allowed for good; null when none is safe to offer. */
  readonly proposedAmendment: readonly string[] | null;
  readonly isDangerous: boolean;
  /** Whether "not again this session" can be answered. */
  readonly canRemember: boolean;
  /** True when an accepted command runs without a sandbox. */
  readonly isUnsandboxed: boolean;
}
/** `acceptForGood`: accepted, and what begins with `proposedAmendment` is not asked about again. */
export type CommandAnswer = "accept" | "acceptForSession" | "acceptForGood" | "decline" | "cancel";

/** One file of a proposed change, whole, for a diff view. */
export interface ProposedFile {
  /** Absolute. */
  readonly path: string;
  /** Absolute; null unless the change moves the file. */
  readonly movePath: string | null;
  /** Text before; null for a new file. */
  readonly base: string | null;
  /** Text after; null for a deletion. */
  readonly proposed: string | null;
  /** SHA-256 (hex) of the file's bytes when the patch was verified; null for a new file. */
  readonly baseHash: string | null;
}

export interface FilesQuestion extends QuestionOfItem {
  readonly reason: string | null;
  readonly files: readonly ProposedFile[];
}
export interface FilesAnswer {
  readonly decision: Exclude<CommandAnswer, "acceptForGood">;
  /** Answers for single files, by absolute path; a file that is not named follows `decision`. */
  readonly files: ReadonlyMap<string, { readonly decision: "accept" | "decline"; readonly reason: string | null }>;
}

export interface EditorWrite extends Omit<QuestionOfItem, "startedAtMs"> {
  readonly path: string;
  /** SHA-256 (hex) of the bytes on disk that the edit is based on; null: the file must not exist. */
  readonly baseHash: string | null;
  /** New text; null deletes the file. */
  readonly text: string | null;
}
export type EditorWriteOutcome =
  | { readonly status: "applied"; readonly text: string | null }
  | { readonly status: "conflict"; readonly message: string }
  | { readonly status: "refused"; readonly message: string };

/** Writes files through the user's editor: open documents keep their undo stack, unsaved text is never overwritten. */
export interface EditorPort {
  applyEdit(write: EditorWrite, signal: AbortSignal): Promise<EditorWriteOutcome>;
}
