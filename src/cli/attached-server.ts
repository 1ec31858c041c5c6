import { createLingering } from "../app-server/lingering.ts";
import { listenForLines } from "../app-server/listen/listen.ts";
import { SocketFileError } from "../app-server/listen/socket-file.ts";
import { boundedSink, createLog } from "../app-server/log.ts";
import { takeStdout } from "../app-server/stdio.ts";
import { composeServer, endWithProcess, type ServerSetting, withTrace } from "./server-process.ts";

/** How long threads go on without a client. */
const lingerMs = 60_000;
const maxLogChars = 8 * 1024 * 1024;

/**
 * The server behind `--attach`. Whoever started it reads one line from its stdout: `listening`, `taken` (another one is there) or what went
 * wrong; nobody is told of anything later. It ends when no client has been there for a minute.
 */
export async function runAttachedServer(socket: string, setting: ServerSetting): Promise<number> {
  const log = createLog(boundedSink(process.stderr, maxLogChars));
  const report = takeStdout();
  process.stdout.on("error", () => undefined); // the one that started it may be gone
  const server = composeServer(setting, log, { outlivesClients: true });
  try {
    const listener = await listenForLines(socket, {
      async serve(transport) {
        lingering.arrived();
        try {
          return await server.serve(withTrace(transport, log));
        } finally {
          lingering.left();
        }
      },
      onFault: (fault, error) => log.fault(fault, error),
    });
    const end = endWithProcess(async () => {
      listener.stop();
      await server.close();
      listener.release();
    }, log);
    const lingering = createLingering(lingerMs, () => void end(0));
    report("listening\n");
  } catch (error) {
    const isTaken = error instanceof SocketFileError && error.reason === "taken";
    report(isTaken ? "taken\n" : `${error instanceof Error ? error.message : String(error)}\n`);
    return isTaken ? 0 : 1;
  }
  return new Promise<never>(() => undefined); // what listens keeps the process alive
}
