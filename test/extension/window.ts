import { createRouter } from "../../src/extension/router.ts";
import type { Router } from "../../src/extension/router.ts";
import { createSession } from "../../src/extension/session.ts";
import { shakeHands } from "../../src/extension/handshake.ts";
import type { Handshake } from "../../src/extension/handshake.ts";
import type { ServerConnection } from "../../src/extension/ports.ts";
import { viewMethods } from "../../src/extension/view-connection.ts";
import { hostNotifications } from "../../src/protocol/host.ts";
import type { HostMethods } from "../../src/protocol/host.ts";
import { serverNotifications } from "../../src/protocol/methods.ts";
import type { ServerMethods } from "../../src/protocol/methods.ts";
import { createPeer } from "../../src/rpc/connection.ts";
import type { Handlers } from "../../src/rpc/connection.ts";
import { linkedTransports } from "../../src/rpc/linked.ts";
import type { Transport } from "../../src/rpc/transport.ts";

/** Anything that serves the app-server protocol. */
interface AnyServer {
  serve(transport: Transport): Promise<Error | null>;
}

const unanswered = async (): Promise<never> => {
  throw new Error("Nobody answers this here.");
};

/** The extension without the editor: session and router over an in-memory connection to a server. */
export async function openWindow(first: AnyServer, stored: Readonly<Record<string, string>> = {}) {
  const store = new Map<string, string>(Object.entries(stored));
  const place = { isTrusted: true, folders: [{ path: "/repo", name: "repo" }], allowsFullAccess: true };
  const asked: string[] = [];
  let handshake: Handshake;
  const connect = async (server: AnyServer, change: Partial<ServerConnection> = {}): Promise<ServerConnection> => {
    const [near, far] = linkedTransports();
    void server.serve(far); // ends with the test
    handshake = await shakeHands(near, {
      version: "1",
      onServerRequest: {
        "item/commandExecution/requestApproval": unanswered,
        "item/fileChange/requestApproval": unanswered,
        "editor/applyEdit": unanswered,
      } satisfies Handlers<ServerMethods>,
      onNotification: (notification) => {
        session.observe(notification);
        router.fanOut(notification);
      },
      log: () => undefined,
    });
    connection = { ...handshake.connection, ...change };
    return connection;
  };
  let connection: ServerConnection;
  const server = { connect: async () => connection };
  const session = createSession({
    server,
    store: {
      get: (key) => store.get(key),
      set: (key, value) => {
        if (value === undefined) store.delete(key);
        else store.set(key, value);
      },
    },
    workplace: {
      isTrusted: () => place.isTrusted,
      folders: () => place.folders,
      emptyFolder: async () => "/private/empty",
    },
    defaultMode: () => "ask",
    editor: () => ({ activePath: "/repo/a.ts", selection: null, openPaths: [] }),
    configuredModel: () => null,
    confirmFullAccess: async () => {
      asked.push("full");
      return place.allowsFullAccess;
    },
    changed: () => undefined,
  });
  const router = createRouter({
    server,
    session,
    host: hostOf(session),
    initialized: () => handshake.initialized,
    shown: () => undefined,
    onFault: () => undefined,
  });
  await connect(first);
  return { session, router, store, place, asked, connect, connection: () => connection };
}

/** The editor's part: sending works, everything that needs an editor is refused. */
const hostOf = (session: ReturnType<typeof createSession>): Handlers<HostMethods> => ({
  "host/ready": unanswered,
  "host/submit": ({ text, skills }) => session.submit(text, skills),
  "host/listSkills": unanswered,
  "host/listPrompts": unanswered,
  "host/expandPrompt": unanswered,
  "host/findFiles": unanswered,
  "host/stop": async () => {
    await session.stop();
    return {};
  },
  "host/setMode": unanswered,
  "host/setModel": unanswered,
  "host/useLocalModel": unanswered,
  "host/findLocalModels": unanswered,
  "host/answerCommand": unanswered,
  "host/answerFile": unanswered,
  "host/answerAllFiles": unanswered,
  "host/openDiff": unanswered,
  "host/openAllDiffs": unanswered,
  "host/openFile": unanswered,
  "host/openExternal": unanswered,
  "host/insertAtCursor": unanswered,
  "host/runCommand": unanswered,
});

/** A page of the panel, over an in-memory port. */
export function openView(router: Router) {
  const [near, far] = linkedTransports();
  const notifications: { readonly method: string; readonly params: unknown }[] = [];
  const waiting: { readonly method: string; readonly resolve: () => void }[] = [];
  const connection = router.attach(far);
  const peer = createPeer({
    transport: near,
    local: { methods: {}, notifications: {} },
    handlers: {},
    remote: { methods: viewMethods, notifications: { ...serverNotifications, ...hostNotifications } },
    onNotification: ({ method, params }) => {
      notifications.push({ method, params });
      for (const waiter of waiting) if (waiter.method === method) waiter.resolve();
    },
  });
  return {
    peer,
    connection,
    notifications,
    /** Resolves with the next notification of that name, or one that has come. */
    until: (method: string) =>
      new Promise<void>((resolve) => {
        if (notifications.some((notification) => notification.method === method)) resolve();
        else waiting.push({ method, resolve });
      }),
  };
}
