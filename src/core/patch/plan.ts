import { createHash } from "node:crypto";
import type { FileUpdateChange } from "../../protocol/items.ts";
import type { ProposedFile } from "../approvals.ts";
import { unifiedDiff } from "./unified-diff.ts";

/** A text file as it was read when the patch was verified. */
export interface FileBase {
  readonly bytes: Buffer;
  /** SHA-256 (hex) of `bytes`. */
  readonly hash: string;
  /** With its byte order mark, if any: encodes to `bytes` again. */
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** One name on disk that gets new content or goes away. */
export interface FileStep {
  /** Absolute, as the patch means it: what people and clients see. */
  readonly path: string;
  /** Absolute and real: what is written. Differs from `path` where symbolic links are on the way. */
  readonly location: string;
  /** Null: nothing may be there. */
  readonly base: FileBase | null;
  /** True when the name is a symbolic link and is removed as such. */
  readonly isLink: boolean;
  /** Null removes the file. */
  readonly newText: string | null;
  /** Permission bits for the new content; null: the default of new files. */
  readonly mode: number | null;
}

/** One file that changes in net. A move is one entry with two steps: the destination is written, the source removed. */
export interface PlannedFile {
  /** Absolute; the source of a move. */
  readonly path: string;
  /** Absolute; null unless the file moves. */
  readonly movePath: string | null;
  readonly kind: "add" | "update" | "delete";
  /** Null for an added file. */
  readonly base: FileBase | null;
  /** Null for a deletion. */
  readonly newText: string | null;
  readonly steps: readonly FileStep[];
  /** Entries of one group share files (chained or swapped moves) and are applied together or not at all. */
  readonly group: number;
}

export interface PatchPlan {
  /** Absolute; paths are shown relative to it. */
  readonly cwd: string;
  /** In the order of the patch; empty when the patch changes nothing in net. */
  readonly files: readonly PlannedFile[];
  /** Every path, as written and real, that applying the plan writes or removes: all of them must be allowed. */
  readonly writes: readonly string[];
  /** Those among the files that have further names (hard links). Applying the plan writes a new file under this name only. */
  readonly hardLinked: readonly string[];
  /** Files the patch names although nothing about them changes. */
  readonly unchanged: readonly string[];
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The changes as a fileChange item shows them. */
export function changesOf(plan: PatchPlan): FileUpdateChange[] {
  return plan.files.map(({ path, movePath, kind, base, newText }) => {
    switch (kind) {
      case "add":
        return { path, kind: { type: "add" }, diff: newText ?? "" };
      case "delete":
        return { path, kind: { type: "delete" }, diff: base?.text ?? "" };
      case "update": {
        const diff = unifiedDiff(base?.text ?? "", newText ?? "");
        const moved = movePath === null ? "" : `\n\nMoved to: ${movePath}`;
        return { path, kind: { type: "update", move_path: movePath }, diff: diff + moved };
      }
    }
  });
}

/** The changes as whole texts, for a diff view. */
export function proposedFilesOf(plan: PatchPlan): ProposedFile[] {
  return plan.files.map(({ path, movePath, base, newText }) => ({
    path,
    movePath,
    base: base?.text ?? null,
    proposed: newText,
    baseHash: base?.hash ?? null,
  }));
}
