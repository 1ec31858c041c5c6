import { expect, test } from "vitest";
import type { ServerConnection } from "../../src/extension/ports.ts";
import { keyOwner, StoredKey } from "../../src/extension/stored-key.ts";

function secretStorage() {
  const values = new Map<string, string>();
  return {
    values,
    get: async (name: string) => values.get(name),
    store: async (name: string, value: string) => void values.set(name, value),
    delete: async (name: string) => void values.delete(name),
  };
}

/** A server whose configured provider this is; what it is given as a key is noted. */
function serverOf(provider: string, needsKey = true) {
  const given: unknown[] = [];
  const answers: Readonly<Record<string, unknown>> = {
    "account/read": { account: null, requiresOpenaiAuth: needsKey },
    "modelProvider/list": { data: [], defaultProviderId: provider },
    "account/login/start": { type: "apiKey" },
  };
  const connection: ServerConnection = {
    isTurnwright: true,
    request: async (method: string, params: unknown) => {
      if (method === "account/login/start") given.push(params);
      return answers[method] as never;
    },
  };
  return { connection, given };
}
const memory = (apiKey: string) => [{ type: "apiKey", apiKey, storage: "memory" }];

test("a key goes to the provider it was entered for, and to no other that is configured later", async () => {
  const key = new StoredKey(secretStorage());
  await key.store("sk-1", await keyOwner(serverOf("openai").connection));
  const [openai, other] = [serverOf("openai"), serverOf("openrouter")];
  await key.provide(openai.connection);
  await key.provide(other.connection);
  expect([openai.given, other.given]).toEqual([memory("sk-1"), []]);
});

test("a key that is entered while another provider is configured is that one's", async () => {
  const key = new StoredKey(secretStorage());
  await key.store("sk-or", await keyOwner(serverOf("openrouter").connection));
  const [openai, other] = [serverOf("openai"), serverOf("openrouter")];
  await key.provide(openai.connection);
  await key.provide(other.connection);
  expect([openai.given, other.given]).toEqual([[], memory("sk-or")]);
});

test("where the provider takes no key, as the demo, and where none was noted, the key is OpenAI's", async () => {
  const secrets = secretStorage();
  const key = new StoredKey(secrets);
  expect(await keyOwner(serverOf("demo", false).connection)).toBe("openai");
  secrets.values.set("turnwright.apiKey", "sk-old");
  const [openai, other] = [serverOf("openai"), serverOf("openrouter")];
  await key.provide(openai.connection);
  await key.provide(other.connection);
  expect([openai.given, other.given]).toEqual([memory("sk-old"), []]);
});

test("signing out leaves nothing", async () => {
  const secrets = secretStorage();
  const key = new StoredKey(secrets);
  await key.store("sk-1", "openai");
  expect(await key.exists()).toBe(true);
  await key.delete();
  expect([await key.exists(), secrets.values.size]).toEqual([false, 0]);
});
