import { once } from "node:events";
import http from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startAgent } from "../../helpers/agent.ts";

interface Chunk {
  readonly delta: object;
  readonly finish?: string;
}

/** A server that has Chat Completions only, and answers with these streams in order. */
async function chatServer(...answers: readonly (readonly Chunk[])[]) {
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

const client = { name: "test", version: "1" };
const chat = {
  sandbox: "danger-full-access",
  approvalPolicy: "never",
  config: { "model_providers.test.wire_api": "chat" },
} as const;
const toolCall = (id: string, name: string, args: object): Chunk => ({
  delta: { tool_calls: [{ index: 0, id, type: "function", function: { name, arguments: JSON.stringify(args) } }] },
});

test("a model behind Chat Completions thinks, calls tools and answers like any other, and its requests only grow at their end", async () => {
  const patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch";
  const server = await chatServer(
    [
      { delta: { role: "assistant", reasoning_content: "let me see" } },
      { delta: { content: "I write the file." } },
      toolCall("call_a", "apply_patch", { input: patch }),
      { delta: {}, finish: "tool_calls" },
    ],
    [toolCall("call_b", "exec_command", { cmd: "cat a.txt" }), { delta: {}, finish: "tool_calls" }],
    [{ delta: { content: "It says " } }, { delta: { content: "hello." } }, { delta: {}, finish: "stop" }],
    [{ delta: { content: "Again." }, finish: "stop" }],
  );
  await using agent = await startAgent(server);
  const { thread } = await agent.threads.start({ cwd: agent.cwd, ...chat }, client);
  const { turn } = await agent.play(thread.id, "write a file and read it");
  expect(turn).toMatchObject({ status: "completed", items: [{ text: "It says hello." }] });
  const [stored] = (await agent.threads.read(thread.id, { includeTurns: true })).turns;
  expect(stored?.items.map(({ type }) => type)).toEqual([
    "userMessage",
    "reasoning",
    "agentMessage",
    "fileChange",
    "commandExecution",
    "agentMessage",
  ]);
  expect(agent.events.find((event) => event.type === "tokenUsageUpdated")).toMatchObject({
    tokenUsage: { last: { totalTokens: 110 } },
  });
  await agent.play(thread.id, "again");
  const inputs = server.requests.map(({ raw }) => raw.slice(0, raw.lastIndexOf('],"tools":')));
  for (const [index, input] of inputs.entries()) expect(input.startsWith(inputs[index - 1] ?? "")).toBe(true);
  expect(server.requests[2]?.body["messages"]).toMatchObject([
    { role: "system" },
    { role: "user" },
    { role: "user", content: "write a file and read it" },
    { role: "assistant", content: "I write the file.", tool_calls: [{ id: "call_a" }] },
    { role: "tool", tool_call_id: "call_a" },
    { role: "assistant", content: null, tool_calls: [{ id: "call_b" }] },
    { role: "tool", tool_call_id: "call_b", content: expect.stringContaining("hello") as unknown },
  ]);
});

test("a server that has only Chat Completions, asked for responses, is told apart, with the setting that mends it", async () => {
  const server = await chatServer();
  await using agent = await startAgent(server);
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  const { turn } = await agent.play(thread.id, "hi");
  expect(turn.error?.message).toContain('model_providers.test.wire_api = "chat"');
});
