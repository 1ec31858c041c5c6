/** A writable end for log lines; Node's stderr fits. */
interface LogSink {
  write(text: string): unknown;
}

export interface Log {
  /** One line: time, level, text. Errors add their message and stack, without secrets. */
  fault(text: string, error?: unknown): void;
  /** A message of the wire, cut to a readable length, without secrets. */
  trace(direction: "in" | "out", message: unknown): void;
}

/** Passes so much on, then says that it is full, and no more. */
export function boundedSink(sink: LogSink, maxChars: number): LogSink {
  let left = maxChars;
  return {
    write(text) {
      if (left <= 0) return;
      left -= text.length;
      sink.write(left > 0 ? text : "The log is full; nothing more is written.\n");
    },
  };
}

const maxTraceChars = 2000;
/** The last word of a member's name; it may be a dotted key of the configuration. */
const secretMember = /(?:authorization|cookie|password|api[-_]?key|_key|secret|token)$/iu;
const secretWord = /\b(?:sk-[\w-]{8,}|(?:Bearer|Basic) [\w.~+/=-]{8,})/gu;

const withoutSecrets = (text: string): string => text.replace(secretWord, "[removed]");

const describe = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? "" : `; because: ${describe(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
};

/** The server's log. It goes to stderr: stdout belongs to the protocol. */
export function createLog(sink: LogSink): Log {
  const line = (level: string, text: string): void => {
    sink.write(`${new Date().toISOString()} ${level} ${withoutSecrets(text)}\n`);
  };
  return {
    fault(text, error) {
      line("ERROR", error === undefined ? text : `${text}: ${describe(error)}`);
    },
    trace(direction, message) {
      const text = JSON.stringify(message, (key, value: unknown) =>
        typeof value === "string" && secretMember.test(key) ? "[removed]" : value,
      );
      line("TRACE", `${direction} ${text.length > maxTraceChars ? `${text.slice(0, maxTraceChars)}…` : text}`);
    },
  };
}
