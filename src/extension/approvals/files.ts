import type { FileChangeApprovalParams, FileChangeApprovalResponse } from "../../protocol/approvals.ts";
import { invalidRequest } from "../../protocol/errors.ts";
import type { PendingApproval } from "../../protocol/host.ts";
import type { FileUpdateChange } from "../../protocol/items.ts";
import type { ModalQueue } from "./modal-queue.ts";
import { proposedFiles, reconstructFiles } from "./proposal.ts";
import type { ProposedFile } from "./proposal.ts";

export type FileDecision = "accept" | "decline";

/** A proposal whose diffs can be opened. */
export interface Proposal {
  readonly itemId: string;
  readonly files: readonly ProposedFile[];
}

export interface FileApprovalPorts {
  readonly modals: ModalQueue;
  /** The changes of an item, as `item/started` told them; undefined when it was never seen. */
  changesOf(itemId: string): readonly FileUpdateChange[] | undefined;
  /** Text on disk now; null when there is no such file. */
  readText(path: string): Promise<string | null>;
  /** Whether the server takes an answer per file. */
  answersPerFile(): boolean;
  /** Makes the proposal's texts readable by the diff editor and starts watching its files. */
  mount(proposal: Proposal): void;
  /** Opens the diff of one file without taking the keyboard. */
  openDiff(proposal: Proposal, file: ProposedFile): Promise<void>;
  openOverview(proposal: Proposal): Promise<void>;
  /** Closes the diffs of one file, or of the whole proposal, and forgets their texts. Does not reject; may be called twice. */
  unmount(proposal: Proposal, file?: ProposedFile): Promise<void>;
  /** The modal for several at once. */
  confirmAll(count: number): Promise<"apply" | "review" | "back" | undefined>;
  tell(message: string): void;
  changed(): void;
}

export interface FileApprovals {
  /** Shows the diff and waits; resolves when every file is decided, or with `cancel` when the signal aborts or the turn ends. */
  ask(params: FileChangeApprovalParams, signal: AbortSignal): Promise<FileChangeApprovalResponse>;
  /** Decides one file. Throws when it does not wait. */
  answerFile(itemId: string, path: string, decision: FileDecision): void;
  /** Decides every file that still waits; applying several asks once more. */
  answerAll(itemId: string, decision: FileDecision): Promise<void>;
  /** Opens one diff; false when no such proposal waits. */
  openDiff(itemId: string, path: string): Promise<boolean>;
  openOverview(itemId: string): Promise<boolean>;
  turnEnded(turnId: string): void;
  pending(): PendingApproval[];
}

interface Entry {
  readonly threadId: string;
  readonly turnId: string;
  readonly reason: string | null;
  readonly proposal: Proposal;
  readonly decisions: Map<string, FileDecision>;
  isSettled: boolean;
  settle(response: FileChangeApprovalResponse): void;
}

export function createFileApprovals(ports: FileApprovalPorts): FileApprovals {
  const entries = new Map<string, Entry>();

  const entryOf = (itemId: string): Entry => {
    const entry = entries.get(itemId);
    if (entry === undefined) throw invalidRequest("This change no longer waits for an answer.");
    return entry;
  };

  const waiting = (entry: Entry): ProposedFile[] =>
    entry.proposal.files.filter(({ path }) => !entry.decisions.has(path));

  const decide = (entry: Entry, files: readonly ProposedFile[], decision: FileDecision): void => {
    for (const file of files) {
      entry.decisions.set(file.path, decision);
      void ports.unmount(entry.proposal, file); // a tab that closes slowly is no reason to hold the answer back
    }
    ports.changed();
    if (waiting(entry).length === 0) entry.settle(response(entry));
  };

  const response = ({ proposal, decisions }: Entry): FileChangeApprovalResponse => {
    const answers = proposal.files.map(({ path }) => ({ path, decision: decisions.get(path) ?? ("decline" as const) }));
    const accepted = answers.filter(({ decision }) => decision === "accept").length;
    if (accepted === answers.length) return { decision: "accept" };
    if (accepted === 0) return { decision: "decline" };
    if (ports.answersPerFile()) return { decision: "accept", turnwright: { files: answers } };
    ports.tell("This server takes a change as a whole. Because you rejected part of it, all of it was rejected.");
    return { decision: "decline" };
  };

  const filesOf = async ({ itemId, turnwright }: FileChangeApprovalParams): Promise<ProposedFile[]> =>
    turnwright === undefined
      ? reconstructFiles(ports.changesOf(itemId) ?? [], (path) => ports.readText(path))
      : proposedFiles(turnwright.files);

  const wait = (
    { threadId, turnId, itemId, reason }: FileChangeApprovalParams,
    files: readonly ProposedFile[],
    signal: AbortSignal,
  ): Promise<FileChangeApprovalResponse> =>
    new Promise((resolve) => {
      const entry: Entry = {
        threadId,
        turnId,
        reason: reason ?? null,
        proposal: { itemId, files },
        decisions: new Map(),
        isSettled: false,
        settle: (answer) => {
          if (entry.isSettled) return;
          entry.isSettled = true;
          entries.delete(itemId);
          void ports.unmount(entry.proposal); // as above
          ports.changed();
          resolve(answer);
        },
      };
      signal.addEventListener("abort", () => entry.settle({ decision: "cancel" }), { once: true });
      entries.get(itemId)?.settle({ decision: "cancel" });
      entries.set(itemId, entry);
      ports.mount(entry.proposal);
      ports.changed();
      void showFirst(entry);
    });

  const showFirst = async (entry: Entry): Promise<void> => {
    const [first] = entry.proposal.files;
    await ports.modals.whenQuiet();
    if (first === undefined || isDecided(entry, first)) return;
    await openDiff(entry, first).catch(() => ports.tell("The diff could not be opened. The panel lists the files."));
  };

  const isDecided = (entry: Entry, file: ProposedFile): boolean => entry.isSettled || entry.decisions.has(file.path);

  /** An answer can come while the editor still opens; then there was no tab to close yet. */
  const openDiff = async (entry: Entry, file: ProposedFile): Promise<void> => {
    await ports.openDiff(entry.proposal, file);
    if (isDecided(entry, file)) await ports.unmount(entry.proposal, file);
  };

  const openOverview = async (entry: Entry): Promise<void> => {
    await ports.openOverview(entry.proposal);
    if (entry.isSettled) await ports.unmount(entry.proposal);
  };

  return {
    ask: async (params, signal) => {
      const files = await filesOf(params);
      if (signal.aborted) return { decision: "cancel" };
      if (files.length > 0) return wait(params, files, signal);
      ports.tell("The server asked about a change without saying which files it touches. It was declined.");
      return { decision: "decline" };
    },

    answerFile: (itemId, path, decision) => {
      const entry = entryOf(itemId);
      const file = waiting(entry).find((candidate) => candidate.path === path);
      if (file === undefined) throw invalidRequest("This file no longer waits for an answer.");
      decide(entry, [file], decision);
    },

    answerAll: async (itemId, decision) => {
      const entry = entryOf(itemId);
      const count = waiting(entry).length;
      if (decision === "decline" || count === 1) return decide(entry, waiting(entry), decision);
      const answer = await ports.modals.ask({
        show: () => ports.confirmAll(count),
        allows: (choice) => choice === "apply",
        isWithdrawn: () => entry.isSettled,
      });
      if (entry.isSettled) {
        if (answer === "apply") ports.tell("That change no longer waits for an answer. Nothing was applied.");
      } else if (answer === "apply") decide(entry, waiting(entry), "accept");
      else if (answer === "review") await openOverview(entry);
    },

    openDiff: async (itemId, path) => {
      const entry = entries.get(itemId);
      const file = entry === undefined ? undefined : waiting(entry).find((candidate) => candidate.path === path);
      if (entry === undefined || file === undefined) return false;
      await openDiff(entry, file);
      return true;
    },

    openOverview: async (itemId) => {
      const entry = entries.get(itemId);
      if (entry === undefined) return false;
      await openOverview(entry);
      return true;
    },

    turnEnded: (turnId) => {
      for (const entry of [...entries.values()]) if (entry.turnId === turnId) entry.settle({ decision: "cancel" });
    },

    pending: () =>
      [...entries.values()].map(({ threadId, reason, proposal, decisions }) => ({
        kind: "files",
        itemId: proposal.itemId,
        threadId,
        reason,
        files: proposal.files.map(({ path, kind, added, removed }) => ({
          path,
          kind,
          added,
          removed,
          decision: decisions.get(path) ?? "pending",
        })),
      })),
  };
}
