import type { ClientMethods, ParamsIn, Result } from "../protocol/methods.ts";

/** A connection to an app server whose handshake is done. */
export interface ServerConnection {
  /** True for our own server, which understands review and the editor as writer. */
  readonly isTurnwright: boolean;
  request<M extends keyof ClientMethods>(
    method: M,
    params: ParamsIn<ClientMethods, M>,
  ): Promise<Result<ClientMethods, M>>;
}

/** The server as the rest of the extension sees it. */
export interface Server {
  /** Starts the server at first use; rejects with a message for the user when it cannot be had. */
  connect(): Promise<ServerConnection>;
}

/** Small values that outlive the window's reload. */
export interface Store {
  get(key: string): unknown;
  set(key: string, value: string | undefined): void;
}

/** What of the window the session depends on; read anew at each use. */
export interface Workplace {
  isTrusted(): boolean;
  /** Folders on disk, the first is the one the agent works in. */
  folders(): readonly { readonly path: string; readonly name: string }[];
  /** A private empty folder for conversations without a workspace. */
  emptyFolder(): Promise<string>;
}
