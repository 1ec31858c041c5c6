/**
 * Error codes of the wire. Clients of the app-server protocol depend on -32600 for everything that is wrong with a request itself,
 * unknown methods included; JSON-RPC's -32601 and -32602 are not used for these.
 */
export const errorCodes = {
  /** Bad params, unknown method, not initialised, unknown thread: the request cannot be served as it is. */
  invalidRequest: -32600,
  /** Params of `command/exec` that do not go together. No other method tells these apart. */
  invalidParams: -32602,
  /** A fault of the server, logged there; and what the system refuses to `fs/*` and `command/exec`. */
  internal: -32603,
  /** The server's queue is full; the request was not started and may be sent again. */
  overloaded: -32001,
} as const;

/** The only error that crosses the wire. `message` says what to do next; `data` is for machines. */
export class RpcError extends Error {
  readonly code: number;
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = "RpcError";
    this.code = code;
    this.data = data;
  }
}

/** A request that cannot be served as it is; see {@link errorCodes.invalidRequest}. */
export const invalidRequest = (message: string, data?: unknown): RpcError =>
  new RpcError(errorCodes.invalidRequest, message, data);
