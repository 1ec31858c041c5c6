import type { HostMethods, HostNotifications } from "../protocol/host.ts";
import type { InitializeResponse } from "../protocol/initialize.ts";
import type { NoticeIn, ServerNotification } from "../protocol/methods.ts";
import type { Turn } from "../protocol/turns.ts";
import type { Handlers } from "../rpc/connection.ts";
import type { Transport } from "../rpc/transport.ts";
import type { Server } from "./ports.ts";
import type { Session } from "./session.ts";
import { connectView } from "./view-connection.ts";
import type { ViewConnection, ViewMethods } from "./view-connection.ts";

export interface RouterPorts {
  readonly server: Server;
  readonly session: Pick<Session, "resume">;
  readonly host: Handlers<HostMethods>;
  /** The answer of the server's handshake; null before the first. */
  initialized(): InitializeResponse | null;
  /** Turns passed by; the diffs of their items may be asked for later. */
  shown(turns: readonly Turn[]): void;
  onFault(fault: string): void;
}

export interface Router {
  /** Serves a page until the returned connection is closed. */
  attach(transport: Transport): ViewConnection;
  /** Passes on what the server tells. */
  fanOut(notification: ServerNotification): void;
  /** Tells every view. */
  announce<M extends keyof HostNotifications>(method: M, params: NoticeIn<HostNotifications, M>): void;
}

/** Joins any number of views to the one connection to the server. Each view has its own ids and its own subscriptions. */
export function createRouter(ports: RouterPorts): Router {
  const views = new Set<ViewConnection>();

  const handlers: Handlers<ViewMethods> = {
    ...ports.host,
    initialize: async () => {
      await ports.server.connect();
      const answer = ports.initialized();
      if (answer === null) throw new Error("unreachable: a connected server has answered initialize");
      return answer;
    },
    "thread/resume": async ({ threadId, ...wanted }) => {
      const resumed = await ports.session.resume(threadId, wanted);
      ports.shown(resumed.thread.turns);
      ports.shown(resumed.initialTurnsPage?.data ?? []);
      return resumed;
    },
    "thread/turns/list": async (params) => {
      const page = await (await ports.server.connect()).request("thread/turns/list", params);
      ports.shown(page.data);
      return page;
    },
    "thread/read": async (params) => (await ports.server.connect()).request("thread/read", params),
    "turn/interrupt": async (params) => (await ports.server.connect()).request("turn/interrupt", params),
    "model/list": async (params) => (await ports.server.connect()).request("model/list", params),
  };

  return {
    attach: (transport) => {
      const view = connectView(transport, handlers, (fault) => ports.onFault(fault));
      const attached: ViewConnection = {
        ...view,
        close: () => {
          views.delete(attached);
          view.close();
        },
      };
      views.add(attached);
      return attached;
    },
    fanOut: (notification) => {
      for (const view of views) view.forward(notification);
    },
    announce: (method, params) => {
      for (const view of views) view.notify(method, params);
    },
  };
}
