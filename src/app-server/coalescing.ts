import type { WireMessage } from "../rpc/message.ts";
import type { Coalescing } from "../rpc/outbox.ts";

/** A notification that adds text to an item. */
interface Delta {
  readonly threadId: string;
  readonly itemId: string;
  readonly delta: string;
  readonly sequence?: number;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isDelta = (params: Readonly<Record<string, unknown>>): params is Readonly<Record<string, unknown>> & Delta =>
  typeof params["threadId"] === "string" && typeof params["itemId"] === "string" && typeof params["delta"] === "string";

/** What tells one text from another: everything but the piece itself and its number. */
const keyOf = (method: string, params: object): string =>
  JSON.stringify([method, params], (name, value: unknown) =>
    name === "delta" || name === "sequence" ? undefined : value,
  );

/**
 * Deltas of the same text become one while they wait for a client that reads slowly; nothing else is touched, so an item is always told
 * whole. Of a client that counts (`sequence`), only neighbours in a thread: the number of what it has seen must stand for everything before.
 */
export const deltaCoalescing: Coalescing = {
  placeOf(message) {
    if (!("method" in message) || "id" in message || !isRecord(message.params)) return null;
    const { method, params } = message;
    const { threadId, sequence } = params;
    if (typeof threadId !== "string") return null;
    return { lane: threadId, key: isDelta(params) ? keyOf(method, params) : null, isStrict: sequence !== undefined };
  },
  merge(earlier, later) {
    const [before, after] = [deltaOf(earlier), deltaOf(later)];
    const params = { ...after, delta: before.delta + after.delta };
    return { message: { ...later, params }, moreChars: after.delta.length };
  },
};

function deltaOf(message: WireMessage): Delta {
  if ("method" in message && isRecord(message.params) && isDelta(message.params)) return message.params;
  throw new Error("Only deltas have keys.");
}
