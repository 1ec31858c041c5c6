import type { QueuedSubmission } from "../../protocol/queue.ts";
import type { UserInput } from "../../protocol/settings.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { LoadedThreads } from "./loaded-threads.ts";
import { checkQueued, findQueued, type QueueRequest, requestedChange } from "./queue-request.ts";
import type { StoredChanges } from "./stored-changes.ts";
import { ThreadRequestError } from "./threads.ts";

/** What a client says of a message that is to wait. */
export interface QueuedInput {
  readonly input: readonly UserInput[];
  readonly responsesapiClientMetadata: Readonly<Record<string, string>> | null;
}

/**
 * The queues of all threads, loaded or not. What waits for a thread that is not loaded is sent once it is. Methods reject with
 * {@link ThreadRequestError}.
 */
export interface ThreadQueues {
  /** The next one first. */
  list(threadId: string): Promise<readonly QueuedSubmission[]>;
  add(threadId: string, clientUserMessageId: string, message: QueuedInput): Promise<QueuedSubmission>;
  update(threadId: string, id: string, message: QueuedInput): Promise<QueuedSubmission>;
  /** False: it was not there. */
  delete(threadId: string, id: string): Promise<boolean>;
  /** `ids`: all of them, in their new order. */
  reorder(threadId: string, ids: readonly string[]): Promise<void>;
  /** Sends one message (null: the first one) of a loaded thread in which nothing runs. */
  start(threadId: string, id: string | null): Promise<Turn>;
}

export function createThreadQueues(port: {
  readonly loaded: LoadedThreads;
  readonly onDisk: StoredChanges;
  newId(): string;
  /** The queue of a thread that is not loaded. */
  storedQueue(threadId: string): Promise<readonly QueuedSubmission[]>;
}): ThreadQueues {
  const { loaded, onDisk } = port;

  const change = async (threadId: string, request: QueueRequest): Promise<boolean> => {
    await loaded.changed(threadId);
    await loaded.settled(threadId);
    const known = loaded.get(threadId);
    if (known !== undefined) return (await loaded.whole(known)).queue.change(request);
    const recorded = await loaded.changing(threadId, () =>
      onDisk.record(threadId, ({ replayed }) => {
        const stored = requestedChange(replayed.queue, request);
        return stored === null ? null : [{ type: "queue", payload: stored }];
      }),
    );
    return recorded !== null;
  };

  const list = async (threadId: string): Promise<readonly QueuedSubmission[]> =>
    loaded.get(threadId)?.thread.queue.list ?? port.storedQueue(threadId);

  return {
    list,
    async add(threadId, clientUserMessageId, { input, responsesapiClientMetadata }) {
      await checkQueued(input);
      const submission = { id: port.newId(), input: [...input], clientUserMessageId, responsesapiClientMetadata };
      await change(threadId, { kind: "add", submission });
      return submission;
    },
    async update(threadId, id, { input, responsesapiClientMetadata }) {
      await checkQueued(input);
      const given = { input: [...input], responsesapiClientMetadata };
      const before = findQueued(await list(threadId), id);
      await change(threadId, { kind: "update", id, change: given });
      return { ...before, ...given };
    },
    delete: (threadId, id) => change(threadId, { kind: "delete", id }),
    async reorder(threadId, ids) {
      await change(threadId, { kind: "reorder", ids });
    },
    async start(threadId, id) {
      const known = loaded.get(threadId);
      if (known !== undefined) return (await loaded.whole(known)).queue.start(id);
      await port.storedQueue(threadId);
      throw new ThreadRequestError("badInput", "resume the thread before starting a queued message");
    },
  };
}
