import { applyPatch, diffLines, parsePatch, reversePatch } from "diff";
import type { FileChangeApprovalParams } from "../../protocol/approvals.ts";
import type { PendingFile } from "../../protocol/host.ts";
import type { FileUpdateChange } from "../../protocol/items.ts";

/** One file of a proposed change, ready for a diff editor. */
export interface ProposedFile {
  /** Absolute; where the file is now. Answers name this path. */
  readonly path: string;
  /** Absolute; where the file goes, null unless the change moves it. */
  readonly movePath: string | null;
  readonly kind: PendingFile["kind"];
  /** Text when the change was proposed; null for a new file. */
  readonly base: string | null;
  /** Text after the change; null for a deletion. */
  readonly proposed: string | null;
  readonly added: number;
  readonly removed: number;
  /** False when the right side shows the raw patch, because it does not fit the file on disk. */
  readonly fits: boolean;
}

type RequestFiles = NonNullable<FileChangeApprovalParams["turnwright"]>["files"];

/** The files of a request from a server that sends whole texts. */
export const proposedFiles = (files: RequestFiles): ProposedFile[] =>
  files.map(({ path, movePath, base, proposed }) => withCounts({ path, movePath: movePath ?? null, base, proposed }));

/**
 * The files of a request from another server, rebuilt from the item's unified diffs and the files on disk.
 * `readText` resolves with null for a file that does not exist.
 */
export async function reconstructFiles(
  changes: readonly FileUpdateChange[],
  readText: (path: string) => Promise<string | null>,
): Promise<ProposedFile[]> {
  return Promise.all(changes.map(async (change) => reconstruct(change, await readText(change.path))));
}

/**
 * One file of a change that was already made: `base` is what stood there before, taken back from the file as it is now. Where the
 * file has moved on, `base` is null and `fits` is false.
 */
export function appliedFile({ path, kind, diff }: FileUpdateChange, current: string | null): ProposedFile {
  switch (kind.type) {
    case "add":
      return withCounts({ path, movePath: null, base: null, proposed: diff });
    case "delete":
      return withCounts({ path, movePath: null, base: diff, proposed: null });
    case "update": {
      const movePath = kind.move_path ?? null;
      const base = current === null ? null : patched(current, diff, { backwards: true });
      if (base !== null) return withCounts({ path, movePath, base, proposed: current });
      return { path, movePath, kind: "update", base: null, proposed: current, ...countHunks(diff), fits: false };
    }
  }
}

function reconstruct({ path, kind, diff }: FileUpdateChange, current: string | null): ProposedFile {
  switch (kind.type) {
    case "add":
      return withCounts({ path, movePath: null, base: current, proposed: diff });
    case "delete":
      return withCounts({ path, movePath: null, base: current ?? diff, proposed: null });
    case "update": {
      const movePath = kind.move_path ?? null;
      const proposed = current === null ? null : patched(current, diff);
      if (proposed !== null) return withCounts({ path, movePath, base: current, proposed });
      return {
        ...withCounts({ path, movePath, base: current, proposed: diff }),
        ...countHunks(diff),
        kind: "update",
        fits: false,
      };
    }
  }
}

/** A patch without a hunk "applies" to anything, so it counts as one that does not fit, unless it is a bare move. */
function patched(current: string, diff: string, options = { backwards: false }): string | null {
  const hunks = diff.replace(/\n\nMoved to: [^\n]*$/, "");
  if (hunks.trim() === "") return current;
  try {
    const [patch] = parsePatch(hunks);
    if (patch === undefined || patch.hunks.length === 0) return null;
    const result = applyPatch(current, options.backwards ? reversePatch(patch) : patch);
    return result === false ? null : result;
  } catch {
    return null; // malformed hunks: the raw text is shown instead
  }
}

function withCounts(file: Pick<ProposedFile, "path" | "movePath" | "base" | "proposed">): ProposedFile {
  return { ...file, kind: kindOf(file), ...countLines(file.base ?? "", file.proposed ?? ""), fits: true };
}

function kindOf({
  base,
  proposed,
  movePath,
}: Pick<ProposedFile, "base" | "proposed" | "movePath">): PendingFile["kind"] {
  if (movePath !== null) return "move";
  if (base === null) return "add";
  return proposed === null ? "delete" : "update";
}

/** Beyond this many changed lines the counts are upper bounds: all lines of both sides. */
const mostEdits = 1_000;

function countLines(before: string, after: string): { added: number; removed: number } {
  const changes = diffLines(before, after, { maxEditLength: mostEdits });
  if (changes === undefined) return { added: linesOf(after), removed: linesOf(before) };
  let added = 0;
  let removed = 0;
  for (const change of changes) {
    if (change.added) added += change.count;
    if (change.removed) removed += change.count;
  }
  return { added, removed };
}

function countHunks(diff: string): { added: number; removed: number } {
  const lines = diff.split("\n");
  return {
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

const linesOf = (text: string): number => (text === "" ? 0 : text.replace(/\n$/, "").split("\n").length);
