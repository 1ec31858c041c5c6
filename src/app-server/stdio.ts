import { jsonLines } from "../rpc/json-lines.ts";
import type { Transport } from "../rpc/transport.ts";
import { deltaCoalescing } from "./coalescing.ts";
import type { Log } from "./log.ts";

/** Takes stdout for who calls, who gets the way to write there: what any other code writes to it from here on goes to stderr. */
export function takeStdout(): (text: string, written?: () => void) => boolean {
  const { stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return (text, written) => write(text, () => written?.());
}

/** The protocol over this process's stdin and stdout. */
export function takeStdio(log: Log): Transport {
  const { stdin, stdout } = process;
  return jsonLines({
    input: stdin,
    output: {
      write: takeStdout(),
      on: (event: string, listener: (error: Error) => void) => stdout.on(event, listener),
    },
    onSkipped: (reason) => log.fault(`ignored input: ${reason}`),
    coalescing: deltaCoalescing,
  });
}

/** Logs every message that passes, once. */
export function traced(transport: Transport, log: Log): Transport {
  return {
    listen(receiver) {
      transport.listen({
        message(value) {
          log.trace("in", value);
          receiver.message(value);
        },
        closed: (reason) => receiver.closed(reason),
      });
    },
    send(message) {
      log.trace("out", message);
      transport.send(message);
    },
    close: () => transport.close(),
  };
}
