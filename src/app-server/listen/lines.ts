import net from "node:net";
import { jsonLines } from "../../rpc/json-lines.ts";
import { deltaCoalescing } from "../coalescing.ts";
import type { ListenOptions } from "./listen.ts";

/** How long a client may take to read its last answers. */
const lastWordsMs = 2000;

/** A server of JSON lines, which listens nowhere yet. A client that ends its side still gets the answers to what it asked. */
export function createLines({ serve, onFault }: ListenOptions): net.Server {
  const take = async (socket: net.Socket): Promise<void> => {
    const transport = jsonLines({
      input: socket,
      output: socket,
      onSkipped: (reason) => onFault(`ignored input: ${reason}`),
      coalescing: deltaCoalescing,
    });
    const reason = await serve(transport);
    if (reason !== null) onFault(`a client's channel broke: ${reason.message}`);
    const cut = setTimeout(() => socket.destroy(), lastWordsMs);
    cut.unref();
    socket.once("close", () => clearTimeout(cut));
    socket.end();
  };
  return net.createServer({ allowHalfOpen: true }, (socket) => {
    take(socket).catch((error: unknown) => {
      onFault("serving a client failed", error);
      socket.destroy();
    });
  });
}
