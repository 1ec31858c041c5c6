import type { ThreadEvent } from "../core/thread/events.ts";
import type { Originator } from "../core/thread/threads.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { TurnwrightCapability } from "../protocol/initialize.ts";
import type { NoticeIn, ServerMethods, ServerNotifications } from "../protocol/methods.ts";
import { experimentalNotifications } from "../protocol/notifications.ts";
import type { Peer } from "../rpc/connection.ts";
import { notificationOf } from "./notifications.ts";
import type { Questions } from "./questions.ts";
import type { NumberedEvent } from "./sequences.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

/** A client that said `initialize`. */
export interface InitializedClient {
  readonly originator: Originator;
  readonly hasExperimentalApi: boolean;
  readonly turnwright: TurnwrightCapability;
  /** Opted in to what only Turnwright's server says. */
  readonly isTurnwright: boolean;
  readonly optOut: ReadonlySet<string>;
}

/** One client of the server, with what the server keeps for it. */
export interface Connection {
  /** Null before `initialize`. */
  client: InitializedClient | null;
  readonly peer: Peer<ServerNotifications, ServerMethods>;
  readonly subscriptions: Subscriptions;
  /** Sends a notification unless the client opted out of it, did not ask for experimental ones, or did not initialise. */
  notify<M extends keyof ServerNotifications>(method: M, params: NoticeIn<ServerNotifications, M>): void;
  /** Passes an event of a thread on, with its number if the client counts, and if it subscribed to the thread or the event is for everybody. */
  tell(numbered: NumberedEvent): void;
  /** Passes an event on now. `sequence` null: it says how a thread stands, and may have been told before. */
  show(event: ThreadEvent, sequence: number | null): void;
  /** Runs something in the next tick, when the answer to the request being handled has left. */
  afterAnswer(run: () => void): void;
  /** Handles a request about a thread; what the thread says meanwhile follows the answer. */
  answering<T>(threadId: string, run: () => Promise<T>): Promise<T>;
  /**
   * Handles a request that shows a thread. `run` marks the instant that the answer shows: what the thread says after it follows the answer,
   * what it said before is in the answer, and is told only to a client that followed the thread already.
   */
  showing<T>(threadId: string, run: (onSnapshot: () => void) => Promise<T>): Promise<T>;
}

/** The client of a connection. Rejects a request that came too early. */
export function initializedClient({ client }: Connection): InitializedClient {
  if (client === null) throw invalidRequest("Not initialized");
  return client;
}

export function createConnection(
  openPeer: (connection: () => Connection) => Connection["peer"],
  questions: Pick<Questions, "joined" | "unfollowed">,
): Connection {
  const subscriptions = createSubscriptions({
    onAdded: (threadId) => questions.joined(connection, threadId),
    onRemoved: (threadId) => questions.unfollowed(connection, threadId),
  });
  const peer = openPeer(() => connection);
  const connection: Connection = {
    client: null,
    peer,
    subscriptions,
    notify(method, params) {
      const { client } = connection;
      if (client === null || client.optOut.has(method)) return;
      if (experimentalNotifications.has(method) && !client.hasExperimentalApi) return;
      peer.notify(method, params);
    },
    tell({ event, sequence }) {
      if (event.type === "threadClosed") {
        // Nobody follows it; a list of threads may show it.
        const { threadId } = event;
        connection.notify("thread/status/changed", { threadId, status: { type: "notLoaded" } });
        connection.notify("thread/closed", { threadId });
        return;
      }
      subscriptions.tell(event.threadId, () => connection.show(event, sequence));
    },
    show(event, sequence) {
      const { review = false, sequence: counts = false } = connection.client?.turnwright ?? {};
      const { method, params } = notificationOf(event, review);
      connection.notify(method, counts && sequence !== null ? { ...params, sequence } : params);
    },
    afterAnswer(run) {
      setImmediate(run);
    },
    async answering(threadId, run) {
      const release = subscriptions.hold(threadId);
      try {
        return await run();
      } finally {
        connection.afterAnswer(release);
      }
    },
    async showing(threadId, run) {
      let release: (() => void) | null = null;
      try {
        return await run(() => {
          release ??= subscriptions.hold(threadId);
        });
      } finally {
        connection.afterAnswer(() => release?.());
      }
    },
  };
  return connection;
}
