import { hostMethods, hostNotifications } from "../protocol/host.ts";
import type { HostNotifications, viewAllowList } from "../protocol/host.ts";
import { clientMethods, serverNotifications } from "../protocol/methods.ts";
import type { NoticeIn, ServerNotification } from "../protocol/methods.ts";
import { ThreadResumeParams } from "../protocol/threads.ts";
import { createPeer } from "../rpc/connection.ts";
import type { Handlers } from "../rpc/connection.ts";
import type { Transport } from "../rpc/transport.ts";

/**
 * Everything a view may ask, with what it may say. Anything else is refused as unknown, and members that are not named here are
 * dropped: a view resumes a thread as it is, without overrides of its sandbox or policy.
 */
export const viewMethods = {
  ...hostMethods,
  initialize: clientMethods.initialize,
  "thread/resume": {
    params: ThreadResumeParams.pick({ threadId: true, excludeTurns: true, initialTurnsPage: true }),
    result: clientMethods["thread/resume"].result,
  },
  "thread/read": clientMethods["thread/read"],
  "thread/turns/list": clientMethods["thread/turns/list"],
  "turn/interrupt": clientMethods["turn/interrupt"],
  "model/list": clientMethods["model/list"],
} as const satisfies Record<(typeof viewAllowList)[number] | keyof typeof hostMethods, unknown>;
export type ViewMethods = typeof viewMethods;

/** One page that shows a thread: a JSON-RPC peer over `postMessage`. */
export interface ViewConnection {
  notify<M extends keyof HostNotifications>(method: M, params: NoticeIn<HostNotifications, M>): void;
  /** Passes a notification of the server on, if this view has resumed its thread, or it is about no thread. */
  forward(notification: ServerNotification): void;
  /** Forgets the page; nothing is sent to it any more. */
  close(): void;
}

/** Starts to serve one page. A reloaded page is a new connection, or late answers would meet the ids of the new page. */
export function connectView(
  transport: Transport,
  handlers: Handlers<ViewMethods>,
  onFault: (fault: string) => void,
): ViewConnection {
  const subscribed = new Set<string>();
  const peer = createPeer({
    transport,
    local: { methods: viewMethods, notifications: { ...serverNotifications, ...hostNotifications } },
    handlers: {
      ...handlers,
      "thread/resume": (params, signal) => {
        // From now on, not from the answer on: what happens in between is part of neither.
        subscribed.add(params.threadId);
        return handlers["thread/resume"](params, signal);
      },
    },
    remote: { methods: {}, notifications: {} },
    onFault,
  });
  return {
    notify: (method, params) => peer.notify(method, params),
    forward: (notification) => {
      const threadId = threadOf(notification);
      // Validated on arrival and not parsed again; it goes out through the same transport, so the order holds.
      if (threadId === null || subscribed.has(threadId)) {
        transport.send({ method: notification.method, params: notification.params });
      }
    },
    close: () => void transport.close(), // at once; answers to a page that is gone are not waited for
  };
}

function threadOf({ method, params }: ServerNotification): string | null {
  if (method === "thread/started") return params.thread.id;
  return "threadId" in params && typeof params.threadId === "string" ? params.threadId : null;
}
