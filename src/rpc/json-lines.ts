import { defer } from "./defer.ts";
import type { WireMessage } from "./message.ts";
import { type Coalescing, createOutbox } from "./outbox.ts";
import type { Receiver, Transport } from "./transport.ts";

/** What framing needs of a readable stream of bytes. Node's streams fit. */
export interface ByteSource {
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** What framing needs of a writable stream. `write` returns false when the stream wants a pause until `drain`. */
export interface ByteSink {
  write(text: string, written: () => void): boolean;
  on(event: "drain" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface JsonLinesOptions {
  readonly input: ByteSource;
  readonly output: ByteSink;
  /** One line about input that was skipped. Never holds the input itself, which may carry a secret. */
  readonly onSkipped?: (reason: string) => void;
  /** Longest line that is read; a longer one is skipped. Default 64 MiB. */
  readonly maxLineBytes?: number;
  /** With so many characters waiting for a reader who does not read, the next message gives the channel up. Default {@link defaultQueuedChars}. */
  readonly maxQueuedChars?: number;
  /** How what waits is made less. Default: it is not. */
  readonly coalescing?: Coalescing;
}

const newline = 10;
/** About so much is written at once; what does not fit waits, where it can still be made less. */
const maxWriteChars = 1024 * 1024;
/** Characters that may wait for a reader: at most twice as many bytes. What is being written is not among them. */
export const defaultQueuedChars = 64 * 1024 * 1024;

/**
 * JSON values over two byte streams, one a line: UTF-8, ended by LF. What is sent within one tick leaves in one write; while the
 * stream is full nothing is written. Empty lines are ignored, a line that is not JSON is reported and skipped.
 */
export function jsonLines(options: JsonLinesOptions): Transport {
  const { input, output, onSkipped, coalescing } = options;
  const maxLineBytes = options.maxLineBytes ?? 64 * 1024 * 1024;
  const maxQueuedChars = options.maxQueuedChars ?? defaultQueuedChars;

  let receiver: Receiver | null = null;
  /** Nothing arrives any more; answers may still leave. */
  const endInput = (reason: Error | null): void => {
    const target = receiver;
    receiver = null;
    target?.closed(reason);
  };
  let isEnded = false;
  const settleClose: (() => void)[] = [];
  const end = (reason: Error | null): void => {
    if (isEnded) return;
    isEnded = true;
    outbox.clear();
    for (const settle of settleClose) settle();
    endInput(reason);
  };

  // Writing.
  const outbox = createOutbox({ coalescing });
  let isFull = false;
  let isFlushDue = false;
  let unwritten = 0;
  let isClosing = false;
  const endWhenWritten = (): void => {
    if (isClosing && unwritten === 0 && outbox.isEmpty) end(null);
  };
  const written = (): void => {
    unwritten -= 1;
    endWhenWritten();
  };
  const flush = (): void => {
    isFlushDue = false;
    while (!outbox.isEmpty && !isFull && !isEnded) {
      unwritten += 1;
      isFull = !output.write(`${outbox.take(maxWriteChars).join("\n")}\n`, written);
    }
  };
  const send = (message: WireMessage): void => {
    if (isEnded || isClosing) return;
    if (outbox.chars > maxQueuedChars) {
      end(new Error(`The other side does not read: ${outbox.chars} characters wait to be written.`));
      return;
    }
    outbox.push(message);
    if (isFlushDue) return;
    isFlushDue = true;
    defer(flush);
  };
  output.on("drain", () => {
    isFull = false;
    flush();
    endWhenWritten();
  });

  const listen = (target: Receiver): void => {
    receiver = target;
    const lines = createLineSplitter(maxLineBytes, onSkipped, (line) => {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        onSkipped?.(`a line of ${line.length} characters is not JSON`);
        return;
      }
      target.message(value);
    });
    input.on("data", (chunk) => {
      if (receiver !== null) lines.push(chunk);
    });
    input.on("end", () => {
      if (receiver !== null) lines.finish();
      endInput(null);
    });
    input.on("close", () => endInput(null));
    input.on("error", endInput);
    output.on("error", end);
    output.on("close", () => end(null));
  };

  const close = (): Promise<void> =>
    new Promise((resolve) => {
      if (isEnded) {
        resolve();
        return;
      }
      settleClose.push(resolve);
      isClosing = true;
      flush();
      endWhenWritten();
    });

  return { listen, send, close };
}

/** Cuts chunks into lines and decodes them. Memory: at most one line beyond the chunk at hand. */
function createLineSplitter(
  maxLineBytes: number,
  onSkipped: ((reason: string) => void) | undefined,
  onLine: (line: string) => void,
): { push(chunk: Uint8Array): void; finish(): void } {
  const decoder = new TextDecoder("utf-8");
  const head: Uint8Array[] = [];
  let headBytes = 0;
  let isSkipping = false;

  const join = (tail: Uint8Array): Uint8Array => {
    if (head.length === 0) return tail;
    const whole = new Uint8Array(headBytes + tail.length);
    let at = 0;
    for (const part of head) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(tail, at);
    head.length = 0;
    headBytes = 0;
    return whole;
  };
  const tooLong = (): void => {
    onSkipped?.(`a line is longer than ${maxLineBytes} bytes`);
    head.length = 0;
    headBytes = 0;
  };

  const emit = (bytes: Uint8Array): void => {
    for (const line of decoder.decode(bytes).split("\n")) if (line.length > 0 && line !== "\r") onLine(line);
  };

  const push = (chunk: Uint8Array): void => {
    const last = chunk.lastIndexOf(newline);
    if (last >= 0) {
      let start = 0;
      if (isSkipping) {
        start = chunk.indexOf(newline) + 1;
        isSkipping = false;
      } else if (headBytes + chunk.indexOf(newline) > maxLineBytes) {
        tooLong();
        start = chunk.indexOf(newline) + 1;
      }
      // One decode for all whole lines of the chunk; LF never occurs inside a UTF-8 sequence.
      if (start < last || headBytes > 0) emit(join(chunk.subarray(start, last)));
    }
    if (isSkipping) return;
    const rest = chunk.subarray(last + 1);
    if (rest.length === 0) return;
    head.push(rest);
    headBytes += rest.length;
    if (headBytes > maxLineBytes) {
      tooLong();
      isSkipping = true;
    }
  };
  /** The last line needs no LF. */
  const finish = (): void => {
    if (headBytes > 0) emit(join(new Uint8Array()));
  };
  return { push, finish };
}
