import { type AnyItem, isKnownItem } from "../../protocol/items.ts";
import type { PlanStep } from "../../protocol/notifications.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { MessageItem } from "../model/types.ts";
import type { OutputRef, RolloutEntry } from "./rollout/lines.ts";

/** Files beyond this are counted, not named. */
const maxFiles = 200;

/** What a thread is in the middle of, in so far as it is recorded: it survives a compaction word for word. */
export interface WorkingState {
  observe(entry: RolloutEntry): void;
  /** For the model; null: there is nothing to tell. */
  message(): MessageItem | null;
}

export function createWorkingState(start: {
  readonly plan: { readonly plan: readonly PlanStep[] } | null;
  readonly turns: readonly Turn[];
}): WorkingState {
  let plan = start.plan?.plan ?? [];
  /** In the order of the last change. */
  const files = new Set<string>();
  /** Paths of changes that are under way, by item: a completion names them by their place in the beginning. */
  const begun = new Map<string, readonly string[]>();
  const touch = (item: AnyItem, output?: OutputRef): void => {
    if (!isKnownItem(item) || item.type !== "fileChange") return;
    const paths = item.changes.map(({ path }) => path);
    if (item.status === "inProgress") return void begun.set(item.id, paths);
    const all = begun.get(item.id) ?? [];
    begun.delete(item.id);
    if (item.status !== "completed") return;
    const changed = output?.in === "started" ? output.changes.flatMap((index) => all[index] ?? []) : paths;
    for (const path of changed) {
      files.delete(path);
      files.add(path);
    }
  };
  for (const turn of start.turns) for (const item of turn.items) touch(item);

  return {
    observe(entry) {
      if (entry.type === "plan") ({ plan } = entry.payload);
      else if (entry.type === "item_started") touch(entry.payload.item);
      else if (entry.type === "item_completed") touch(entry.payload.item, entry.payload.output);
    },
    message() {
      const named = [...files].slice(-maxFiles);
      const unnamed = files.size - named.length;
      const lines = [
        ...(plan.length === 0
          ? []
          : ["The current plan:", ...plan.map(({ step, status }) => `- [${marks[status]}] ${step}`)]),
        ...(named.length === 0
          ? []
          : ["Files changed in this thread so far, the last one last:", ...named.map((file) => `- ${file}`)]),
        ...(unnamed === 0 ? [] : [`- and ${unnamed} earlier ones`]),
      ];
      if (lines.length === 0) return null;
      const text = `<working_state>\n${lines.join("\n")}\n</working_state>`;
      return { type: "message", role: "user", content: [{ type: "input_text", text }] };
    },
  };
}

const marks: Readonly<Record<PlanStep["status"], string>> = { pending: " ", inProgress: "in progress", completed: "x" };
