import type { Connections } from "./connections.ts";

const timeoutMs = 30_000;
const maxAnswerBytes = 1024 * 1024;

/** One request to a server that is no model: what signs in, for example. */
export interface PlainRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly signal: AbortSignal | null;
}

/**
 * Sends one request through the proxies that model servers are reached by, and reads the whole answer. Redirects are not followed. Rejects after 30 s,
 * beyond 1 MiB, and as the HTTP client does.
 */
export async function fetchWhole(
  connections: Connections,
  url: URL,
  { method, headers, body, signal }: PlainRequest,
): Promise<Response> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const answer = await connections.dispatcher.request({
    origin: url.origin,
    path: url.pathname + url.search,
    method,
    headers,
    body,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    signal: signal === null ? timeout : AbortSignal.any([signal, timeout]),
  });
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    if (!(part instanceof Uint8Array)) continue;
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) throw new Error("the answer is larger than 1 MiB");
    parts.push(part);
  }
  const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one): [string, string] => [name, one]),
  );
  const { statusCode: status } = answer;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : Buffer.concat(parts, bytes), { status, headers: kept });
}
