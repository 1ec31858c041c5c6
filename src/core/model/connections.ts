import type { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, EnvHttpProxyAgent } from "undici";
import type { ProxySettings } from "./proxy.ts";

/** Unused for this long, a connection is closed by us rather than by a server in the very moment it is used. */
const idleMs = 60_000;
const connectTimeoutMs = 15_000;

/** Kept-alive HTTP/1.1 connections, one at a time per request in flight. */
export interface Connections {
  readonly dispatcher: Dispatcher;
  /**
   * Opens a connection that the next request to this origin takes over. Never throws; a second call while one is ready
   * does nothing.
   */
  warmUp(url: URL): void;
  /** Ends every connection, also those in use. */
  close(): Promise<void>;
}

/** @param proxy null: every server is reached directly */
export function createConnections(proxy: ProxySettings | null): Connections {
  // One connection per stream keeps a slow reader from holding up the others, and makes "abort" mean "the socket is
  // closed".
  const connect = buildConnector({ allowH2: false, timeout: connectTimeoutMs });
  const spares = new Map<string, Promise<Socket | null>>();

  const takeSpareOrConnect: buildConnector.connector = (options, callback) => {
    const name = originOf(options);
    const spare = spares.get(name);
    spares.delete(name);
    if (spare === undefined) return connect(options, callback);
    void spare.then((socket) => {
      if (socket?.readyState !== "open") return connect(options, callback);
      socket.ref();
      callback(null, socket);
    });
  };
  const keepAlive = { keepAliveTimeout: idleMs, keepAliveMaxTimeout: 10 * idleMs };
  const dispatcher =
    proxy === null
      ? new Agent({ connect: takeSpareOrConnect, ...keepAlive })
      : new EnvHttpProxyAgent({ ...proxy, ...keepAlive });

  return {
    dispatcher,
    warmUp: (url) => {
      // The way through a proxy is the proxy's affair.
      if (proxy !== null) return;
      const { protocol, port } = url;
      const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
      const name = originOf({ protocol, hostname, port });
      if (spares.has(name)) return;
      const opening = new Promise<Socket | null>((resolve) => {
        // Of a failure it tells the error alone, whatever its types say.
        connect({ protocol, hostname, host: url.host, port }, (error, socket) =>
          resolve(error === null ? socket : null),
        );
      });
      spares.set(name, opening);
      void opening.then((socket) => {
        const forget = (): void => {
          if (spares.get(name) === opening) spares.delete(name);
        };
        if (socket === null || spares.get(name) !== opening) return forget();
        socket.unref();
        const tooLong = setTimeout(() => {
          if (spares.get(name) === opening) socket.destroy();
        }, idleMs).unref();
        socket.once("close", () => {
          clearTimeout(tooLong);
          forget();
        });
      });
    },
    close: async () => {
      const unused = [...spares.values()];
      spares.clear();
      for (const spare of unused) void spare.then((socket) => socket?.destroy());
      await dispatcher.destroy();
    },
  };
}

function originOf(target: { readonly protocol: string; readonly hostname: string; readonly port: string }): string {
  return `${target.protocol}//${target.hostname}:${target.port}`;
}
