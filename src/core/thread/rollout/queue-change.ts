import type { QueuedSubmission } from "../../../protocol/queue.ts";

/** One step in the life of a thread's queue, as it is recorded. */
export type QueueChange =
  /** Appends a message, or replaces the one with its id where it stands. */
  | { readonly op: "put"; readonly submission: QueuedSubmission }
  /** Deleted, or sent: the line stands together with the turn then. */
  | { readonly op: "remove"; readonly id: string }
  | { readonly op: "order"; readonly ids: readonly string[] };

/** The queue after a change. Pure; ids that are not there are passed over, so that no line can spoil a thread. */
export function applyQueueChange(queue: readonly QueuedSubmission[], change: QueueChange): readonly QueuedSubmission[] {
  switch (change.op) {
    case "put": {
      const { submission } = change;
      const isThere = queue.some(({ id }) => id === submission.id);
      return isThere ? queue.map((one) => (one.id === submission.id ? submission : one)) : [...queue, submission];
    }
    case "remove":
      return queue.filter(({ id }) => id !== change.id);
    case "order": {
      const named = change.ids.flatMap((wanted) => queue.find(({ id }) => id === wanted) ?? []);
      return [...new Set([...named, ...queue])];
    }
    default:
      return change satisfies never;
  }
}
