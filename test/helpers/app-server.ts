import { tmpdir } from "node:os";
import type { AppServerOptions } from "../../src/app-server/server.ts";
import { createAppServer } from "../../src/app-server/server.ts";
import { connectClient, type Client, type ReceivedServerNotification } from "../../src/client/client.ts";
import type { ServerMethods } from "../../src/protocol/methods.ts";
import type { Handlers } from "../../src/rpc/connection.ts";
import { linkedTransports } from "../../src/rpc/linked.ts";
import type { Transport } from "../../src/rpc/transport.ts";
import { createMemoryThreads, type TurnScript } from "./memory-threads.ts";

/** A server over the in-memory core. What it would log is kept. */
export function startServer(
  run: (script: TurnScript, text: string) => Promise<void> = async () => undefined,
  overrides: Partial<AppServerOptions> = {},
) {
  const faults: string[] = [];
  let key: string | null = null;
  const server = createAppServer({
    home: tmpdir(),
    createThreads: async (outside) => createMemoryThreads({ ...outside, run }),
    workspace: async () => {
      throw new Error("This server has no workspace.");
    },
    listModels: async () => ["a", "b", "c"].map(model),
    listProviders: async () => ({ data: [], defaultProviderId: "openai", canChangeDefault: true }),
    canSearchWeb: async () => false,
    writeConfig: async () => {
      throw new Error("This server keeps no configuration.");
    },
    findLocalServers: async () => [],
    skillLibrary: async () => {
      throw new Error("This server has no library.");
    },
    readConfig: async () => ({ config: { model: "a" }, origins: {} }),
    configWarnings: async () => [],
    account: {
      read: async () => ({ hasKey: key !== null, needsKey: true }),
      login: async (given) => {
        key = given;
      },
      logout: async () => {
        key = null;
        return [];
      },
      oauth: {
        read: async () => ({ providerId: "openai", providerName: "OpenAI", state: null }),
        login: async () => {
          throw new Error("This server signs in by key.");
        },
        cancel: async () => false,
      },
      rateLimits: async () => null,
    },
    outlivesClients: false,
    onFault: (fault) => faults.push(fault),
    ...overrides,
  });
  return { server, faults };
}

const model = (slug: string) => ({
  id: slug,
  model: slug,
  displayName: slug,
  description: slug,
  hidden: slug === "c",
  isDefault: slug === "a",
  supportedReasoningEfforts: [],
  defaultReasoningEffort: "medium",
  inputModalities: ["text"],
});

/** A raw client: sees the messages as they travel. */
export function rawClient(server: { serve(transport: Transport): Promise<Error | null> }) {
  const [near, far] = linkedTransports();
  const received: unknown[] = [];
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const closed = server.serve(far);
  near.listen({
    message(value) {
      received.push(value);
      for (const waiter of waiting) if (received.length >= waiter.count) waiter.resolve();
    },
    closed: () => undefined,
  });
  return {
    send: (message: object) => near.send(message as never),
    received,
    closed,
    transport: near,
    /** Resolves when that many messages have arrived in all. */
    until: (count: number) =>
      new Promise<unknown[]>((resolve) => {
        waiting.push({ count, resolve: () => resolve(received) });
        if (received.length >= count) resolve(received);
      }),
  };
}

export interface TestClient {
  readonly client: Client;
  readonly notifications: ReceivedServerNotification[];
  /** Resolves with the first notification of that name, past or future, that matches. */
  readonly until: (
    method: ReceivedServerNotification["method"],
    matches?: (notification: ReceivedServerNotification) => boolean,
  ) => Promise<ReceivedServerNotification>;
}

const unanswered = async (): Promise<never> => {
  throw new Error("This client answers nothing.");
};

/** A typed client of a server, or of any transport. */
export function testClient(
  transport: Transport,
  handlers: Partial<Handlers<ServerMethods>> = {},
  onNotification: (notification: ReceivedServerNotification) => void = () => undefined,
): TestClient {
  const notifications: ReceivedServerNotification[] = [];
  const waiting: ((notification: ReceivedServerNotification) => void)[] = [];
  const client = connectClient(transport, {
    onServerRequest: {
      "item/commandExecution/requestApproval": unanswered,
      "item/fileChange/requestApproval": unanswered,
      "editor/applyEdit": unanswered,
      ...handlers,
    },
    onNotification(notification) {
      notifications.push(notification);
      onNotification(notification);
      for (const look of waiting) look(notification);
    },
  });
  return {
    client,
    notifications,
    until: (method, matches = () => true) =>
      new Promise((resolve) => {
        const isIt = (notification: ReceivedServerNotification): boolean =>
          notification.method === method && matches(notification);
        const known = notifications.find(isIt);
        if (known !== undefined) return resolve(known);
        waiting.push((notification) => {
          if (isIt(notification)) resolve(notification);
        });
      }),
  };
}

/** Connects over an in-memory pair and initialises. */
export async function connected(
  server: { serve(transport: Transport): Promise<Error | null> },
  handlers: Partial<Handlers<ServerMethods>> = {},
  turnwright?: { review?: boolean; editorWriter?: boolean; sequence?: boolean },
  { experimentalApi }: { readonly experimentalApi: boolean } = { experimentalApi: true },
  onNotification?: (notification: ReceivedServerNotification) => void,
): Promise<TestClient> {
  const [near, far] = linkedTransports();
  void server.serve(far); // ends with the test
  const test = testClient(near, handlers, onNotification);
  await test.client.request("initialize", {
    clientInfo: { name: "probe", version: "1" },
    capabilities: { experimentalApi, ...(turnwright === undefined ? {} : { extensions: { turnwright } }) },
  });
  test.client.notify("initialized", {});
  return test;
}
