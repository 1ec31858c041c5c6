import { Buffer } from "node:buffer";
import type { ResponseItem } from "../model/types.ts";
import { isResponseItem, itemFault } from "./rollout/response-item.ts";
import { serializeItem } from "./history.ts";
import { ThreadRequestError } from "./threads.ts";

export const injectionBounds = { items: 1000, bytes: 16 * 1024 * 1024 } as const;

/**
 * Items of a client for the model's history, checked: of a shape that can be recorded and sent, and each call with its output among them, in
 * this order. Between turns and at a safe point no call is open, so an output cannot belong to anything else.
 * @throws ThreadRequestError `badInput`
 */
export function parseInjectedItems(values: readonly unknown[]): readonly ResponseItem[] {
  const refuse = (message: string): never => {
    throw new ThreadRequestError("badInput", `${message} Nothing was injected.`);
  };
  if (values.length === 0) refuse("items must not be empty.");
  if (values.length > injectionBounds.items) {
    refuse(`items holds ${values.length} items; at most ${injectionBounds.items} can be injected at once.`);
  }
  const items: ResponseItem[] = [];
  const open = new Map<string, ResponseItem["type"]>();
  let bytes = 0;
  for (const [index, value] of values.entries()) {
    if (!isResponseItem(value)) {
      return refuse(
        `items[${index}] is not an item that can be sent to the model: ${itemFault(value) ?? ""}. Known are message (role user, developer or assistant), reasoning, compaction, function_call, custom_tool_call and their outputs.`,
      );
    }
    items.push(value);
    bytes += Buffer.byteLength(serializeItem(value));
    if (!("call_id" in value)) continue;
    const { type, call_id: callId } = value;
    if (type === "function_call" || type === "custom_tool_call") {
      if (open.has(callId)) refuse(`items[${index}]: the call ${callId} is there twice without an output in between.`);
      open.set(callId, type);
    } else if (`${open.get(callId) ?? ""}_output` === type) open.delete(callId);
    else refuse(`items[${index}] is an output, and its call ${callId} does not stand before it in items.`);
  }
  for (const callId of open.keys()) refuse(`The call ${callId} has no output in items; each call needs one.`);
  if (bytes > injectionBounds.bytes) {
    refuse(`items has ${bytes} bytes; at most ${injectionBounds.bytes} can be injected at once.`);
  }
  return items;
}
