import { once } from "node:events";
import http from "node:http";
import { onTestFinished } from "vitest";

export interface ChatChunk {
  readonly delta: object;
  readonly finish?: string;
}

/** A server that has Chat Completions only, and answers with these streams in order. */
export async function chatServer(...answers: readonly (readonly ChatChunk[])[]) {
  const requests: { readonly path: string; readonly body: Record<string, unknown>; readonly raw: string }[] = [];
  const server = http.createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (request.url !== "/v1/chat/completions") return void response.writeHead(404).end("not found");
      const raw = Buffer.concat(parts).toString("utf8");
      requests.push({ path: request.url, body: JSON.parse(raw) as Record<string, unknown>, raw });
      response.writeHead(200, { "content-type": "text/event-stream" });
      for (const { delta, finish = null } of answers[requests.length - 1] ?? []) {
        response.write(
          `data: ${JSON.stringify({ id: "c", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`,
        );
      }
      const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 };
      response.end(`data: ${JSON.stringify({ id: "c", choices: [], usage })}\n\ndata: [DONE]\n\n`);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => server.closeAllConnections());
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return { url: `http://127.0.0.1:${address.port}/v1`, requests };
}

export const chatToolCall = (id: string, name: string, args: object): ChatChunk => ({
  delta: { tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: JSON.stringify(args) } }] },
});
