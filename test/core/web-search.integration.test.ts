import { expect, test } from "vitest";
import { startAgent } from "../helpers/agent.ts";
import { completed, httpScript, itemDone, message, stream, type SeenRequest } from "./model/http-script.ts";

const client = { name: "test", version: "0" };
const search = {
  type: "web_search_call",
  id: "ws_1",
  status: "completed",
  action: { type: "search", query: "vitest 5", queries: ["vitest 5"], sources: [{ type: "url", url: "https://x" }] },
};
const opened = {
  type: "web_search_call",
  id: "ws_2",
  status: "completed",
  action: { type: "open_page", url: "https://x" },
};
const searching = stream(
  {
    type: "response.output_item.added",
    output_index: 0,
    item: { type: "web_search_call", id: "ws_1", status: "in_progress" },
  },
  { type: "response.web_search_call.searching", item_id: "ws_1", output_index: 0 },
  itemDone(search),
  itemDone(opened),
  itemDone(message("found", "msg_1")),
  completed,
);
const hello = stream(itemDone(message("hi", "msg_2")), completed);

interface Body {
  readonly tools: readonly { readonly type: string; readonly name?: string }[];
  readonly input: readonly { readonly type: string }[];
}
const bodyOf = (request: SeenRequest | undefined): Body => JSON.parse(request?.body ?? "null") as Body;

test("the provider's search is offered behind our tools, shown, recorded, and in the prompt again", async () => {
  await using server = await httpScript(searching, hello);
  const config = `[tools]\nweb_search = { context_size = "low", allowed_domains = ["vitest.dev"], location = { country = "DE" } }`;
  await using agent = await startAgent({ url: server.baseUrl, config, provider: "web_search = true" });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  await agent.play(thread.id, "look it up");
  const sandboxPolicy = { type: "dangerFullAccess" } as const;
  await agent.threads.startTurn(thread.id, [{ type: "text", text: "on", text_elements: [] }], { sandboxPolicy }, null);
  await agent.until("turnCompleted");

  const [first, second] = server.requests.map(bodyOf);
  expect(first?.tools.map(({ name, type }) => name ?? type)).toEqual([
    "exec_command",
    "write_stdin",
    "update_plan",
    "apply_patch",
    "web_search",
  ]);
  expect(first?.tools.at(-1)).toEqual({
    type: "web_search",
    search_context_size: "low",
    filters: { allowed_domains: ["vitest.dev"] },
    user_location: { type: "approximate", country: "DE" },
  });
  expect(second?.tools).toEqual(first?.tools);
  expect(second?.input.slice(0, first?.input.length)).toEqual(first?.input);
  const { sources: _, ...sent } = search.action;
  expect(second?.input.filter(({ type }) => type === "web_search_call")).toEqual([{ ...search, action: sent }, opened]);

  const shown = agent.events.flatMap((event) =>
    event.type === "itemStarted" || event.type === "itemCompleted" ? [[event.type, event.item] as const] : [],
  );
  expect(shown.filter(([, { type }]) => type === "webSearch")).toMatchObject([
    ["itemStarted", { id: "ws_1", query: "", action: null, completedAtMs: null }],
    ["itemCompleted", { id: "ws_1", query: "vitest 5", action: { type: "search", query: "vitest 5" } }],
    ["itemStarted", { id: "ws_2" }],
    ["itemCompleted", { id: "ws_2", query: "https://x", action: { type: "openPage", url: "https://x" } }],
  ]);
});

test("it is off unless it is configured and the provider can", async () => {
  await using server = await httpScript(hello);
  for (const [config, provider] of [
    ["", "web_search = true"],
    ["[tools]\nweb_search = false", "web_search = true"],
    ["[tools]\nweb_search = true", ""],
    ["[tools]\nweb_search = true", 'web_search = true\nwire_api = "chat"'],
  ] as const) {
    await using agent = await startAgent({ url: server.baseUrl, config, provider });
    const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
    await agent.play(thread.id, "hi");
  }
  expect(new Set(server.requests.map(({ url }) => url))).toEqual(new Set(["/v1/responses", "/v1/chat/completions"]));
  expect(server.requests.map(({ body }) => body).join()).not.toContain("web_search");
});

test("a search that a broken stream left open ends with the stream and is in no later prompt", async () => {
  const added = { type: "response.output_item.added", item: { type: "web_search_call", id: "ws_1" } };
  await using server = await httpScript(stream(added), hello);
  await using agent = await startAgent({
    url: server.baseUrl,
    config: "[tools]\nweb_search = true",
    provider: "web_search = true",
  });
  const { thread } = await agent.threads.start({ cwd: agent.cwd }, client);
  await agent.play(thread.id, "hi");
  const ended = agent.events.find((event) => event.type === "itemCompleted" && event.item.type === "webSearch");
  expect(ended).toMatchObject({ item: { query: "", completedAtMs: expect.any(Number) as number } });
  expect(server.requests.at(-1)?.body).not.toContain("web_search_call");
});
