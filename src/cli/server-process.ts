import { createAppServer, type AppServer } from "../app-server/server.ts";
import type { Log } from "../app-server/log.ts";
import { traced } from "../app-server/stdio.ts";
import type { Transport } from "../rpc/transport.ts";
import { loadCore } from "./core.ts";

/**
 * Longest orderly end, from the end of stdin or a signal on: a client that does not read its answers or a turn that cannot be interrupted
 * does not keep the process alive. What was shown is on disk in any case.
 */
export const closeWithinMs = 5000;

/** The home and the `-c` overrides of a server. */
export interface ServerSetting {
  readonly home: string;
  readonly overrides: readonly string[];
}

/** The server over core, which is loaded when it is first needed: `initialize` is answered without it. */
export function composeServer(
  { home, overrides }: ServerSetting,
  log: Log,
  { outlivesClients }: { readonly outlivesClients: boolean },
): AppServer {
  const core = loadCore({ home, overrides });
  return createAppServer({
    home,
    createThreads: async (outside) => (await core()).createThreads(outside),
    workspace: async () => (await core()).workspace(),
    listModels: async (provider) => (await core()).listModels(provider),
    listProviders: async () => (await core()).listProviders(),
    canSearchWeb: async () => (await core()).canSearchWeb(),
    findLocalServers: async () => (await core()).findLocalServers(),
    skillLibrary: async () => (await core()).skillLibrary(),
    readConfig: async (options) => (await core()).readConfig(options),
    writeConfig: async (request) => (await core()).writeConfig(request),
    configWarnings: async () => (await core()).configWarnings(),
    account: {
      read: async () => (await core()).account.read(),
      login: async (key, storage) => (await core()).account.login(key, storage),
      logout: async () => (await core()).account.logout(),
      oauth: {
        read: async (provider) => (await core()).account.oauth.read(provider),
        login: async (...how) => (await core()).account.oauth.login(...how),
        cancel: async (loginId) => (await core()).account.oauth.cancel(loginId),
      },
      rateLimits: async () => (await core()).account.rateLimits(),
    },
    outlivesClients,
    onFault: (fault, error) => log.fault(fault, error),
  });
}

export const withTrace = (transport: Transport, log: Log): Transport =>
  process.env["TURNWRIGHT_TRACE"] ? traced(transport, log) : transport;

/** Ends the process by then, however it goes. */
export const endAfter = (ms: number, log: Log): NodeJS.Timeout =>
  setTimeout(() => {
    log.fault(`not everything ended within ${ms} ms`);
    process.exit(1);
  }, ms);

/** Ends in order when a signal comes or a fault was not caught, or when the returned function is called; that never returns. */
export function endWithProcess(close: () => Promise<void>, log: Log): (status: number) => Promise<never> {
  let isEnding = false;
  const shutDown = async (status: number): Promise<never> => {
    if (isEnding) return new Promise<never>(() => undefined);
    isEnding = true;
    const overdue = endAfter(closeWithinMs, log);
    await close().catch((error: unknown) => log.fault("closing failed", error));
    clearTimeout(overdue);
    process.exit(status);
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => void shutDown(0));
  process.on("unhandledRejection", (reason) => log.fault("a promise was rejected and nobody looked", reason));
  process.once("uncaughtException", (error) => {
    log.fault("a fault that nobody caught; the server ends", error);
    void shutDown(1);
  });
  return shutDown;
}
