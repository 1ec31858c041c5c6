import { defaultQueuedChars } from "./json-lines.ts";
import type { WireMessage } from "./message.ts";
import { type Coalescing, createOutbox } from "./outbox.ts";
import type { Receiver, Transport } from "./transport.ts";

/** What framing needs of a WebSocket (RFC 6455) that is open. */
export interface OpenSocket {
  /** Starts delivery; each of these is called from then on. */
  listen(events: {
    readonly onText: (text: string) => void;
    readonly onBinary: () => void;
    /** Called once; `reason` is null when the other side said goodbye. */
    readonly onClosed: (reason: Error | null) => void;
  }): void;
  /** Sends one text frame; `sent` is called when it is with the operating system, or cannot get there any more. */
  send(text: string, sent: () => void): void;
  /** Starts the closing handshake, and cuts the connection if the other side does not join in. Safe to call twice. */
  close(code: number, reason: string): void;
}

export interface WebSocketOptions {
  readonly socket: OpenSocket;
  /** One line about input that was skipped. Never holds the input itself, which may carry a secret. */
  readonly onSkipped?: (reason: string) => void;
  /** As for JSON lines. */
  readonly maxQueuedChars?: number;
  readonly coalescing?: Coalescing;
}

/** Close codes of RFC 6455, 7.4.1. */
const goingAway = 1001;
const policyViolation = 1008;
/** About so much is handed to the socket at once; what does not fit waits, where it can still be made less. */
const windowChars = 1024 * 1024;

/** JSON values over a WebSocket, one a text frame. Other frames, and text that is not JSON, are reported and skipped. */
export function webSocketTransport(options: WebSocketOptions): Transport {
  const { socket, onSkipped, coalescing, maxQueuedChars = defaultQueuedChars } = options;
  const outbox = createOutbox({ coalescing });
  let inFlight = 0;
  let isClosing = false;
  let isEnded = false;
  let receiver: Receiver | null = null;
  const settleClose: (() => void)[] = [];

  const end = (reason: Error | null): void => {
    if (isEnded) return;
    isEnded = true;
    outbox.clear();
    for (const settle of settleClose) settle();
    const target = receiver;
    receiver = null;
    target?.closed(reason);
  };
  const flush = (): void => {
    while (!outbox.isEmpty && inFlight < windowChars && !isEnded) {
      for (const text of outbox.take(windowChars - inFlight)) {
        inFlight += text.length;
        socket.send(text, () => {
          inFlight -= text.length;
          flush();
        });
      }
    }
    if (!isClosing || isEnded || !outbox.isEmpty || inFlight > 0) return;
    socket.close(goingAway, "");
    end(null);
  };

  return {
    listen(target) {
      receiver = target;
      socket.listen({
        onText(text) {
          let value: unknown;
          try {
            value = JSON.parse(text);
          } catch {
            onSkipped?.(`a frame of ${text.length} characters is not JSON`);
            return;
          }
          receiver?.message(value);
        },
        onBinary: () => onSkipped?.("a frame is not text"),
        onClosed: end,
      });
    },
    send(message: WireMessage) {
      if (isEnded || isClosing) return;
      if (outbox.chars > maxQueuedChars) {
        const reason = `${outbox.chars} characters wait to be read`;
        socket.close(policyViolation, reason);
        end(new Error(`The other side does not read: ${reason}.`));
        return;
      }
      outbox.push(message);
      flush();
    },
    close: () =>
      new Promise((resolve) => {
        if (isEnded) return resolve();
        settleClose.push(resolve);
        isClosing = true;
        flush();
      }),
  };
}
