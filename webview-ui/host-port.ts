import { hostMethods, hostNotifications } from "../src/protocol/host.ts";
import { clientMethods, serverNotifications } from "../src/protocol/methods.ts";
import { createPeer } from "../src/rpc/connection.ts";
import { postMessageTransport } from "../src/rpc/post-message.ts";
import type { PanelConnection, PanelNotification } from "./connection.ts";

/** The part of VS Code's API that carries messages. */
export interface HostApi {
  postMessage(message: unknown): void;
}

/** The panel's end of the channel to the extension. */
export function connectHost(api: HostApi): PanelConnection {
  let receive: ((notification: PanelNotification) => void) | null = null;
  const early: PanelNotification[] = [];
  const peer = createPeer({
    transport: postMessageTransport({
      post: (messages) => api.postMessage(messages),
      onMessage(listener) {
        const onMessage = (event: MessageEvent<unknown>): void => listener(event.data);
        window.addEventListener("message", onMessage);
        return () => window.removeEventListener("message", onMessage);
      },
    }),
    local: { methods: {}, notifications: {} },
    handlers: {},
    remote: {
      methods: {
        ...hostMethods,
        "thread/resume": clientMethods["thread/resume"],
        "thread/turns/list": clientMethods["thread/turns/list"],
      },
      notifications: { ...serverNotifications, ...hostNotifications },
    },
    onNotification(notification) {
      if (receive === null) early.push(notification);
      else receive(notification);
    },
  });
  return {
    request: (method, params) => peer.request(method, params),
    onNotification(listener) {
      receive = listener;
      for (const notification of early.splice(0)) listener(notification);
    },
  };
}
