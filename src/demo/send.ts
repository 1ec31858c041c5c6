import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { tokensOf, type ResponseHead, type StreamEvent, type UsageCount } from "./events.ts";
import type { Ending, FloodAnswer, Pace } from "./script.ts";

const frame = (data: StreamEvent["data"], sequence_number: number): string =>
  `event: ${data.type}\ndata: ${JSON.stringify({ ...data, sequence_number })}\n\n`;

/** Writes, and waits while the client reads slower than we write. False: the connection is gone. */
async function write(response: ServerResponse, chunk: string | Buffer): Promise<boolean> {
  if (response.destroyed) return false;
  if (response.write(chunk)) return true;
  const gone = new AbortController();
  try {
    await Promise.race([
      once(response, "drain", { signal: gone.signal }),
      once(response, "close", { signal: gone.signal }),
    ]);
  } finally {
    gone.abort();
  }
  return !response.destroyed;
}

/** Sends events at the given pace until they end, the script cuts them, the client leaves or `closing` aborts. */
export async function sendStream(
  response: ServerResponse,
  events: Iterable<StreamEvent>,
  { pace, ending }: { readonly pace: Pace; readonly ending?: Ending },
  closing: AbortSignal,
): Promise<void> {
  const left = new AbortController();
  response.once("close", () => left.abort());
  const stopped = AbortSignal.any([left.signal, closing]);
  const limit = ending?.kind === "disconnect" || ending?.kind === "hang" ? ending.afterEvents : Infinity;
  let sent = 0;
  for (const { data, isDelta } of events) {
    if (sent >= limit) break;
    if (isDelta && pace.delayMs > 0) {
      const isOver = await pause(pace.delayMs, false, { signal: stopped }).catch(() => true);
      if (isOver) return;
    }
    if (!(await write(response, frame(data, sent++)))) return;
  }
  if (ending?.kind === "hang") return;
  if (ending?.kind === "disconnect") {
    // A comment with a callback: what was written before it has left the process when the socket goes.
    await new Promise((resolve) => response.write(":\n", resolve));
    response.destroy();
    return;
  }
  response.end();
}

/** Sends one message of many deltas. The deltas are rendered once, in blocks, and carry no sequence number. */
export async function sendFlood(
  response: ServerResponse,
  { deltas, size }: FloodAnswer,
  { responseId, model, newId }: ResponseHead,
  { inputTokens, cachedTokens }: UsageCount,
): Promise<void> {
  const item_id = newId("msg");
  const word = "abcdefghijklmnopqrstuvwxyz ".repeat(Math.ceil(size / 27)).slice(0, size);
  const at = { output_index: 0, item_id, content_index: 0 };
  const item = { id: item_id, type: "message", role: "assistant" };
  const part = { type: "output_text", text: "", annotations: [] };
  let sequence = 0;
  const send = (data: StreamEvent["data"]) => write(response, frame(data, sequence++));
  const created = { id: responseId, object: "response", status: "in_progress", model, output: [] };

  await send({ type: "response.created", response: created });
  await send({
    type: "response.output_item.added",
    output_index: 0,
    item: { ...item, status: "in_progress", content: [] },
  });
  await send({ type: "response.content_part.added", ...at, part });
  const data = { type: "response.output_text.delta", ...at, delta: word };
  const one = `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  const perBlock = Math.max(1, Math.floor(65_536 / one.length));
  const block = Buffer.from(one.repeat(Math.min(perBlock, deltas)));
  const blocks = Math.floor(deltas / perBlock);
  for (let index = 0; index < blocks; index++) {
    if (!(await write(response, block))) return;
  }
  await write(response, one.repeat(deltas % perBlock));
  const text = word.repeat(deltas);
  const content = [{ ...part, text }];
  await send({ type: "response.output_item.done", output_index: 0, item: { ...item, status: "completed", content } });
  const output_tokens = tokensOf(text.length);
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: cachedTokens },
    output_tokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + output_tokens,
  };
  await send({ type: "response.completed", response: { ...created, status: "completed", usage } });
  response.end();
}
