import { parseArgs } from "node:util";
import { createLog, type Log } from "../app-server/log.ts";
import { createAppServer, type AppServer } from "../app-server/server.ts";
import { takeStdio, traced } from "../app-server/stdio.ts";
import { stateDirectory } from "../core/config/home.ts";
import { loadCore } from "./core.ts";

/**
 * Longest orderly end, from the end of stdin or a signal on: a client that does not read its answers or a turn that cannot be interrupted
 * does not keep the process alive. What was shown is on disk in any case.
 */
const closeWithinMs = 5000;

/**
 * `turnwright app-server`: serves one client on stdin and stdout until stdin ends or a signal comes. `TURNWRIGHT_TRACE=1` logs every
 * message on stderr.
 */
export async function runAppServer(args: readonly string[]): Promise<number> {
  const overrides = parse(args);
  if (typeof overrides === "string") {
    process.stderr.write(`turnwright app-server: ${overrides}\n`);
    return 2;
  }
  const log = createLog(process.stderr);
  const stdio = takeStdio(log);
  const home = stateDirectory(process.env);
  // Core is not needed to answer `initialize`, and takes longer to load than everything else.
  const core = loadCore({ home, overrides });
  const server = createAppServer({
    home,
    createThreads: async (outside) => (await core()).createThreads(outside),
    workspace: async () => (await core()).workspace(),
    listModels: async (provider) => (await core()).listModels(provider),
    listProviders: async () => (await core()).listProviders(),
    findLocalServers: async () => (await core()).findLocalServers(),
    readConfig: async (options) => (await core()).readConfig(options),
    writeConfig: async (request) => (await core()).writeConfig(request),
    configWarnings: async () => (await core()).configWarnings(),
    account: {
      read: async () => (await core()).account.read(),
      login: async (key, storage) => (await core()).account.login(key, storage),
      logout: async () => (await core()).account.logout(),
      rateLimits: async () => (await core()).account.rateLimits(),
    },
    outlivesClients: false,
    onFault: (fault, error) => log.fault(fault, error),
  });
  endWithProcess(server, log);
  process.stdin.once("end", () => endAfter(closeWithinMs, log));
  const reason = await server.serve(process.env["TURNWRIGHT_TRACE"] ? traced(stdio, log) : stdio);
  if (reason !== null) log.fault("the channel broke", reason);
  await shutDown(server, log);
  process.exit(0);
}

/** The overrides, or what is wrong with the arguments. */
function parse(args: readonly string[]): readonly string[] | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { listen: { type: "string" }, config: { type: "string", short: "c", multiple: true } },
    });
    const listen = values.listen ?? "stdio://";
    return listen === "stdio://" ? (values.config ?? []) : `--listen takes stdio://, not ${listen}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Ends the process by then, however it goes. */
const endAfter = (ms: number, log: Log): NodeJS.Timeout =>
  setTimeout(() => {
    log.fault(`not everything ended within ${ms} ms`);
    process.exit(1);
  }, ms);

async function shutDown(server: AppServer, log: Log): Promise<void> {
  const overdue = endAfter(closeWithinMs, log);
  await server.close().catch((error: unknown) => log.fault("closing failed", error));
  clearTimeout(overdue);
}

function endWithProcess(server: AppServer, log: Log): void {
  const end = (status: number): void => {
    void shutDown(server, log).then(() => process.exit(status));
  };
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => end(0));
  process.on("unhandledRejection", (reason) => log.fault("a promise was rejected and nobody looked", reason));
  process.once("uncaughtException", (error) => {
    log.fault("a fault that nobody caught; the server ends", error);
    end(1);
  });
}
