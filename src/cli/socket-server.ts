import { readTokenFile } from "../app-server/listen/bearer-token.ts";
import type { Address } from "../app-server/listen/address.ts";
import { listenAt } from "../app-server/listen/listen.ts";
import { createLog } from "../app-server/log.ts";
import { takeStdout } from "../app-server/stdio.ts";
import { composeServer, endWithProcess, type ServerSetting, withTrace } from "./server-process.ts";

/** Serves any number of clients on a socket, and says on stderr where; ends with a signal only. */
export async function runSocketServer(
  address: Exclude<Address, { kind: "stdio" }>,
  tokenFile: string | null,
  setting: ServerSetting,
): Promise<number> {
  const token = tokenFile === null ? null : readTokenFile(tokenFile);
  if (typeof token === "string") {
    process.stderr.write(`turnwright app-server: ${token}\n`);
    return 1;
  }
  const log = createLog(process.stderr);
  takeStdout();
  const server = composeServer(setting, log, { outlivesClients: true });
  const listener = await listenAt(address, token, {
    serve: (transport) => server.serve(withTrace(transport, log)),
    onFault: (fault, error) => log.fault(fault, error),
  });
  endWithProcess(async () => {
    listener.stop();
    await server.close();
    listener.release();
  }, log);
  process.stderr.write(`listening on: ${listener.address}\n`);
  return new Promise<never>(() => undefined); // what listens keeps the process alive
}
