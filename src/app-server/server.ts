import type { ApprovalPort } from "../core/approvals.ts";
import type { ConfigReadResult } from "../core/config/read.ts";
import type { ConfigWriteRequest, ConfigWriteResult } from "../core/config/write.ts";
import type { Library } from "../core/library.ts";
import type { LocalServer } from "../core/model/local-servers.ts";
import type { ThreadEvent } from "../core/thread/events.ts";
import type { OAuthAccount } from "../core/oauth-account.ts";
import type { Threads } from "../core/thread/threads.ts";
import type { Workspace } from "../core/workspace.ts";
import type { RateLimitSnapshot } from "../protocol/account.ts";
import type { Model, ModelProviderListResponse } from "../protocol/catalogue.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { clientMethods, clientNotifications, serverMethods, serverNotifications } from "../protocol/methods.ts";
import type { ClientMethods } from "../protocol/methods.ts";
import { createPeer, type AdmittedRequest, type Handlers } from "../rpc/connection.ts";
import type { Transport } from "../rpc/transport.ts";
import { createApprovals } from "./approvals.ts";
import { createConnection, initializedClient, type Connection } from "./connection.ts";
import { experimentalPart } from "./experimental.ts";
import { accountHandlers } from "./handlers/account.ts";
import { commandHandlers } from "./handlers/command.ts";
import { catalogueHandlers } from "./handlers/catalogue.ts";
import { configHandlers } from "./handlers/config.ts";
import { fileHandlers } from "./handlers/file.ts";
import { gatewayOAuthHandlers } from "./handlers/gateway-oauth.ts";
import { gitHandlers } from "./handlers/git.ts";
import { initializeHandlers } from "./handlers/initialize.ts";
import { promptHandlers } from "./handlers/prompts.ts";
import { searchHandlers } from "./handlers/search.ts";
import { localModelHandlers } from "./handlers/local-models.ts";
import { skillHandlers } from "./handlers/skills.ts";
import { threadCompactHandlers } from "./handlers/thread-compact.ts";
import { threadKeepingHandlers } from "./handlers/thread-keeping.ts";
import { threadLineageHandlers } from "./handlers/thread-lineage.ts";
import { threadListHandlers } from "./handlers/thread-list.ts";
import { threadPageHandlers } from "./handlers/thread-pages.ts";
import { threadQueueHandlers } from "./handlers/thread-queue.ts";
import { threadSettingsHandlers } from "./handlers/thread-settings.ts";
import { threadShellHandlers } from "./handlers/thread-shell.ts";
import { threadTerminalHandlers } from "./handlers/thread-terminals.ts";
import { threadHandlers } from "./handlers/thread.ts";
import { turnHandlers } from "./handlers/turn.ts";
import { createQuestions } from "./questions.ts";
import { createSequences, type Sequences } from "./sequences.ts";

/** Keys and sign-ins, as the account methods see them. */
export interface Account {
  read(): Promise<{ readonly hasKey: boolean; readonly needsKey: boolean }>;
  /** `memory`: kept in this process only; `file`: in a 0600 file in the home. */
  login(key: string, storage: "file" | "memory"): Promise<void>;
  /** Gives the ids of the providers that were signed in to by OAuth. */
  logout(): Promise<readonly string[]>;
  readonly oauth: OAuthAccount;
  /** What the provider last said; null: nothing. */
  rateLimits(): Promise<RateLimitSnapshot | null>;
}

/** What the server is made of. Methods may reject with `RpcError` or `ThreadRequestError` for what the client's user can mend. */
export interface AppServerOptions {
  /** The state directory, absolute. */
  readonly home: string;
  /** Called once, after the first `initialize` was answered or when a thread is first needed. */
  createThreads(outside: {
    readonly approvals: ApprovalPort;
    readonly onEvent: (event: ThreadEvent) => void;
    readonly isFollowed: (threadId: string) => boolean;
  }): Promise<Threads>;
  /** What clients do by themselves; made when it is first asked for. */
  workspace(): Promise<Workspace>;
  /** Models of a provider; null: the configured one. */
  listModels(provider: string | null): Promise<readonly Model[]>;
  listProviders(): Promise<ModelProviderListResponse>;
  /** The configured provider searches the web by itself, and the configuration lets it. */
  canSearchWeb(): Promise<boolean>;
  /** The model servers that run on this machine; looks each time. */
  findLocalServers(): Promise<readonly LocalServer[]>;
  /** Skills and prompts. */
  skillLibrary(): Promise<Library>;
  readConfig(options: { readonly includeLayers: boolean; readonly cwd: string | null }): Promise<ConfigReadResult>;
  writeConfig(request: ConfigWriteRequest): Promise<ConfigWriteResult>;
  /** What in the configuration has no effect, a sentence each; told to each client and to the log. */
  configWarnings(): Promise<readonly string[]>;
  readonly account: Account;
  /** True: threads go on while no client is there, and what needs a user's answer waits for one to come. */
  readonly outlivesClients: boolean;
  /** One line for the log, without the content of messages. */
  readonly onFault: (fault: string, error?: unknown) => void;
}

export interface AppServer {
  /** Serves one client. Resolves when the client has left and has its last answers, with the reason if the channel broke. */
  serve(transport: Transport): Promise<Error | null>;
  /** Interrupts what runs, flushes every rollout, sends what is still to be said. Safe to call twice. */
  close(): Promise<void>;
}

/** What the handlers of one connection are given. */
export interface HandlerContext {
  readonly connection: Connection;
  /** Of all clients, as they are now. */
  readonly connections: ReadonlySet<Connection>;
  readonly sequences: Sequences;
  readonly threads: () => Promise<Threads>;
  readonly options: AppServerOptions;
}

/** The agent behind the protocol: the composition root of everything between a transport and core's threads. */
export function createAppServer(options: AppServerOptions): AppServer {
  const { onFault } = options;
  const connections = new Set<Connection>();
  const sequences = createSequences({ now: Date.now });
  const questions = createQuestions({ connections, outlivesClients: options.outlivesClients, onFault });
  const approvals = createApprovals({ connections, questions, onFault });
  const onEvent = (event: ThreadEvent): void => {
    const numbered = { event, sequence: sequences.next(event) };
    for (const connection of connections) connection.tell(numbered);
  };
  const isFollowed = (threadId: string): boolean =>
    [...connections].some(({ subscriptions }) => subscriptions.has(threadId));
  let opened: Promise<Threads> | null = null;
  const open = (): Promise<Threads> =>
    options.createThreads({ approvals, onEvent, isFollowed }).catch((error: unknown) => {
      opened = null; // the next request tries again
      throw error;
    });
  const threads = (): Promise<Threads> => (opened ??= open());

  let workspace: Promise<Workspace> | null = null;
  const shared = {
    connections,
    sequences,
    threads,
    options: { ...options, workspace: () => (workspace ??= options.workspace()) },
  };

  const serve = async (transport: Transport): Promise<Error | null> => {
    const connection = createConnection(
      (self) =>
        createPeer({
          transport,
          local: { methods: clientMethods, notifications: serverNotifications },
          remote: { methods: serverMethods, notifications: clientNotifications },
          handlers: handlersOf(self, shared),
          admit: (request) => admit(self(), request),
          now: Date.now,
          onFault,
        }),
      questions,
    );
    connections.add(connection);
    const reason = await connection.peer.closed;
    connections.delete(connection);
    questions.left(connection);
    const tellLeft = (kept: Threads): void => {
      for (const threadId of connection.subscriptions.ids()) kept.left(threadId);
    };
    await opened?.then(tellLeft, () => undefined); // core that could not be loaded has no threads
    await connection.peer.dispose();
    return reason;
  };

  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    // Their requests are answered with how they ended.
    if (workspace !== null) await (await workspace).close();
    if (opened !== null) await (await opened).close();
    await Promise.all([...connections].map(({ peer }) => peer.dispose()));
  };
  return { serve, close: () => (closing ??= close()) };
}

/** Handlers are made when the first request arrives: the connection they speak about exists by then. */
function handlersOf(self: () => Connection, shared: Omit<HandlerContext, "connection">): Handlers<ClientMethods> {
  const context: HandlerContext = {
    ...shared,
    get connection() {
      return self();
    },
  };
  return {
    ...initializeHandlers(context),
    ...threadHandlers(context),
    ...threadListHandlers(context),
    ...threadPageHandlers(context),
    ...threadKeepingHandlers(context),
    ...threadLineageHandlers(context),
    ...threadQueueHandlers(context),
    ...threadShellHandlers(context),
    ...threadCompactHandlers(context),
    ...threadTerminalHandlers(context),
    ...threadSettingsHandlers(context),
    ...turnHandlers(context),
    ...catalogueHandlers(context),
    ...localModelHandlers(context),
    ...configHandlers(context),
    ...accountHandlers(context),
    ...gatewayOAuthHandlers(context),
    ...commandHandlers(context),
    ...fileHandlers(context),
    ...searchHandlers(context),
    ...gitHandlers(context),
    ...skillHandlers(context),
    ...promptHandlers(context),
  };
}

/** Refuses what may not be asked now. */
function admit(connection: Connection, request: AdmittedRequest<ClientMethods>): void {
  if (request.method === "initialize") {
    if (connection.client !== null) throw invalidRequest("Already initialized");
    return;
  }
  const client = initializedClient(connection);
  const asked = client.hasExperimentalApi
    ? null
    : experimentalPart(request.method, clientMethods[request.method], request.params);
  if (asked !== null) throw invalidRequest(`${asked} requires experimentalApi capability`);
}
