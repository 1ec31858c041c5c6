import {
  createMessageConnection,
  ErrorCodes,
  ResponseError,
  type DataCallback,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc";
import { errorCodes, RpcError } from "../protocol/errors.ts";
import { installRuntime, runDue } from "./dispatch.ts";
import { defer } from "./defer.ts";
import { classify, type Incoming, type RequestId, type WireMessage } from "./message.ts";
import type { Transport } from "./transport.ts";

export interface WireOptions {
  readonly transport: Transport;
  /** Answers a request. Rejects with {@link RpcError}, which becomes the answer; it is called synchronously, in order of arrival. */
  readonly serve: (id: RequestId, method: string, params: unknown) => Promise<unknown>;
  readonly onNotification: (method: string, params: unknown, emittedAtMs: number | null) => void;
  readonly onSkipped: (reason: string) => void;
  /** An answer of ours that the transport refused; the caller got an error in its place. */
  readonly onUnsendable: (error: unknown) => void;
  /** Stamps outgoing notifications. */
  readonly now: (() => number) | undefined;
  /** The library, where another package brings it along (vscode-languageclient in the editor). */
  readonly openConnection: OpenConnection | undefined;
}

export type OpenConnection = (reader: MessageReader, writer: MessageWriter) => MessageConnection;

/** An untyped JSON-RPC connection. */
export interface Wire {
  /** Sends a request; `result` rejects with {@link RpcError} when the other side refuses, and when the wire ends. */
  call(method: string, params: object): { readonly id: RequestId; readonly result: Promise<unknown> };
  notify(method: string, params: unknown): void;
  /** Resolves when nothing arrives any more; all calls have been rejected by then. */
  readonly closed: Promise<Error | null>;
}

/** As the library writes it, before the members are put in our order. */
type LibraryMessage = Message & {
  readonly id?: RequestId | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
};

const silent = () => ({
  dispose() {
    // Our reader and writer announce nothing: the transport does.
  },
});

/**
 * vscode-jsonrpc's connection over one of our transports. The library pairs requests with answers and runs the handlers; what it would do
 * against the app-server protocol is kept from it: notifications (delivered here, without a macrotask each), answers to unknown ids,
 * `$/cancelRequest`, its own -32601, its `jsonrpc` member and its member order.
 */
export function createWire(options: WireOptions): Wire {
  const { transport, serve, onNotification, onSkipped, now } = options;

  let dispatch: DataCallback = () => {
    throw new Error("The connection does not listen yet.");
  };
  const reader: MessageReader = {
    onError: silent,
    onClose: silent,
    onPartialMessage: silent,
    listen(callback) {
      dispatch = callback;
      return silent();
    },
    dispose: silent,
  };

  let lastId: RequestId = -1;
  const outgoing = new Set<RequestId>();
  const send = (message: LibraryMessage): void => {
    const { id, method, params, result, error } = message;
    if (id === undefined || id === null) return;
    if (method !== undefined) {
      lastId = id;
      outgoing.add(id);
      transport.send({ method, id, params });
      return;
    }
    const answer: WireMessage = error === undefined ? { id, result } : { error, id };
    try {
      transport.send(answer);
    } catch (cause) {
      // Too long for one string, as a thread of hundreds of megabytes is. Nobody may be left waiting.
      options.onUnsendable(cause);
      const message = "The answer is too large to be sent.";
      transport.send({ error: { code: errorCodes.internal, message }, id });
    }
  };
  const sent = Promise.resolve();
  const writer: MessageWriter = {
    onError: silent,
    onClose: silent,
    write(message: LibraryMessage) {
      send(message);
      return sent;
    },
    end: silent,
    dispose: silent,
  };

  installRuntime();
  const connection = (options.openConnection ?? createMessageConnection)(reader, writer);
  // The request that is being dispatched: the library does not tell its handler the id.
  let arriving: RequestId = -1;
  connection.onRequest(async (method: string, params: unknown) => {
    try {
      return await serve(arriving, method, params);
    } catch (error) {
      if (error instanceof RpcError) return new ResponseError(error.code, error.message, error.data);
      throw error;
    }
  });
  connection.listen();

  const deliver = (incoming: Incoming): void => {
    switch (incoming.kind) {
      case "notification":
        onNotification(incoming.method, incoming.params, incoming.emittedAtMs);
        return;
      case "request": {
        const { id, method, params } = incoming;
        arriving = id;
        pass({ jsonrpc: "2.0", id, method, params });
        return;
      }
      case "result":
        if (outgoing.delete(incoming.id)) pass({ jsonrpc: "2.0", id: incoming.id, result: incoming.result });
        return;
      case "error":
        if (outgoing.delete(incoming.id)) pass({ jsonrpc: "2.0", id: incoming.id, error: incoming.error });
        return;
      case "none":
        onSkipped("JSON that is no message");
        return;
    }
  };
  const pass = (message: LibraryMessage): void => {
    dispatch(message);
    runDue();
  };

  // A caller that awaits an answer runs before anything that arrived after it is looked at, so that it may subscribe in time.
  const inbox: Incoming[] = [];
  let isPaused = false;
  let ended: { readonly reason: Error | null } | null = null;
  const isAnswer = ({ kind }: Incoming): boolean => kind === "result" || kind === "error";
  const receive = (incoming: Incoming): void => {
    deliver(incoming);
    if (!isAnswer(incoming)) return;
    isPaused = true;
    defer(resume);
  };
  const resume = (): void => {
    isPaused = false;
    let at = 0;
    for (; at < inbox.length; at++) {
      const incoming = inbox[at];
      if (incoming === undefined) break;
      const next = inbox[at + 1];
      if (next !== undefined && isAnswer(incoming) && !isAnswer(next)) {
        receive(incoming);
        inbox.splice(0, at + 1);
        return;
      }
      deliver(incoming);
    }
    inbox.length = 0;
    if (ended !== null) end(ended.reason);
  };

  const settle = Promise.withResolvers<Error | null>();
  const end = (reason: Error | null): void => {
    connection.dispose();
    settle.resolve(reason);
  };
  transport.listen({
    message(value) {
      const incoming = classify(value);
      if (isPaused) inbox.push(incoming);
      else receive(incoming);
    },
    closed(reason) {
      ended = { reason };
      if (!isPaused) end(reason);
    },
  });

  return {
    call(method, params) {
      if (ended !== null) return { id: -1, result: Promise.reject(new Error("The connection has ended.")) };
      const result = connection.sendRequest(method, params).catch((error: unknown) => {
        const isCutOff =
          ended !== null && error instanceof ResponseError && error.code === ErrorCodes.PendingResponseRejected;
        if (error instanceof ResponseError && !isCutOff) throw new RpcError(error.code, error.message, error.data);
        throw error;
      });
      return { id: lastId, result };
    },
    notify(method, params) {
      transport.send(now === undefined ? { method, params } : { method, params, emittedAtMs: now() });
    },
    closed: settle.promise,
  };
}
