import type { Server } from "node:net";
import type { Transport } from "../../rpc/transport.ts";
import { type Address, isLoopback } from "./address.ts";
import type { BearerToken } from "./bearer-token.ts";
import { createLines } from "./lines.ts";
import { claimSocketFile } from "./socket-file.ts";

export interface ListenOptions {
  /** Serves one client; resolves when it has left, with the reason if the channel broke. */
  readonly serve: (transport: Transport) => Promise<Error | null>;
  readonly onFault: (fault: string, error?: unknown) => void;
}

export interface Listener {
  /** Where clients find it, as `--listen` takes it. */
  readonly address: string;
  /** Takes nobody new. Those who are there are left alone. Safe to call twice. */
  stop(): void;
  /** Gives up what is held until the end; call it when all clients have left. */
  release(): void;
}

/** Listens at a socket that speaks WebSocket. Rejects with the system's error, or SocketFileError. `token` is for TCP only. */
export async function listenAt(
  address: Exclude<Address, { kind: "stdio" }>,
  token: BearerToken | null,
  options: ListenOptions,
): Promise<Listener> {
  const { createWebSockets } = await import("./web-sockets.ts");
  if (address.kind === "unixSocket") {
    const server = createWebSockets({ ...options, rules: { token: null, isLocalOnly: false } });
    return listenAtFile(address.path, server);
  }
  const { host, port } = address;
  const server = createWebSockets({ ...options, rules: { token, isLocalOnly: isLoopback(host) } });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const bound = server.address();
  const actual = typeof bound === "object" && bound !== null ? bound.port : port;
  return {
    address: `ws://${host.includes(":") ? `[${host}]` : host}:${actual}`,
    stop: () => void server.close(),
    release: () => undefined,
  };
}

/** Listens at a unix socket that carries JSON lines, as stdio does: what `--attach` connects to. */
export const listenForLines = (file: string, options: ListenOptions): Promise<Listener> =>
  listenAtFile(file, createLines(options));

async function listenAtFile(file: string, server: Server): Promise<Listener> {
  const claim = await claimSocketFile(file);
  try {
    await claim.listen(server);
  } catch (error) {
    claim.release();
    throw error;
  }
  return { address: `unix://${file}`, stop: () => void server.close(), release: () => claim.release() };
}
