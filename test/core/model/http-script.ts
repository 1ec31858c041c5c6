import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Socket } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  readonly bytes: Buffer;
  /** Counts the connections, from 0. */
  readonly connection: number;
}
/** Answers one request. The script goes on with the next request; the last entry answers all that follow. */
export type Step = (response: ServerResponse, request: SeenRequest) => void;

export interface HttpScript extends AsyncDisposable {
  /** Ends in `/v1`. */
  readonly baseUrl: string;
  readonly requests: readonly SeenRequest[];
  readonly connections: () => number;
  /** Resolves when a connection is closed, whoever closes it; also if that was before. */
  readonly closedConnection: Promise<undefined>;
  /** Resolves when a connection was opened. */
  readonly openedConnection: Promise<undefined>;
}

/** An HTTP server on loopback that answers by script. Lower level than the demo's: it can break off, stall and lie. */
export async function httpScript(...steps: readonly Step[]): Promise<HttpScript> {
  const requests: SeenRequest[] = [];
  const sockets = new Map<Socket, number>();
  const closed = Promise.withResolvers<undefined>();
  const opened = Promise.withResolvers<undefined>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const bytes = Buffer.concat(chunks);
      const seen = {
        method: request.method ?? "",
        url: request.url ?? "",
        headers: request.headers,
        body: bytes.toString("utf8"),
        bytes,
        connection: sockets.get(request.socket) ?? -1,
      };
      requests.push(seen);
      const step = steps[Math.min(requests.length, steps.length) - 1];
      step?.(response, seen);
    });
  });
  server.on("connection", (socket) => {
    sockets.set(socket, sockets.size);
    opened.resolve(undefined);
    socket.on("close", () => closed.resolve(undefined));
    socket.on("error", () => undefined); // clients break off on purpose here
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    baseUrl: `http://127.0.0.1:${address.port}/v1`,
    requests,
    connections: () => sockets.size,
    closedConnection: closed.promise,
    openedConnection: opened.promise,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sse(...events: readonly object[]): string {
  return events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
}

/** Writes the beginning of a stream and leaves it open. */
export function begin(response: ServerResponse, ...events: readonly object[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(sse(...events));
}

export function stream(...events: readonly object[]): Step {
  return (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(sse(...events)); // one packet: the connection is free again when the end is reported
  };
}

export function status(code: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Step {
  return (response) => {
    response.writeHead(code, { "content-type": "application/json", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  };
}

export function message(text: string, id = "msg_1"): object {
  return { type: "message", id, role: "assistant", status: "completed", content: [{ type: "output_text", text }] };
}
export function itemDone(item: object): object {
  return { type: "response.output_item.done", output_index: 0, item };
}
export function textDelta(delta: string, id = "msg_1"): object {
  return { type: "response.output_text.delta", item_id: id, output_index: 0, content_index: 0, delta };
}
export const completed = {
  type: "response.completed",
  response: {
    id: "resp_1",
    usage: {
      input_tokens: 10,
      input_tokens_details: { cached_tokens: 4 },
      output_tokens: 3,
      output_tokens_details: { reasoning_tokens: 1 },
      total_tokens: 13,
    },
  },
};
export const usage = {
  inputTokens: 10,
  cachedInputTokens: 4,
  outputTokens: 3,
  reasoningOutputTokens: 1,
  totalTokens: 13,
};
export function failed(code: string, text: string): object {
  return { type: "response.failed", response: { id: "resp_1", error: { code, message: text } } };
}
