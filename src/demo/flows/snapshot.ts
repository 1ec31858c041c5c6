import { run, showPlan, type Flow, type Plan } from "../flow.ts";
import { firstLine } from "../outcome.ts";
import type { Permissions } from "../permissions.ts";
import type { ModelRequest } from "../request.ts";
import { obstacle } from "./obstacle.ts";

export type Snapshot = "taken" | "declined" | "notAsked" | { readonly failed: string };

/**
 * Commits everything. `.git` is write-protected inside the sandbox, so this needs approval. One fixed string, so that "don't ask again this
 * session" covers the second time; safe to repeat.
 */
export const snapshotCommand =
  'git init -q && git add -A && git -c user.name=Turnwright -c user.email=demo@turnwright.invalid commit -q --allow-empty -m "Snapshot"';

/** Offers a snapshot by git. With full access it is taken without a question; where nobody may be asked it is left out. */
export function* takeSnapshot(
  request: ModelRequest,
  { neverAsks, hasFullAccess }: Permissions,
  aside: { readonly say: string; readonly plan?: Plan },
): Flow<Snapshot> {
  if (neverAsks && !hasFullAccess) {
    if (aside.plan) yield* showPlan(request, { plan: aside.plan });
    return "notAsked";
  }
  const justification =
    "May I commit a snapshot with git? The sandbox keeps .git read-only, so this needs your approval.";
  const outcome = yield* run(request, aside, { cmd: snapshotCommand, ...(!hasFullAccess && { justification }) });
  if (outcome.kind === "declined") return "declined";
  if (outcome.kind === "exited" && outcome.exitCode === 0) return "taken";
  if (outcome.kind === "exited") return { failed: firstLine(outcome.output) || `exit code ${outcome.exitCode}` };
  return { failed: obstacle(outcome, "run git") ?? "it did not run" };
}

/** For a summary, such as `declined before the change, taken after it`. */
export function describeSnapshots(before: Snapshot, after: Snapshot): string {
  const word = (one: Snapshot): string =>
    typeof one === "object"
      ? `failed (${one.failed})`
      : { taken: "taken", declined: "declined", notAsked: "not taken" }[one];
  return `${word(before)} before the change, ${word(after)} after it`;
}
