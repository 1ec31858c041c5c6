/** Ids are echoed with their type. */
export type RequestId = string | number;

/** The body of a failed answer. */
export interface WireError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** A message as it leaves: no `jsonrpc` member, and members in the order that clients of the app-server protocol have seen. */
export type WireMessage =
  | { readonly method: string; readonly id: RequestId; readonly params: unknown }
  | { readonly method: string; readonly params: unknown; readonly emittedAtMs?: number }
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly error: WireError; readonly id: RequestId };

/** A message as it arrives, sorted by kind. `none`: JSON that is no message. */
export type Incoming =
  | { readonly kind: "request"; readonly id: RequestId; readonly method: string; readonly params: unknown }
  | {
      readonly kind: "notification";
      readonly method: string;
      readonly params: unknown;
      readonly emittedAtMs: number | null;
    }
  | { readonly kind: "result"; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: "error"; readonly id: RequestId; readonly error: WireError }
  | { readonly kind: "none" };

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value: unknown): value is RequestId => typeof value === "string" || Number.isInteger(value);

const parseError = (error: unknown): WireError => {
  if (isRecord(error) && typeof error["code"] === "number" && typeof error["message"] === "string") {
    const { code, message, data } = error;
    return data === undefined ? { code, message } : { code, message, data };
  }
  return { code: -32603, message: "The other side reported an error without a message." };
};

/**
 * Sorts one parsed JSON value. Members we do not know are ignored, `jsonrpc` too. A method with an id that is neither a string nor
 * an integer is a notification, since nothing could be answered.
 */
export function classify(value: unknown): Incoming {
  if (!isRecord(value)) return { kind: "none" };
  const { id, method } = value;
  if (typeof method === "string") {
    if (isId(id)) return { kind: "request", id, method, params: value["params"] };
    const stamp = value["emittedAtMs"];
    return {
      kind: "notification",
      method,
      params: value["params"],
      emittedAtMs: typeof stamp === "number" ? stamp : null,
    };
  }
  if (!isId(id)) return { kind: "none" };
  if (value["error"] !== undefined && value["error"] !== null)
    return { kind: "error", id, error: parseError(value["error"]) };
  if (value["result"] !== undefined) return { kind: "result", id, result: value["result"] };
  return { kind: "none" };
}
