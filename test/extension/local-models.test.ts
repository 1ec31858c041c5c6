import { expect, test } from "vitest";
import type { LocalServer } from "../../src/core/model/local-servers.ts";
import { createLocalModels } from "../../src/extension/local-models.ts";
import type { LocalChoice } from "../../src/extension/local-models.ts";
import { startServer } from "../helpers/app-server.ts";
import { openWindow } from "./window.ts";

const ollama: LocalServer = {
  provider: "ollama",
  name: "Ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  models: ["llama3", "qwen3"],
  access: "usable",
};
const old: LocalServer = { ...ollama, provider: "lmstudio", name: "LM Studio", access: "noEndpoint" };

/** The extension's part over a server that finds these, or fails. */
async function machineWith(...results: readonly (readonly LocalServer[] | Error)[]) {
  let looks = 0;
  const { server } = startServer(undefined, {
    findLocalServers: async () => {
      const result = results[Math.min(looks++, results.length - 1)] ?? [];
      if (result instanceof Error) throw result;
      return result;
    },
  });
  const { connect } = await openWindow(server);
  const connection = await connect(server);
  const chosen: LocalChoice[] = [];
  let changes = 0;
  const locals = createLocalModels({
    choose: async (choice) => void chosen.push(choice),
    changed: () => (changes += 1),
  });
  return { connection, locals, chosen, looks: () => looks, changes: () => changes };
}

test("a window looks once by itself, and again when somebody asks", async () => {
  const { connection, locals, looks, changes } = await machineWith([], [ollama]);
  const looking = locals.lookOnce(connection);
  expect(locals.state()).toEqual({ isLooking: true, servers: [] });
  await looking;
  await locals.lookOnce(connection);
  expect({ looks: looks(), state: locals.state() }).toEqual({ looks: 1, state: { isLooking: false, servers: [] } });
  await locals.look(connection);
  expect({ looks: looks(), state: locals.state() }).toEqual({
    looks: 2,
    state: { isLooking: false, servers: [ollama] },
  });
  expect(changes()).toBe(4);
});

test("a look that fails leaves no offer and no trace", async () => {
  const { connection, locals } = await machineWith(new Error("broken config"));
  await locals.lookOnce(connection);
  expect(locals.state()).toEqual({ isLooking: false, servers: [] });
});

test("only what was found and can be used is taken", async () => {
  const { connection, locals, chosen } = await machineWith([ollama, old]);
  await expect(locals.use({ provider: "ollama", model: "llama3" })).rejects.toThrow("was not found");
  await locals.look(connection);
  await locals.use({ provider: "ollama", model: "qwen3" });
  await expect(locals.use({ provider: "ollama", model: "gpt-5.5" })).rejects.toThrow("was not found");
  await expect(locals.use({ provider: "evil", model: "llama3" })).rejects.toThrow("was not found");
  await expect(locals.use({ provider: "lmstudio", model: "llama3" })).rejects.toThrow("cannot be used");
  expect(chosen).toEqual([{ provider: "ollama", model: "qwen3" }]);
});

test("another server is not asked what it cannot know", async () => {
  const { connection, locals, looks } = await machineWith([ollama]);
  await expect(locals.look({ ...connection, isTurnwright: false })).rejects.toThrow("Another app server is in use");
  expect(looks()).toBe(0);
});
