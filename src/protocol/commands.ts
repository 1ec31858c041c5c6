import * as z from "zod";
import { SandboxPolicy } from "./settings.ts";
import type { MethodTable, NotificationTable } from "./methods.ts";

/** Chosen by the client, for one connection. */
const ProcessId = z.string().max(1000);
const TerminalSize = z.object({
  rows: z.number().int().min(0).max(65_535),
  cols: z.number().int().min(0).max(65_535),
});

const CommandExecParams = z.lazy(() =>
  z.object({
    /** Program and arguments; no shell reads them. */
    command: z.array(z.string()),
    /** Names the process for `write`, `terminate` and the deltas; needed for these. */
    processId: ProcessId.nullish(),
    /** Absolute, or relative to the server's own folder, which is the default. */
    cwd: z.string().nullish(),
    /** Over the usual environment; null takes a variable away. */
    env: z.record(z.string(), z.string().nullable()).nullish(),
    /** Default 10,000. A command that takes longer is ended, with exit code 124. */
    timeoutMs: z.number().int().nullish(),
    disableTimeout: z.boolean().default(false),
    /** Per stream; default 1 MiB. What comes after it is dropped. */
    outputBytesCap: z.number().int().min(0).nullish(),
    disableOutputCap: z.boolean().default(false),
    streamStdin: z.boolean().default(false),
    /** Output comes as `command/exec/outputDelta` instead of in the answer. */
    streamStdoutStderr: z.boolean().default(false),
    /** Asks for a terminal; what a server without one does instead, it says in its documentation. */
    tty: z.boolean().default(false),
    size: TerminalSize.nullish(),
    /** Default: what is configured for the folder. */
    sandboxPolicy: SandboxPolicy.nullish(),
    /** A named policy instead: `:read-only`, `:workspace`, `:danger-full-access`. */
    permissionProfile: z.string().nullish(),
  }),
);
const CommandExecResponse = z.object({
  /** 124 after a timeout, 128 + N when signal N ended it. */
  exitCode: z.number().int(),
  stdout: z.string(),
  stderr: z.string(),
});

const done = z.looseObject({});

/** Commands that a client runs by itself, outside of any thread. */
export const commandMethods = {
  /**
   * Runs one command, outside of any thread and confined by a sandbox, and answers when it has ended. It ends with
   * the connection.
   * @notifies command/exec/outputDelta
   * @error `command must not be empty`
   * @error `command/exec tty or streaming requires a client-supplied processId`
   * @error `invalid permission profile: …`
   * @error Code -32001: this client runs as many commands as it may.
   */
  "command/exec": {
    params: CommandExecParams,
    result: CommandExecResponse,
    experimental: ["permissionProfile"],
  },
  /**
   * Writes to the standard input of a command, or closes it.
   * @error `stdin is already closed`
   * @error No command of this client has this `processId`, or it has no standard input.
   */
  "command/exec/write": {
    params: z.object({
      processId: ProcessId,
      deltaBase64: z.string().nullish(),
      closeStdin: z.boolean().default(false),
    }),
    result: done,
  },
  /**
   * Changes the size of the terminal of a command.
   * @error No command of this client has this `processId`, or it has no terminal.
   */
  "command/exec/resize": { params: z.object({ processId: ProcessId, size: TerminalSize }), result: done },
  /**
   * Ends a command with everything it started. `command/exec` answers then.
   * @error No command of this client has this `processId`.
   */
  "command/exec/terminate": { params: z.object({ processId: ProcessId }), result: done },
} as const satisfies MethodTable;

export const commandNotifications = {
  /** Output of a command that was begun with `streamStdoutStderr` or a terminal. */
  "command/exec/outputDelta": z.lazy(() =>
    z.looseObject({
      processId: z.string(),
      stream: z.enum(["stdout", "stderr"]),
      deltaBase64: z.string(),
      /** This is the last delta of the stream, since the cap is reached. */
      capReached: z.boolean(),
    }),
  ),
} as const satisfies NotificationTable;
