import { defer } from "./defer.ts";
import type { WireMessage } from "./message.ts";
import type { Receiver, Transport } from "./transport.ts";

/** One direction: text that was sent, and who gets it. */
interface Lane {
  readonly lines: string[];
  receiver: Receiver | null;
  isDue: boolean;
}
const createLane = (): Lane => ({ lines: [], receiver: null, isDue: false });

/**
 * Two transports in one process, joined. Messages are copied through JSON and arrive in a later tick, as over a pipe. Closing either
 * end delivers what was sent and then ends both.
 */
export function linkedTransports(): readonly [Transport, Transport] {
  const toFirst = createLane();
  const toSecond = createLane();
  let isClosed = false;

  const deliver = (lane: Lane): void => {
    lane.isDue = false;
    if (lane.receiver === null) return;
    for (const line of lane.lines.splice(0)) lane.receiver.message(JSON.parse(line));
    if (isClosed) {
      const { receiver } = lane;
      lane.receiver = null;
      receiver.closed(null);
    }
  };
  const arrange = (lane: Lane): void => {
    if (lane.isDue || lane.receiver === null) return;
    lane.isDue = true;
    defer(() => deliver(lane));
  };
  const endOf = (inward: Lane, outward: Lane): Transport => ({
    listen(receiver) {
      inward.receiver = receiver;
      if (inward.lines.length > 0 || isClosed) arrange(inward);
    },
    send(message: WireMessage) {
      if (isClosed) return;
      outward.lines.push(JSON.stringify(message));
      arrange(outward);
    },
    close() {
      isClosed = true;
      arrange(inward);
      arrange(outward);
      return new Promise((resolve) => defer(resolve));
    },
  });
  return [endOf(toFirst, toSecond), endOf(toSecond, toFirst)];
}
