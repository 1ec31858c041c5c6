import { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import type { SentBody } from "./compress.ts";
import type { Target } from "./exchange.ts";
import { failureOfConnection, failureOfStatus, notAResponsesServer } from "./failures.ts";
import { isJsonObject, parseCompacted } from "./items.ts";
import type { ModelProvider } from "./provider.ts";
import type { CompactOutcome } from "./types.ts";
import { readUsage } from "./usage.ts";

const maxAnswerBytes = 32 * 1024 * 1024;

/**
 * Asks a provider's compaction endpoint once: `{model, instructions, input}` in, `{output: [items], usage}` out. Never rejects.
 */
export async function requestCompaction(
  dispatcher: Dispatcher,
  provider: ModelProvider,
  target: Target,
  request: SentBody,
  signal: AbortSignal,
): Promise<CompactOutcome> {
  try {
    const answer = await dispatcher.request({
      origin: target.url.origin,
      path: target.url.pathname + target.url.search,
      method: "POST",
      headers: {
        ...target.headers,
        ...request.headers,
        accept: "application/json",
        "content-length": String(request.body.reduce((sum, part) => sum + part.byteLength, 0)),
      },
      body: Readable.from(request.body, { objectMode: false }),
      headersTimeout: provider.streamIdleTimeoutMs,
      bodyTimeout: provider.streamIdleTimeoutMs,
      signal,
    });
    const body = await readAll(answer.body);
    if (answer.statusCode === 404 || answer.statusCode === 405) return { kind: "unavailable" };
    if (answer.statusCode < 200 || answer.statusCode > 299) {
      const url = target.url.origin + target.url.pathname;
      const said = { status: answer.statusCode, headers: answer.headers, body, url };
      return { kind: "failed", failure: failureOfStatus(provider, said, "").failure };
    }
    const said = parseAnswer(body);
    const output = parseCompacted(said.output);
    return output === null
      ? { kind: "failed", failure: notAResponsesServer(provider, "a compaction without its item") }
      : { kind: "compacted", output, usage: readUsage(said.usage) };
  } catch (error) {
    if (signal.aborted) return { kind: "aborted" };
    return { kind: "failed", failure: failureOfConnection(provider, error, target.url) };
  }
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > maxAnswerBytes) throw new Error("the answer is larger than 32 MiB");
    parts.push(part);
  }
  return Buffer.concat(parts, bytes).toString("utf8");
}

function parseAnswer(body: string): { readonly output?: unknown; readonly usage?: unknown } {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}
