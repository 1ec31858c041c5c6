import { createParser } from "eventsource-parser";

export type SseEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export const requestBody = (more: object = {}) =>
  JSON.stringify({ model: "m", stream: true, input: [{ role: "user", content: "hi" }], tools: [], ...more });

export const post = (url: string, body: string, headers: Record<string, string> = {}, signal?: AbortSignal) =>
  fetch(`${url}/responses`, {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
    ...(signal && { signal }),
  });

/** Events of a stream as they come; throws when the connection breaks. */
export async function* eventsOf(response: Response): AsyncGenerator<SseEvent> {
  const ready: SseEvent[] = [];
  const parser = createParser({
    onEvent({ event, data }) {
      const parsed: unknown = JSON.parse(data);
      if (!isEvent(parsed) || parsed.type !== event) throw new Error(`not an event of the API: ${data}`);
      ready.push(parsed);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* ready.splice(0);
  }
}

export async function allEvents(response: Response): Promise<SseEvent[]> {
  const events: SseEvent[] = [];
  for await (const event of eventsOf(response)) events.push(event);
  return events;
}

const isEvent = (value: unknown): value is SseEvent =>
  typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
