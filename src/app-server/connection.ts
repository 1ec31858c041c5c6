import type { ThreadEvent } from "../core/thread/events.ts";
import type { Originator } from "../core/thread/threads.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { TurnwrightCapability } from "../protocol/initialize.ts";
import type { NoticeIn, ServerMethods, ServerNotifications } from "../protocol/methods.ts";
import type { Peer } from "../rpc/connection.ts";
import { notificationOf } from "./notifications.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

/** A client that said `initialize`. */
export interface InitializedClient {
  readonly originator: Originator;
  readonly hasExperimentalApi: boolean;
  readonly turnwright: TurnwrightCapability;
  readonly optOut: ReadonlySet<string>;
}

/** One client of the server, with what the server keeps for it. */
export interface Connection {
  /** Null before `initialize`. */
  client: InitializedClient | null;
  readonly peer: Peer<ServerNotifications, ServerMethods>;
  readonly subscriptions: Subscriptions;
  /** Sends a notification unless the client opted out of it, or did not initialise. */
  notify<M extends keyof ServerNotifications>(method: M, params: NoticeIn<ServerNotifications, M>): void;
  /** Passes an event of a thread on, if the client subscribed to the thread. */
  tell(event: ThreadEvent): void;
  /** Runs something in the next tick, when the answer to the request being handled has left. */
  afterAnswer(run: () => void): void;
  /** Handles a request about a thread (null: about one that is being made); what the thread says meanwhile follows the answer. */
  answering<T>(threadId: string | null, run: () => Promise<T>): Promise<T>;
}

/** The client of a connection. Rejects a request that came too early. */
export function initializedClient({ client }: Connection): InitializedClient {
  if (client === null) throw invalidRequest("Not initialized");
  return client;
}

export function createConnection(openPeer: (connection: () => Connection) => Connection["peer"]): Connection {
  const subscriptions = createSubscriptions();
  const peer = openPeer(() => connection);
  const connection: Connection = {
    client: null,
    peer,
    subscriptions,
    notify(method, params) {
      if (connection.client !== null && !connection.client.optOut.has(method)) peer.notify(method, params);
    },
    tell(event) {
      subscriptions.tell(event.threadId, () => {
        const { method, params } = notificationOf(event, connection.client?.turnwright.review ?? false);
        connection.notify(method, params);
      });
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
  };
  return connection;
}
