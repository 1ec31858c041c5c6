import http from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Transport } from "../../rpc/transport.ts";
import { type OpenSocket, webSocketTransport } from "../../rpc/web-socket.ts";
import { deltaCoalescing } from "../coalescing.ts";
import { type AdmissionRules, refusal } from "./admission.ts";

export interface WebSocketsOptions {
  readonly rules: AdmissionRules;
  /** Serves one client; resolves when it has left. */
  readonly serve: (transport: Transport) => Promise<Error | null>;
  readonly onFault: (fault: string, error?: unknown) => void;
}

const maxFrameBytes = 64 * 1024 * 1024;
/** Clients at once; one more is told to come back. */
const maxClients = 64;
/** Connections at once, whatever they are up to. */
const maxConnections = 2 * maxClients;
const handshakeMs = 10_000;
const probeAfterMs = 30_000;
/** How long the other side may take to say goodbye. */
const goodbyeMs = 2000;

/**
 * An HTTP server whose only service are WebSockets that carry the protocol, one message a text frame; `/readyz` and `/healthz` tell that it
 * is up. It listens nowhere yet.
 */
export function createWebSockets({ rules, serve, onFault }: WebSocketsOptions): http.Server {
  const timeouts = { headersTimeout: handshakeMs, requestTimeout: handshakeMs };
  // A machine at the other end may go without a word.
  const probing = { keepAlive: true, keepAliveInitialDelay: probeAfterMs };
  const server = http.createServer({ ...timeouts, ...probing }, (request, response) => {
    const isProbe = request.method === "GET" && (request.url === "/readyz" || request.url === "/healthz");
    response.writeHead(isProbe ? 200 : 426, {
      "content-type": "text/plain",
      ...(isProbe ? {} : { upgrade: "websocket" }),
    });
    response.end(isProbe ? "" : "This server speaks WebSocket.\n");
  });
  server.maxConnections = maxConnections;
  // A compressed frame could be small and its text without bound.
  const handshake = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
  });
  let clients = 0;

  const take = async (socket: WebSocket): Promise<void> => {
    clients += 1;
    try {
      const onSkipped = (reason: string): void => onFault(`ignored input: ${reason}`);
      const transport = webSocketTransport({ socket: openSocket(socket), onSkipped, coalescing: deltaCoalescing });
      const reason = await serve(transport);
      if (reason !== null) onFault(`a client's channel broke: ${reason.message}`);
    } finally {
      clients -= 1;
    }
  };

  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const refused = refusal(request.headers, rules);
    if (refused !== null) {
      onFault(`refused a client: ${refused.reason}`);
      const more = refused.status === 401 ? "WWW-Authenticate: Bearer\r\n" : "";
      refuse(
        socket,
        `${refused.status} ${refused.status === 401 ? "Unauthorized" : "Forbidden"}`,
        refused.reason,
        more,
      );
      return;
    }
    if (clients >= maxClients) {
      onFault(`refused a client: ${maxClients} are there already`);
      refuse(socket, "503 Service Unavailable", `there are ${maxClients} clients already; try again later`);
      return;
    }
    handshake.handleUpgrade(request, socket, head, (opened) => {
      take(opened).catch((error: unknown) => onFault("serving a client failed", error));
    });
  });
  return server;
}

function refuse(socket: Duplex, status: string, reason: string, headers = ""): void {
  const body = `${reason}\n`;
  const length = Buffer.byteLength(body);
  socket.end(
    `HTTP/1.1 ${status}\r\n${headers}Content-Type: text/plain\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** Close codes that tell of no trouble: normal, going away, none given; and 1006, since a client may end without a goodbye. */
const goodbyes: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006]);

function openSocket(socket: WebSocket): OpenSocket {
  return {
    listen({ onText, onBinary, onClosed }) {
      let isClosed = false;
      const closed = (reason: Error | null): void => {
        if (isClosed) return;
        isClosed = true;
        onClosed(reason);
      };
      socket.on("message", (data: Buffer, isBinary: boolean) => {
        if (isClosed) return;
        if (isBinary) onBinary();
        else onText(data.toString("utf8"));
      });
      // The library has told the other side by then: 1009 for a frame beyond the bound.
      socket.on("error", closed);
      socket.on("close", (code) => {
        closed(goodbyes.has(code) ? null : new Error(`the other side ended the connection with code ${code}`));
      });
    },
    send(text, sent) {
      socket.send(text, () => sent());
    },
    close(code, reason) {
      socket.close(code, reason);
      const cut = setTimeout(() => socket.terminate(), goodbyeMs);
      cut.unref();
      socket.once("close", () => clearTimeout(cut));
    },
  };
}
