import { errorCodes, RpcError } from "../protocol/errors.ts";
import type { InitializeResponse } from "../protocol/initialize.ts";
import { RequestEnded } from "../rpc/connection.ts";
import { shakeHands } from "./handshake.ts";
import type { HandshakeOptions } from "./handshake.ts";
import { spawnServer } from "./server-process.ts";
import type { ServerCommand } from "./server-process.ts";
import type { RunningServer } from "./server.ts";

export interface LaunchOptions extends HandshakeOptions {
  readonly command: ServerCommand;
  /** Milliseconds to wait for the answer to the handshake. Default 30,000. */
  readonly handshakeMs?: number;
}

/** Starts an app server and shakes hands with it. Rejects with a sentence for the user; then nothing is left running. */
export async function launchServer(
  options: LaunchOptions,
): Promise<RunningServer & { readonly initialized: InitializeResponse }> {
  const { command, log, handshakeMs = 30_000 } = options;
  const process = spawnServer(command, log);
  const tooLate = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => tooLate.reject(failed(`It did not answer within ${handshakeMs / 1_000} seconds.`)),
    handshakeMs,
  );
  try {
    const { connection, initialized, closed } = await Promise.race([
      shakeHands(process.transport, options).catch(async (error: unknown) => {
        // The connection ends with the process; how the process ended says more.
        throw error instanceof RequestEnded ? failed(await process.ended) : error;
      }),
      process.ended.then((how) => Promise.reject(failed(how))),
      tooLate.promise,
    ]);
    // A process that closed its output is of no use any more; how it ended says more than that it did.
    const ended = Promise.race([process.ended, closed.then(() => process.close()).then(() => process.ended)]);
    return { connection, initialized, ended, close: () => process.close() };
  } catch (error) {
    await process.close();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Not an answer of the server's: the error is made on this side, for the user. */
const failed = (message: string): RpcError => new RpcError(errorCodes.internal, message);
