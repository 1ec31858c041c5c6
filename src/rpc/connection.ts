import type { z } from "zod";
import { errorCodes, RpcError } from "../protocol/errors.ts";
import type {
  MethodTable,
  Notice,
  NoticeIn,
  NotificationTable,
  Params,
  ParamsIn,
  Result,
  ResultIn,
} from "../protocol/methods.ts";
import { invalidParams, missingField, unknownVariant } from "./invalid-params.ts";
import type { RequestId } from "./message.ts";
import type { Transport } from "./transport.ts";
import { createWire, type OpenConnection } from "./wire.ts";

type Name<T> = keyof T & string;

/**
 * One handler per method: a table entry without a handler does not compile. The signal aborts when the connection ends, and when
 * {@link Peer.abort} is called for the request. May throw {@link RpcError}, which is what the caller gets; anything else is an internal error.
 * The answer leaves in the tick in which the promise resolves: what a handler defers to the next one follows it.
 */
export type Handlers<T extends MethodTable> = {
  readonly [M in Name<T>]: (params: Params<T, M>, signal: AbortSignal) => Promise<ResultIn<T, M>>;
};

/** What one side of a connection serves and announces. */
export interface Side<M extends MethodTable, N extends NotificationTable> {
  readonly methods: M;
  readonly notifications: N;
}

/** A notification as it arrives; `emittedAtMs` (Unix ms) where the sender stamped it. */
export type ReceivedNotice<N extends NotificationTable> = {
  [M in Name<N>]: { readonly method: M; readonly params: Notice<N, M>; readonly emittedAtMs: number | null };
}[Name<N>];

/** A request that is about to be handled, with params that fit. */
export type AdmittedRequest<T extends MethodTable> = {
  [M in Name<T>]: { readonly method: M; readonly params: Params<T, M> };
}[Name<T>];

export interface PeerOptions<
  LM extends MethodTable,
  LN extends NotificationTable,
  RM extends MethodTable,
  RN extends NotificationTable,
> {
  readonly transport: Transport;
  readonly local: Side<LM, LN>;
  readonly handlers: Handlers<LM>;
  readonly remote: Side<RM, RN>;
  /** Called in order of arrival, synchronously; must not throw. Unknown notifications are not passed on. */
  readonly onNotification?: ((notification: ReceivedNotice<RN>) => void) | undefined;
  /** Called before a handler; throws {@link RpcError} to refuse the request. */
  readonly admit?: (request: AdmittedRequest<LM>) => void;
  /** Stamps outgoing notifications with Unix ms. */
  readonly now?: () => number;
  /** What went wrong without a caller to tell. The line never holds the content of a message. */
  readonly onFault?: ((fault: string, error?: unknown) => void) | undefined;
  /** Requests being handled at once; more are answered with `overloaded`. Default 20,000. */
  readonly maxInFlight?: number;
  /** The JSON-RPC library, where another package brings it along. Default: vscode-jsonrpc's own. */
  readonly openConnection?: OpenConnection | undefined;
}

/** The connection ended, or the caller gave up, before an answer came. */
export class RequestEnded extends Error {
  readonly reason: "closed" | "aborted";
  constructor(reason: RequestEnded["reason"], method: string) {
    super(reason === "closed" ? `The connection ended before ${method} was answered.` : `${method} was given up.`);
    this.name = "RequestEnded";
    this.reason = reason;
  }
}

/** A request on its way. */
export interface Sent<R> {
  readonly id: RequestId;
  readonly result: Promise<R>;
}

/** One side of a JSON-RPC connection, typed by the tables of both. */
export interface Peer<LN extends NotificationTable, RM extends MethodTable> {
  /**
   * Sends a request. Rejects with {@link RpcError} (the other side's, or `internal` for an answer that does not fit the table) or
   * {@link RequestEnded}. Aborting gives up waiting; nothing is sent, a late answer is ignored.
   */
  request<M extends Name<RM>>(method: M, params: ParamsIn<RM, M>, signal?: AbortSignal): Promise<Result<RM, M>>;
  /** As {@link Peer.request}, and tells the id that the request got. */
  send<M extends Name<RM>>(method: M, params: ParamsIn<RM, M>, signal?: AbortSignal): Sent<Result<RM, M>>;
  notify<M extends Name<LN>>(method: M, params: NoticeIn<LN, M>): void;
  /** Aborts the signal of a request of the other side that is still being handled; its answer is sent all the same. */
  abort(id: RequestId): void;
  /** Resolves when nothing arrives any more, with the reason if that was out of order; every pending request is rejected. */
  readonly closed: Promise<Error | null>;
  /** Ends the connection: waits for running handlers, sends their answers, closes the transport. Safe to call twice. */
  dispose(): Promise<void>;
}

/** Opens one side of a connection; it listens at once. */
export function createPeer<
  const LM extends MethodTable,
  const LN extends NotificationTable,
  const RM extends MethodTable,
  const RN extends NotificationTable,
>(options: PeerOptions<LM, LN, RM, RN>): Peer<LN, RM> {
  const { transport, local, handlers, remote, onNotification, admit, now, onFault } = options;
  const maxInFlight = options.maxInFlight ?? 20_000;
  const methodNames = Object.keys(local.methods);
  const isLocal = (method: string): method is Name<LM> => Object.hasOwn(local.methods, method);
  const isAnnounced = (method: string): method is Name<RN> => Object.hasOwn(remote.notifications, method);

  const running = new Map<RequestId, AbortController>();
  const unfinished = new Set<Promise<unknown>>();

  const parse = <M extends Name<LM>>(method: M, raw: unknown): Params<LM, M> => {
    const table: MethodTable = local.methods;
    const parsed = schemaOf(table[method]?.params, method).safeParse(raw ?? undefined);
    if (parsed.success) return parsed.data as Params<LM, M>;
    throw raw === undefined || raw === null ? missingField("params") : invalidParams(parsed.error, raw);
  };

  const handle = async (id: RequestId, method: string, raw: unknown): Promise<unknown> => {
    if (!isLocal(method)) throw unknownVariant(method, methodNames);
    if (unfinished.size >= maxInFlight) {
      throw new RpcError(errorCodes.overloaded, "Server overloaded; retry later.");
    }
    const params = parse(method, raw);
    admit?.({ method, params });
    const controller = new AbortController();
    running.set(id, controller);
    try {
      const handler: Handlers<LM>[Name<LM>] | undefined = handlers[method];
      if (handler === undefined) throw new Error(`There is no handler for ${method}.`);
      return await handler(params, controller.signal);
    } finally {
      running.delete(id);
    }
  };

  const serve = (id: RequestId, method: string, raw: unknown): Promise<unknown> => {
    const answer = handle(id, method, raw).catch((error: unknown) => {
      if (error instanceof RpcError) throw error;
      onFault?.(`${isLocal(method) ? method : "a request"} failed`, error);
      throw new RpcError(
        errorCodes.internal,
        `${method} failed because of a fault in the server, not in the request. Its log says more; please report it.`,
      );
    });
    unfinished.add(answer);
    const done = (): void => {
      unfinished.delete(answer);
    };
    answer.then(done, done);
    return answer;
  };

  const wire = createWire({
    transport,
    serve,
    openConnection: options.openConnection,
    onNotification(method, raw, emittedAtMs) {
      if (onNotification === undefined || !isAnnounced(method)) return;
      const table: NotificationTable = remote.notifications;
      const parsed = schemaOf(table[method], method).safeParse(raw ?? {});
      if (parsed.success) onNotification({ method, params: parsed.data, emittedAtMs } as ReceivedNotice<RN>);
      else
        onFault?.(
          `ignored a notification ${method} with bad params at ${parsed.error.issues[0]?.path.join(".") ?? ""}`,
        );
    },
    onSkipped(reason) {
      onFault?.(`ignored ${reason}`);
    },
    onUnsendable(error) {
      onFault?.("an answer could not be sent", error);
    },
    now,
  });

  const closed = wire.closed.then((reason) => {
    for (const controller of running.values()) controller.abort();
    return reason;
  });

  const send = <M extends Name<RM>>(method: M, params: ParamsIn<RM, M>, signal?: AbortSignal): Sent<Result<RM, M>> => {
    const { id, result } = wire.call(method, params ?? {});
    return { id, result: receive(method, result, signal) };
  };
  const receive = async <M extends Name<RM>>(
    method: M,
    result: Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<Result<RM, M>> => {
    const raw = await until(result, signal, method);
    const table: MethodTable = remote.methods;
    const parsed = schemaOf(table[method]?.result, method).safeParse(raw);
    if (parsed.success) return parsed.data as Result<RM, M>;
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    throw new RpcError(errorCodes.internal, `The answer to ${method} is not understood${where && `, at ${where}`}.`);
  };

  return {
    request: (method, params, signal) => send(method, params, signal).result,
    send,
    notify(method, params) {
      wire.notify(method, params);
    },
    abort(id) {
      running.get(id)?.abort();
    },
    closed,
    async dispose() {
      await Promise.allSettled(unfinished);
      await transport.close();
    },
  };
}

/** The one lookup by name; the types of what it parses are those of the table at that name. */
function schemaOf(schema: z.ZodType | undefined, name: string): z.ZodType {
  if (schema === undefined) throw new Error(`${name} is not in the table.`);
  return schema;
}

/** Waits for an answer, the end of the connection, or the caller's signal. */
async function until(result: Promise<unknown>, signal: AbortSignal | undefined, method: string): Promise<unknown> {
  const outcome = result.catch((error: unknown) => {
    throw error instanceof RpcError ? error : new RequestEnded("closed", method);
  });
  if (signal === undefined) return outcome;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(new RequestEnded("aborted", method));
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([outcome, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
