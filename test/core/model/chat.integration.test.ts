import { expect, test } from "vitest";
import { startAgent } from "../../helpers/agent.ts";
import { chatServer, chatToolCall } from "../../helpers/chat-server.ts";

const client = { name: "test", version: "1" };
const chat = {
  sandbox: "danger-full-access",
  approvalPolicy: "never",
  config: { "model_providers.test.wire_api": "chat" },
} as const;
test("a model behind Chat Completions thinks, calls tools and answers like any other, and its requests only grow at their end", async () => {
  const patch = "*** Begin Patch\n*** Add File: a.txt\n+hello\n*** End Patch";
  const server = await chatServer(
    [
      { delta: { role: "assistant", reasoning_content: "let me see" } },
      { delta: { content: "I write the file." } },
      chatToolCall("call_a", "apply_patch", { input: patch }),
      { delta: {}, finish: "tool_calls" },
    ],
    [chatToolCall("call_b", "exec_command", { cmd: "cat a.txt" }), { delta: {}, finish: "tool_calls" }],
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
