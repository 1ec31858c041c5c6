import type { FileUpdateChange, ItemOf } from "../../protocol/items.ts";
import type { EditorPort, FilesAnswer } from "../approvals.ts";
import { applyPlan, type FileWriter, formatApplied } from "../patch/apply.ts";
import { parsePatch } from "../patch/parse.ts";
import { classifyPath, protectedNames } from "../patch/paths.ts";
import { changesOf, type PatchPlan, type PlannedFile, proposedFilesOf } from "../patch/plan.ts";
import { readExcept } from "../patch/read-file.ts";
import type { TurnDiff } from "../patch/turn-diff.ts";
import { verifyPatch } from "../patch/verify.ts";
import type { Approvals } from "../thread/approvals.ts";
import type { ThreadEvent } from "../thread/events.ts";
import type { RolloutEntry } from "../thread/rollout/lines.ts";
import { mayAsk } from "../thread/settings.ts";
import type { ToolOutcome } from "../turn/machine.ts";
import type { CallScope } from "./gate.ts";
import { judgePatch } from "./patch-policy.ts";
import { say } from "./tool.ts";

/** Everything a tool may do with files. */
export interface FileGate {
  /** `cwd` is absolute; relative paths of the patch start there. */
  applyPatch(request: { readonly patch: string; readonly cwd: string }): Promise<ToolOutcome>;
}

/** What the file gate is given for one thread. */
export interface FileDeps {
  readonly approvals: Approvals;
  /** The user's editor, if it writes files for this thread. */
  editor(): EditorPort | null;
  /** Collects what a turn changed. */
  diffOf(turnId: string, root: string): TurnDiff;
  /** Absolute paths whose content the model must not see, not even in the message of a patch that does not fit. */
  readonly denyRead: readonly string[];
}

/** verify, policy, approval if needed, write, record: for one call. */
export function createFileGate(scope: CallScope, deps: FileDeps): FileGate {
  const { threadId, turnId, itemId, settings, journal, clock, signal } = scope;
  /** Asked again after each await. */
  const isStopped = (): boolean => signal.aborted;

  const opened = (changes: FileUpdateChange[]): ItemOf<"fileChange"> => ({
    type: "fileChange",
    id: itemId,
    changes,
    status: "inProgress",
    startedAtMs: clock.now(),
    completedAtMs: null,
  });

  const opening = (item: ItemOf<"fileChange">): { entries: RolloutEntry[]; events: ThreadEvent[] } => ({
    entries: [{ type: "item_started", payload: { turnId, item } }],
    events: [{ type: "itemStarted", threadId, turnId, item, startedAtMs: item.startedAtMs ?? clock.now() }],
  });

  /** The end of the item is recorded with the call's output; the diffs stand in its start already. */
  const complete = (
    item: ItemOf<"fileChange">,
    status: "completed" | "failed" | "declined",
    kept: readonly number[] = item.changes.map((_, index) => index),
    more: readonly ThreadEvent[] = [],
  ): void => {
    const completedAtMs = clock.now();
    const changes = kept.flatMap((index) => item.changes[index] ?? []);
    scope.completion = () => ({
      entries: [
        {
          type: "item_completed",
          payload: {
            turnId,
            item: { ...item, status, changes: [], completedAtMs },
            output: { in: "started", changes: kept },
          },
        },
      ],
      events: [
        { type: "itemCompleted", threadId, turnId, item: { ...item, status, changes, completedAtMs }, completedAtMs },
        ...more,
      ],
    });
  };

  const write = async (
    item: ItemOf<"fileChange">,
    plan: PatchPlan,
    only: ReadonlySet<string>,
    reasons: readonly string[],
  ): Promise<ToolOutcome> => {
    const from = clock.now();
    journal.commit([{ type: "write_intent", payload: { turnId, itemId, paths: plan.writes } }], []);
    const editor = deps.editor();
    const outcome = await applyPlan(plan, { only, ...(editor === null ? {} : { writer: throughEditor(editor) }) });
    if (outcome.status !== "applied") {
      complete(item, "failed");
      return say(`${outcome.message}${unrestored(outcome.unrestored)}`);
    }
    const diff = deps.diffOf(turnId, settings.cwd);
    diff.record(outcome.transitions);
    const kept = plan.files.flatMap((file, index) => (outcome.applied.includes(file) ? [index] : []));
    complete(item, "completed", kept, [{ type: "diffUpdated", threadId, turnId, diff: diff.text() }]);
    const wallTime = `Wall time: ${((clock.now() - from) / 1000).toFixed(1)} seconds`;
    return say(["Exit code: 0", wallTime, "Output:", formatApplied(plan, outcome) + reasons.join("\n")].join("\n"));
  };

  const throughEditor = (editor: EditorPort): FileWriter => ({
    write: (request) => editor.applyEdit({ threadId, turnId, itemId, ...request }, signal),
  });

  return {
    async applyPatch({ patch: text, cwd }) {
      const parsed = parsePatch(text);
      if (!parsed.ok) return say(`apply_patch verification failed: ${parsed.message}`);
      const verified = await verifyPatch(parsed.patch, { cwd, read: readExcept(deps.denyRead) });
      if (!verified.ok) return say(`apply_patch verification failed: ${verified.message}`);
      const { plan } = verified;
      if (plan.files.length === 0) return say("Success. The patch changes nothing: the files are like that already.");
      const verdict = judgePatch({
        isPlanMode: settings.isPlanMode,
        approvalPolicy: settings.approvalPolicy,
        sandbox: settings.sandbox,
        reviewEdits: settings.reviewEdits,
        mayAsk: mayAsk(settings.approvalPolicy),
        ...(await placesOf(plan, scope.writableRoots)),
        hardLinked: plan.hardLinked,
      });
      if (verdict.kind === "refuse") return say(verdict.text);
      if (isStopped()) return say("aborted by user");
      const item = opened(changesOf(plan));
      const start = opening(item);
      // Should anything below be thrown, the gate ends the item with this.
      complete(item, "failed");
      if (verdict.kind === "write") {
        journal.commit(start.entries, start.events);
        return write(item, plan, new Set(plan.files.map((file) => file.path)), []);
      }
      const answer = await deps.approvals.askFiles(
        start,
        {
          threadId,
          turnId,
          itemId,
          startedAtMs: item.startedAtMs ?? clock.now(),
          reason: verdict.reason,
          files: proposedFilesOf(plan),
        },
        signal,
      );
      if (isStopped() || answer.decision === "cancel") {
        complete(item, "declined");
        return { text: "aborted by user", endsTurn: true };
      }
      const { accepted, reasons } = sortOut(plan.files, answer);
      if (accepted.size === 0) {
        complete(item, "declined");
        return say(
          ["patch rejected by user; nothing was written. Do not make the same change in another way.", ...reasons].join(
            "\n",
          ),
        );
      }
      return write(item, plan, accepted, reasons);
    },
  };
}

async function placesOf(plan: PatchPlan, roots: readonly string[]) {
  const outside: string[] = [];
  const guarded: string[] = [];
  for (const path of plan.writes) {
    const place = await classifyPath(path, { writableRoots: roots, protectedNames });
    if (place === "outside") outside.push(path);
    if (place === "protected") guarded.push(path);
  }
  return { outside, guarded };
}

/** Which files the user let through, and what was said about the others. */
function sortOut(files: readonly PlannedFile[], answer: FilesAnswer): { accepted: Set<string>; reasons: string[] } {
  const isAccepted = answer.decision === "accept" || answer.decision === "acceptForSession";
  const accepted = new Set<string>();
  const reasons: string[] = [];
  for (const { path } of files) {
    const single = answer.files.get(path);
    if (single === undefined ? isAccepted : single.decision === "accept") accepted.add(path);
    else if (typeof single?.reason === "string") reasons.push(`The user rejected ${path}: ${single.reason}`);
  }
  return { accepted, reasons };
}

const unrestored = (paths: readonly string[]): string =>
  paths.length === 0 ? "" : ` These files could not be put back as they were: ${paths.join(", ")}. Tell the user.`;
