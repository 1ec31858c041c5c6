import { connectClient } from "../client/client.ts";
import type { ClientOptions } from "../client/client.ts";
import { errorCodes, RpcError } from "../protocol/errors.ts";
import type { InitializeResponse } from "../protocol/initialize.ts";
import { RequestEnded } from "../rpc/connection.ts";
import type { Transport } from "../rpc/transport.ts";
import type { OpenConnection } from "../rpc/wire.ts";
import type { ServerConnection } from "./ports.ts";

export interface HandshakeOptions {
  /** Version of the extension. */
  readonly version: string;
  readonly onServerRequest: ClientOptions["onServerRequest"];
  readonly onNotification: NonNullable<ClientOptions["onNotification"]>;
  readonly log: (line: string) => void;
  /** As in `PeerOptions`. */
  readonly openConnection?: OpenConnection;
}

export interface Handshake {
  readonly connection: ServerConnection;
  /** The server's answer, as every view gets it. */
  readonly initialized: InitializeResponse;
  /** Resolves when nothing arrives any more. */
  readonly closed: Promise<Error | null>;
}

/** Introduces the editor to a server: it reviews changes file by file and writes open documents itself. */
export async function shakeHands(transport: Transport, options: HandshakeOptions): Promise<Handshake> {
  const { version, onServerRequest, onNotification, log, openConnection } = options;
  const client = connectClient(transport, {
    onServerRequest,
    onNotification,
    openConnection,
    onFault: (fault, error) => log(error instanceof Error ? `${fault}: ${error.message}` : fault),
  });
  const initialized = await client.request("initialize", {
    clientInfo: { name: "turnwright-vscode", title: "Turnwright", version },
    capabilities: { experimentalApi: true, extensions: { turnwright: { review: true, editorWriter: true } } },
  });
  client.notify("initialized", {});
  const connection: ServerConnection = {
    isTurnwright: initialized.extensions?.turnwright !== undefined,
    request: (method, params) =>
      client.request(method, params).catch((error: unknown) => {
        throw error instanceof RequestEnded ? endedEarly() : error;
      }),
  };
  return { connection, initialized, closed: client.closed };
}

/** Not an answer of the server's: the error is made on this side, for the user. */
const endedEarly = (): RpcError => new RpcError(errorCodes.internal, "The server ended before it answered.");
