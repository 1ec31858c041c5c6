import { randomUUID } from "node:crypto";
import type { QueuedSubmission } from "../../src/protocol/queue.ts";
import { findQueued, type QueueRequest, requestedChange } from "../../src/core/thread/queue-request.ts";
import { applyQueueChange } from "../../src/core/thread/rollout/queue-change.ts";
import type { ThreadQueues } from "../../src/core/thread/thread-queues.ts";
import { ThreadRequestError } from "../../src/core/thread/threads.ts";

/** Queues in memory, whose messages wait for ever. */
export function createMemoryQueues(find: (threadId: string) => unknown): ThreadQueues {
  const queues = new Map<string, readonly QueuedSubmission[]>();
  const listOf = (threadId: string): readonly QueuedSubmission[] => {
    find(threadId);
    return queues.get(threadId) ?? [];
  };
  const change = (threadId: string, request: QueueRequest): boolean => {
    const made = requestedChange(listOf(threadId), request);
    if (made !== null) queues.set(threadId, applyQueueChange(listOf(threadId), made));
    return made !== null;
  };
  return {
    list: async (threadId) => listOf(threadId),
    async add(threadId, clientUserMessageId, { input, responsesapiClientMetadata }) {
      const submission = { id: randomUUID(), input: [...input], clientUserMessageId, responsesapiClientMetadata };
      change(threadId, { kind: "add", submission });
      return submission;
    },
    async update(threadId, id, { input, responsesapiClientMetadata }) {
      change(threadId, { kind: "update", id, change: { input: [...input], responsesapiClientMetadata } });
      return findQueued(listOf(threadId), id);
    },
    delete: async (threadId, id) => change(threadId, { kind: "delete", id }),
    async reorder(threadId, ids) {
      change(threadId, { kind: "reorder", ids });
    },
    async start() {
      throw new ThreadRequestError("badInput", "queue is empty");
    },
  };
}
