import { expect, test } from "vitest";
import type { ThreadEvent } from "../../../src/core/thread/events.ts";
import { notificationOf } from "../../../src/app-server/notifications.ts";
import { startAgent } from "../../helpers/agent.ts";
import { completed, httpScript, itemDone, message, stream } from "./http-script.ts";

const hello = stream(itemDone(message("hi")), completed);
const client = { name: "test", version: "0" };
// 10 tokens in, 4 of them cached, and 3 out.
const config = `[model_prices.test-model]\ninput = 1000000\ncached_input = 100000\noutput = 2000000\ncurrency = "EUR"`;
const isUsage = (event: ThreadEvent) => event.type === "tokenUsageUpdated";

test("where the model has a price, usage tells what a call, its turn and the thread cost, also when it is read back", async () => {
  await using server = await httpScript(hello);
  await using agent = await startAgent({ url: server.baseUrl, config });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  await agent.play(thread.id, "one");
  await agent.play(thread.id, "two");
  const costs = agent.events.filter(isUsage).map(({ tokenUsage }) => tokenUsage.cost);
  expect(costs).toEqual([
    { currency: "EUR", last: 12.4, turn: 12.4, total: 12.4 },
    { currency: "EUR", last: 12.4, turn: 12.4, total: 24.8 },
  ]);
  const { again } = await agent.threads.resume(thread.id, {}, client);
  expect(again.filter(isUsage).map(({ tokenUsage }) => tokenUsage.cost)).toEqual([costs[1]]);
});

test("a client that did not opt in to it does not hear of cost", async () => {
  const tokens = { totalTokens: 1, inputTokens: 1, cachedInputTokens: 0, cacheWriteInputTokens: 0 };
  const last = { ...tokens, outputTokens: 0, reasoningOutputTokens: 0 };
  const cost = { currency: "USD", last: 1, turn: 1, total: 1 };
  const tokenUsage = { total: last, last, modelContextWindow: 1, cost };
  const event = { type: "tokenUsageUpdated", threadId: "t", turnId: "u", tokenUsage } as const;
  expect(notificationOf(event, false).params).toEqual({
    threadId: "t",
    turnId: "u",
    tokenUsage: { total: last, last, modelContextWindow: 1 },
  });
  expect(notificationOf(event, true).params).toEqual({ threadId: "t", turnId: "u", tokenUsage });
});
