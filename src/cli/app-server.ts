import { createLog } from "../app-server/log.ts";
import { takeStdio } from "../app-server/stdio.ts";
import { stateDirectory } from "../core/config/home.ts";
import { parseAppServerArgs } from "./app-server-args.ts";
import {
  closeWithinMs,
  composeServer,
  endAfter,
  endWithProcess,
  type ServerSetting,
  withTrace,
} from "./server-process.ts";

/**
 * `turnwright app-server`: serves one client on stdin and stdout until stdin ends, or many on a socket until a signal comes.
 * `TURNWRIGHT_TRACE=1` logs every message on stderr.
 */
export async function runAppServer(args: readonly string[]): Promise<number> {
  const task = parseAppServerArgs(args, { cwd: process.cwd(), env: process.env });
  if (typeof task === "string") {
    process.stderr.write(`turnwright app-server: ${task}\n`);
    return 2;
  }
  const setting = { home: stateDirectory(process.env), overrides: task.overrides };
  switch (task.kind) {
    case "attach":
      return (await import("./attach.ts")).runAttach(task.window, setting);
    case "attached":
      return (await import("./attached-server.ts")).runAttachedServer(task.socket, setting);
    case "serve":
      if (task.address.kind === "stdio") return serveStdio(setting);
      return (await import("./socket-server.ts")).runSocketServer(task.address, task.tokenFile, setting);
    default:
      return task satisfies never;
  }
}

async function serveStdio(setting: ServerSetting): Promise<number> {
  const log = createLog(process.stderr);
  const stdio = takeStdio(log);
  const server = composeServer(setting, log, { outlivesClients: false });
  const end = endWithProcess(() => server.close(), log);
  process.stdin.once("end", () => endAfter(closeWithinMs, log));
  const reason = await server.serve(withTrace(stdio, log));
  if (reason !== null) log.fault("the channel broke", reason);
  return end(0);
}
