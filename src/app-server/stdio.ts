import { jsonLines } from "../rpc/json-lines.ts";
import type { Transport } from "../rpc/transport.ts";
import type { Log } from "./log.ts";

/**
 * The protocol over this process's stdin and stdout. From here on stdout carries the protocol and nothing else: what any other code
 * writes there goes to stderr.
 */
export function takeStdio(log: Log): Transport {
  const { stdin, stdout, stderr } = process;
  const write = stdout.write.bind(stdout);
  stdout.write = stderr.write.bind(stderr);
  return jsonLines({
    input: stdin,
    output: {
      write: (text, written) => write(text, () => written()),
      on: (event: string, listener: (error: Error) => void) => stdout.on(event, listener),
    },
    onSkipped: (reason) => log.fault(`ignored input: ${reason}`),
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
