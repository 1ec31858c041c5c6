import type { HostMethods, HostNotifications } from "../src/protocol/host.ts";
import type { ClientMethods, Notice, ParamsIn, Result, ServerNotification } from "../src/protocol/methods.ts";

/** What the panel asks: the editor's own methods, and those of the protocol that the extension lets a view call. */
export type PanelMethods = HostMethods & Pick<ClientMethods, "thread/resume" | "thread/turns/list">;

export type HostNotification = {
  [M in keyof HostNotifications]: { method: M; params: Notice<HostNotifications, M> };
}[keyof HostNotifications];
export type PanelNotification = ServerNotification | HostNotification;

/** The panel's end of the one channel to the extension. */
export interface PanelConnection {
  /** Rejects with an error whose message can be shown to the user. */
  request<M extends keyof PanelMethods>(method: M, params: ParamsIn<PanelMethods, M>): Promise<Result<PanelMethods, M>>;
  /** Called once. Notifications come in the order of the wire, and after the answers that were sent before them. */
  onNotification(listener: (notification: PanelNotification) => void): void;
}
