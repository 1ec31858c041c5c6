import zlib from "node:zlib";
import { expect, onTestFinished, test } from "vitest";
import { resolveProvider } from "../../../src/core/model/provider.ts";
import { createResponsesClient } from "../../../src/core/model/responses.ts";
import { completed, httpScript, itemDone, message, status, stream } from "./http-script.ts";

const text = `{"model":"m","input":["${"é".repeat(50_000)}"]}`;
const request = {
  // Cut in the middle of a character, as a body may be.
  body: [Buffer.from(text).subarray(0, 25), Buffer.from(text).subarray(25)],
  threadId: "t",
  originator: "o",
  userAgent: "u",
};

function clientOf(baseUrl: string, compression: "gzip" | "zstd") {
  const providers = { test: { base_url: baseUrl, request_compression: compression, compact: "endpoint" as const } };
  const resolved = resolveProvider("test", {
    providers,
    env: {},
    demoBaseUrl: () => Promise.reject(new Error("no demo")),
  });
  if (resolved.kind !== "found") throw new Error(resolved.message);
  const client = createResponsesClient({ provider: resolved.provider, key: async () => null, env: {} });
  onTestFinished(() => client.close());
  return client;
}

test.each([
  ["gzip", (bytes: Buffer) => zlib.gunzipSync(bytes)],
  ["zstd", (bytes: Buffer) => zlib.zstdDecompressSync(bytes)],
] as const)("with %s the whole body arrives compressed, with its length", async (format, unpack) => {
  await using server = await httpScript(stream(itemDone(message("hi")), completed), status(404, "no"));
  const client = clientOf(server.baseUrl, format);
  const { signal } = new AbortController();
  expect(await client.createResponse(request, () => undefined, signal)).toMatchObject({ kind: "completed" });
  expect(await client.compact(request, signal)).toEqual({ kind: "unavailable" });
  for (const { headers, bytes } of server.requests) {
    expect(headers["content-encoding"]).toBe(format);
    expect(Number(headers["content-length"])).toBe(bytes.length);
    expect(bytes.length).toBeLessThan(text.length / 20);
    expect(unpack(bytes).toString("utf8")).toBe(text);
  }
});
