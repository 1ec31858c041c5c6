import type { SandboxPolicy } from "../../protocol/settings.ts";

/** Where and as what a command runs. */
export interface CommandSpec {
  readonly argv: readonly string[];
  /** Absolute; must exist. */
  readonly cwd: string;
  /** The whole environment of the command; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
}

export interface SandboxScope {
  readonly policy: SandboxPolicy;
  /** Absolute folders a workspace-write command may change, the thread's cwd first. */
  readonly writableRoots: readonly string[];
  /** Private temp dir of the thread (mode 0700); `TMPDIR` inside. */
  readonly tempDir: string;
  /** Absolute paths that no command may read (the state directory, keys). */
  readonly denyRead: readonly string[];
  /**
   * Absolute folders that stay visible even below a denied one or one that the sandbox empties: the thread's own cwd. Never what the
   * model asks for.
   */
  readonly visible: readonly string[];
}

/** How to spawn a command so that it is confined, and what to do after it ended. */
export interface SandboxedCommand extends CommandSpec {
  /**
   * True: it runs in its own process tree that the kernel ends together with the server (bubblewrap). False: the watchdog has to, and
   * signals go to the process group.
   */
  readonly isContained: boolean;
  /** False: the sandbox shows no folder at `cwd`, and the command is refused when it is started. */
  readonly isCwdVisible: boolean;
  /** Runs once after the process ended, however it ended. */
  cleanup(): Promise<void>;
}

/**
 * Confines commands on one platform. Fails closed: when the sandbox cannot be set up, `wrap` says why and nothing runs.
 */
export interface Sandbox {
  /** Name for messages and `doctor`. */
  readonly name: string;
  wrap(
    command: CommandSpec,
    scope: SandboxScope,
  ): Promise<
    | { readonly kind: "wrapped"; readonly command: SandboxedCommand }
    /** `message` says what is missing and the exact command that installs it. */
    | { readonly kind: "unavailable"; readonly message: string }
  >;
}

export interface ProcessExit {
  /** Null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly durationMs: number;
}

/**
 * A running command. Its process group is ended with SIGTERM, then SIGKILL after 2 s; SIGKILL of the server takes it along.
 */
export interface RunningProcess {
  /** Session number the model uses with write_stdin; unique in this server. */
  readonly sessionId: number;
  readonly pid: number;
  readonly startedAtMs: number;
  /** Settles when the process ended and its output was read to the end. */
  readonly exited: Promise<ProcessExit>;
  /** Null while it runs. */
  readonly exit: ProcessExit | null;
  /** Everything it wrote so far (stdout and stderr as one stream). */
  readonly output: ProcessOutput;
  /**
   * Sends text to stdin; Ctrl-C alone ("\u0003") is SIGINT for the process and its children instead, with or without a stdin. Resolves
   * when it was read or after a second. Rejects when stdin is closed or too much waits unread.
   */
  write(chars: string): Promise<void>;
  /** As {@link RunningProcess.write}, but every byte is only a byte. */
  writeBytes(bytes: Uint8Array): Promise<void>;
  /** Ends stdin after what was written so far. Safe to call twice. */
  closeInput(): void;
  /** Ends the whole group, also what a process that ended left in the background; resolves when it is gone. */
  kill(): Promise<void>;
}

/** The output of a process: bounded in memory, whole on disk. Invalid UTF-8 becomes U+FFFD; a character is never split between chunks. */
export interface ProcessOutput {
  /** Bytes received in all. */
  readonly totalBytes: number;
  /** Absolute path of the file that holds everything, capped (then the end of the file says so); null while nothing was spilled. */
  readonly file: string | null;
  /** Called synchronously with each decoded chunk (one call per 16 ms or 8 kB, whichever comes first); returns the unsubscriber. Must not throw. */
  onText(listener: (text: string) => void): () => void;
  /** Head and tail, at most `maxBytes` in all, with a line in between that says how much is missing. */
  snapshot(maxBytes: number): { readonly text: string; readonly omittedBytes: number; readonly totalLines: number };
  /** What was written since the last call of `takeNew`, bounded like `snapshot`; `bytes` and `totalLines` count all of it. */
  takeNew(maxBytes: number): TakenOutput;
}

/** A stretch of output, bounded; the text is raw (ANSI and control characters are still in it). */
export interface TakenOutput {
  readonly text: string;
  /** Bytes that `text` leaves out. */
  readonly omittedBytes: number;
  readonly bytes: number;
  readonly totalLines: number;
}
