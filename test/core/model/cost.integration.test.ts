import { expect, test } from "vitest";
import type { ThreadEvent } from "../../../src/core/thread/events.ts";
import { notificationOf } from "../../../src/app-server/notifications.ts";
import { answer, message as reply } from "../../../src/demo/script.ts";
import { startAgent } from "../../helpers/agent.ts";
import { compactingServer } from "../../helpers/responses-server.ts";
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

test("what the provider's endpoint for compaction took is in the sums, and the estimate after it has no cost", async () => {
  const usage = { input_tokens: 20, input_tokens_details: { cached_tokens: 10 }, output_tokens: 1, total_tokens: 21 };
  const output = [{ type: "compaction", encrypted_content: "e" }];
  await using model = await compactingServer(() => ({ output, usage }), answer(reply("hi")));
  await using agent = await startAgent({ url: model.url, config, provider: 'compact = "endpoint"' });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  await agent.play(thread.id, "one");
  const before = agent.events.findLast(isUsage)?.tokenUsage;
  await agent.threads.compact(thread.id, null);
  expect((await agent.until("turnCompleted")).turn.status).toBe("completed");
  const [counted, estimated] = agent.events
    .filter(isUsage)
    .slice(-2)
    .map(({ tokenUsage }) => tokenUsage);
  expect(counted?.last).toMatchObject({ inputTokens: 20, cachedInputTokens: 10, outputTokens: 1, totalTokens: 21 });
  expect(counted?.total.totalTokens).toBe((before?.total.totalTokens ?? 0) + 21);
  expect(counted?.cost).toMatchObject({ last: 13, turn: 13, total: (before?.cost?.total ?? 0) + 13 });
  expect(estimated?.total).toEqual(counted?.total);
  expect(estimated?.cost).toEqual({ ...counted?.cost, last: null });
  model.assertExhausted();
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
