import {
  clientMethods,
  clientNotifications,
  serverMethods,
  serverNotifications,
  type ClientMethods,
  type ClientNotifications,
  type ServerMethods,
  type ServerNotifications,
} from "../protocol/methods.ts";
import { createPeer, type Handlers, type Peer, type ReceivedNotice } from "../rpc/connection.ts";
import type { Transport } from "../rpc/transport.ts";
import type { OpenConnection } from "../rpc/wire.ts";

/** A notification of the server, parsed. */
export type ReceivedServerNotification = ReceivedNotice<ServerNotifications>;

export interface ClientOptions {
  /**
   * Answers what the server asks. The signal of a request aborts when the question was settled elsewhere (`serverRequest/resolved`) or the
   * connection ended; an answer given after that has no effect.
   */
  readonly onServerRequest: Handlers<ServerMethods>;
  /** Called in order of arrival; an answer that arrived earlier has reached its caller by then. Must not throw. */
  readonly onNotification?: (notification: ReceivedServerNotification) => void;
  /** What went wrong without a caller to tell, for a log. */
  readonly onFault?: (fault: string, error?: unknown) => void;
  /** As in `PeerOptions`. */
  readonly openConnection?: OpenConnection | undefined;
}

/** A client of the app-server protocol. The caller sends `initialize` first, then the notification `initialized`. */
export type Client = Peer<ClientNotifications, ClientMethods>;

/** Connects over any transport: a server process, a socket, a page, or a linked pair. Pure: no Node, no DOM. */
export function connectClient(transport: Transport, options: ClientOptions): Client {
  const { onServerRequest, onNotification, onFault, openConnection } = options;
  const client: Client = createPeer({
    transport,
    local: { methods: serverMethods, notifications: clientNotifications },
    handlers: onServerRequest,
    remote: { methods: clientMethods, notifications: serverNotifications },
    onNotification(notification) {
      if (notification.method === "serverRequest/resolved") client.abort(notification.params.requestId);
      onNotification?.(notification);
    },
    onFault,
    openConnection,
  });
  return client;
}
