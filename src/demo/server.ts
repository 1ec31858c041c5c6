import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { streamEvents } from "./events.ts";
import { createPrefixCache } from "./prefix-cache.ts";
import { parseRequest, type ModelRequest } from "./request.ts";
import { instant, type Answer, type Pace } from "./script.ts";
import { sendFlood, sendStream } from "./send.ts";

export interface RecordedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** The body's bytes as they came. */
  readonly raw: Buffer;
  /** The same, parsed. */
  readonly body: Readonly<Record<string, unknown>>;
  /** When the body was complete, in Unix ms with fractions. */
  readonly receivedAtMs: number;
  /** Settles when the answer is over: sent to its end, or cut short by a lost connection (the client's doing, or the script's). */
  readonly ended: Promise<{ readonly kind: "sent" | "cut"; readonly atMs: number }>;
}

export interface ResponsesServerOptions {
  /** Decides what the model answers. A rejection becomes a 500 with the error's message. */
  readonly respond: (request: ModelRequest) => Answer | Promise<Answer>;
  /** Demands `authorization: Bearer <token>` of every request. */
  readonly token?: string;
  /** Pace of answers that name none; default as fast as possible. */
  readonly pace?: Pace;
  /** Longest body taken, in bytes; beyond it the answer is a 413. Default 64 MiB. */
  readonly maxBodyBytes?: number;
  /** Answers `POST .../responses/compact` by its parsed body; without it, there is no such endpoint. */
  readonly compact?: (body: unknown) => object;
  /** Names listed by `GET /models`. */
  readonly models?: readonly string[];
  /** Told of each well-formed request for a response, before it is answered. Must not throw. */
  readonly onRequest?: (request: RecordedRequest) => void;
  /** Makes ids of responses, items and calls; default: the prefix and 12 random bytes. */
  readonly newId?: (prefix: string) => string;
}

export interface ResponsesServer {
  /** Base URL, such as `http://127.0.0.1:4711/v1`. */
  readonly url: string;
  /** Cuts open streams and frees the port. May be called twice. */
  close(): Promise<void>;
}

const randomId = (prefix: string) => `${prefix}_${randomBytes(12).toString("hex")}`;
const nowMs = () => performance.timeOrigin + performance.now();

/**
 * Starts a Responses API server on a free port of 127.0.0.1: `POST .../responses` as server-sent events, `GET .../models`. It keeps
 * no conversation: what is answered is decided by `respond` from the request alone.
 */
export async function startResponsesServer(options: ResponsesServerOptions): Promise<ResponsesServer> {
  const { respond, token, pace = instant, maxBodyBytes = 64 * 1024 * 1024, models = [], newId = randomId } = options;
  const prefixes = createPrefixCache();
  const closing = new AbortController();

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? "/", "http://localhost").pathname;
    if (token !== undefined && !isBearer(request.headers.authorization, token)) {
      return refuse(response, 401, "This server needs the bearer token it was started with.", "invalid_api_key");
    }
    if (request.method === "GET" && path.endsWith("/models")) {
      const data = models.map((id) => ({ id, object: "model", created: 0, owned_by: "turnwright" }));
      return sendJson(response, 200, { object: "list", data });
    }
    if (request.method === "POST" && path.endsWith("/responses")) return createResponse(request, response);
    if (request.method === "POST" && path.endsWith("/responses/compact") && options.compact !== undefined) {
      const raw = await readBody(request, maxBodyBytes);
      return sendJson(response, 200, options.compact(raw === null ? null : parseJson(raw)));
    }
    refuse(response, 404, `Unknown request: ${request.method ?? ""} ${path}`);
  }

  async function createResponse(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await readBody(incoming, maxBodyBytes);
    if (raw === null) return refuse(response, 413, `The request body is longer than ${maxBodyBytes} bytes.`);
    const receivedAtMs = nowMs();
    const json = parseJson(raw);
    if (json === undefined) return refuse(response, 400, "The request body is not valid JSON.");
    const parsed = parseRequest(json);
    if (!parsed.ok) return refuse(response, 400, parsed.message);

    const { headers, url = "" } = incoming;
    const { request } = parsed;
    const ended = once(response, "close").then(() => ({
      kind: response.writableFinished ? ("sent" as const) : ("cut" as const),
      atMs: nowMs(),
    }));
    options.onRequest?.({ path: url, headers, raw, body: request.body, receivedAtMs, ended });
    const counted = prefixes.count(request.cacheKey ?? String(headers["thread-id"] ?? ""), raw);
    const answer = await respond(request);
    const head = { responseId: newId("resp"), model: request.model, createdAt: Math.floor(Date.now() / 1000), newId };
    switch (answer.kind) {
      case "error":
        return sendError(response, answer);
      case "raw":
        startStream(response, answer.headers);
        response.end(answer.body);
        return;
      case "flood":
        startStream(response);
        return sendFlood(response, answer, head, counted);
      case "stream": {
        startStream(response, answer.headers);
        const paced = { ...answer, pace: answer.pace ?? pace };
        return sendStream(response, streamEvents(paced, head, counted), paced, closing.signal);
      }
    }
  }

  const server = createServer((request, response) => {
    // A client that goes away in the middle is an ordinary end of a stream, seen as `close`.
    response.on("error", () => undefined);
    handle(request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      if (response.headersSent) response.destroy();
      else refuse(response, 500, message, "server_error");
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  let closed: Promise<void> | null = null;
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    close: () =>
      (closed ??= new Promise((resolve) => {
        closing.abort();
        server.close(() => resolve());
        server.closeAllConnections();
      })),
  };
}

function startStream(response: ServerResponse, headers: Readonly<Record<string, string>> = {}): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers });
  response.flushHeaders();
  response.socket?.setNoDelay(true);
}

function sendError(response: ServerResponse, answer: Extract<Answer, { kind: "error" }>): void {
  const fallback = {
    error: { message: `Scripted status ${answer.status}`, type: "server_error", param: null, code: null },
  };
  const { body = fallback, headers = {}, status } = answer;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(typeof body === "string" ? body : JSON.stringify(body));
}

function refuse(response: ServerResponse, status: number, message: string, code: string | null = null): void {
  // Whatever is left of the body is not read: the connection cannot be used again.
  if (!response.req.complete) response.setHeader("connection", "close");
  const type = status >= 500 ? "server_error" : "invalid_request_error";
  sendJson(response, status, { error: { message, type, param: null, code } });
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(value));
}

function isBearer(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

/** The body, or null when it is longer than `maxBytes`. */
async function readBody(request: AsyncIterable<unknown>, maxBytes: number): Promise<Buffer | null> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) continue;
    bytes += part.length;
    if (bytes > maxBytes) return null;
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}

/** Undefined when it is not JSON; JSON itself has no undefined. */
function parseJson(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString("utf8"));
  } catch {
    return undefined;
  }
}
