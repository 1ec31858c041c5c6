import { expect, test } from "vitest";
import { createAppServer } from "../../src/app-server/server.ts";
import { foldThread, fromThread } from "../../src/client/thread-view.ts";
import { createCore } from "../../src/core/create-core.ts";
import { message, reasoning } from "../../src/demo/script.ts";
import { connected } from "../helpers/app-server.ts";
import { temporaryHome } from "../helpers/cli.ts";
import { responsesServer } from "../helpers/responses-server.ts";

/** The real core behind the real server, in this process. */
async function serverOver(url: string) {
  const home = await temporaryHome(
    `model = "mock-model"\nmodel_provider = "mock"\n[model_providers.mock]\nbase_url = "${url}"\n`,
  );
  const { env, platform } = process;
  const demo = { baseUrl: () => Promise.reject(new Error("no demo in this test")), token: "" };
  const core = createCore({ home, version: "0", env, platform, overrides: [], hasUser: true, demo });
  const server = createAppServer({ ...core, home, outlivesClients: false, onFault: () => undefined });
  return { home, server, [Symbol.asyncDispose]: () => server.close() };
}

const words = Array.from({ length: 500 }, (_, n) => `word${n}`).join(" ");

test("a thread that is resumed while its turn streams is shown without a gap or a double, by each of many who come at any time", async () => {
  const answer = {
    kind: "stream" as const,
    items: [reasoning(words), message(words), message("The end.")],
    pace: { deltaSize: 10, delayMs: 1 },
  };
  await using model = await responsesServer(answer);
  await using of = await serverOver(model.url);
  const first = await connected(of.server);
  const { thread } = await first.client.request("thread/start", { cwd: of.home });
  await first.client.request("turn/start", { threadId: thread.id, input: [{ type: "text", text: "go" }] });
  await first.until("item/reasoning/summaryTextDelta");
  const full = fromThread((await first.client.request("thread/read", { threadId: thread.id })).thread);

  const ended = first.until("turn/completed").then(() => true);
  const later = () => new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  const views: (() => { readonly shown: unknown; readonly wasOpen: boolean })[] = [];
  for (;;) {
    const other = await connected(of.server);
    const { thread: shown } = await other.client.request("thread/resume", { threadId: thread.id });
    views.push(() => {
      const texts = fromThread(shown).turns.flatMap(({ items }) => items);
      const view = foldThread(
        fromThread(shown),
        // The last word on each item would hide what was lost or doubled before it.
        other.notifications.filter(({ method }) => method !== "item/completed"),
      );
      return { shown: view.turns.map(({ items }) => items.map(textOf)), wasOpen: texts.some(isOpen) };
    });
    if (await Promise.race([ended, later()])) break;
  }
  const whole = foldThread(full, first.notifications);
  const expected = whole.turns.map(({ items }) => items.map(textOf));
  const seen = views.map((view) => view()).filter(({ wasOpen }) => wasOpen);
  expect(seen.length).toBeGreaterThan(20);
  for (const { shown } of seen) expect(shown).toEqual(expected);
});

const isOpen = (item: { readonly completedAtMs?: number | null | undefined }): boolean =>
  (item.completedAtMs ?? null) === null;

const textOf = (item: object): unknown => {
  const { text, summary, content } = item as Readonly<Record<string, unknown>>;
  return text ?? summary ?? content;
};
