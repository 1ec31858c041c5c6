import type { QueuedSubmission } from "../../protocol/queue.ts";
import type { UserInput } from "../../protocol/settings.ts";
import { userContent, UserInputError } from "../prompt/user-input.ts";
import type { QueueChange } from "./rollout/queue-change.ts";
import { ThreadRequestError } from "./threads.ts";

/** Messages of one thread that may wait, and characters of JSON that they may have in all. */
export const queueLimits = { submissions: 100, chars: 16 * 1024 * 1024 } as const;

/** What a queue looks like after a request, or why it cannot be served; see {@link requestedChange}. */
export type QueueRequest =
  | { readonly kind: "add"; readonly submission: QueuedSubmission }
  | {
      readonly kind: "update";
      readonly id: string;
      readonly change: Pick<QueuedSubmission, "input" | "responsesapiClientMetadata">;
    }
  | { readonly kind: "delete"; readonly id: string }
  | { readonly kind: "reorder"; readonly ids: readonly string[] };

/**
 * The change that a request means. Null: there is nothing to delete. The words begin as clients know them.
 * @throws ThreadRequestError `badInput`
 */
export function requestedChange(queue: readonly QueuedSubmission[], request: QueueRequest): QueueChange | null {
  switch (request.kind) {
    case "add":
      if (queue.length >= queueLimits.submissions) {
        throw bad(
          `at most ${queueLimits.submissions} messages can be queued; delete one of them or wait for the next turn`,
        );
      }
      return put(queue, request.submission);
    case "update":
      return put(queue, { ...findQueued(queue, request.id), ...request.change });
    case "delete":
      return queue.some(({ id }) => id === request.id) ? { op: "remove", id: request.id } : null;
    case "reorder": {
      const wanted = new Set(request.ids);
      const isWhole = wanted.size === request.ids.length && wanted.size === queue.length;
      if (isWhole && queue.every(({ id }) => wanted.has(id))) return { op: "order", ids: request.ids };
      throw bad("queue reorder must include every queued submission exactly once; list the queue again");
    }
    default:
      return request satisfies never;
  }
}

/** @throws ThreadRequestError `badInput` */
export function findQueued(queue: readonly QueuedSubmission[], id: string): QueuedSubmission {
  const found = queue.find((one) => one.id === id);
  if (found === undefined) throw bad(`queued submission not found: ${id.slice(0, 100)}`);
  return found;
}

/** Rejects with ThreadRequestError `badInput` for a message that could not be sent as it is now. */
export async function checkQueued(input: readonly UserInput[]): Promise<void> {
  if (input.length === 0) throw bad("only user input can be added to the user-message queue");
  await userContent(input).catch((error: unknown) => {
    throw error instanceof UserInputError ? bad(error.message) : error;
  });
}

function put(queue: readonly QueuedSubmission[], submission: QueuedSubmission): QueueChange {
  const others = queue.filter(({ id }) => id !== submission.id);
  const chars = [...others, submission].reduce((sum, one) => sum + sizeOf(one), 0);
  if (chars <= queueLimits.chars) return { op: "put", submission };
  throw bad("the queue has no room for a message of this size; delete one of its messages or wait for the next turn");
}

const sizes = new WeakMap<QueuedSubmission, number>();

/** Characters of its JSON; counted once. */
function sizeOf(submission: QueuedSubmission): number {
  const known = sizes.get(submission) ?? JSON.stringify(submission).length;
  sizes.set(submission, known);
  return known;
}

const bad = (message: string): ThreadRequestError => new ThreadRequestError("badInput", message);
