import { tokensOf, type UsageCount } from "./events.ts";

const blockBytes = 64 * 1024;

/** Bytes that both begin with. */
export function commonPrefixBytes(a: Buffer, b: Buffer): number {
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at + blockBytes <= end && a.subarray(at, at + blockBytes).equals(b.subarray(at, at + blockBytes))) {
    at += blockBytes;
  }
  while (at < end && a[at] === b[at]) at++;
  return at;
}

/**
 * Counts the tokens of requests as a provider with a prompt cache would: what a request shares at its beginning with the
 * previous one of the same thread is cached. Remembers the last body of each of the `maxThreads` threads used last.
 */
export function createPrefixCache(maxThreads = 32): { count(thread: string, body: Buffer): UsageCount } {
  const bodies = new Map<string, Buffer>();
  return {
    count(thread, body) {
      const previous = bodies.get(thread);
      bodies.delete(thread);
      bodies.set(thread, body);
      for (const oldest of bodies.keys()) {
        if (bodies.size <= maxThreads) break;
        bodies.delete(oldest);
      }
      const cached = previous ? commonPrefixBytes(previous, body) : 0;
      return { inputTokens: tokensOf(body.length), cachedTokens: Math.floor(cached / 4) };
    },
  };
}
