import type { SandboxPolicy } from "../../protocol/settings.ts";
import { shellStatus } from "../exec/format.ts";
import { ExecError, type Processes } from "../exec/process.ts";
import type { RunningProcess, Sandbox } from "../exec/types.ts";
import { createCap } from "./output-cap.ts";

/** A command that a client runs by itself, outside of any thread. */
export interface CommandRequest {
  readonly argv: readonly string[];
  /** The client's name for the process; null: it can be neither written to nor terminated. */
  readonly processId: string | null;
  /** Absolute. */
  readonly cwd: string;
  /** Over the usual environment; null takes a variable away. */
  readonly variables: Readonly<Record<string, string | null>>;
  /** Null: none. */
  readonly timeoutMs: number | null;
  /** Per stream; null: {@link maxCollectedBytes} where the output is collected, none where it is streamed. */
  readonly maxOutputBytes: number | null;
  readonly hasStdin: boolean;
  /** Null: the output is collected. Must not throw. */
  readonly onOutput: ((stream: "stdout" | "stderr", bytes: Buffer, isCapReached: boolean) => void) | null;
  /** stdout and stderr come as one stream, as from a terminal. */
  readonly isJoined: boolean;
  /** Null: what is configured for `cwd`. */
  readonly policy: SandboxPolicy | null;
}

export interface CommandResult {
  /** 124 after a timeout, 128 + N when signal N ended it. */
  readonly exitCode: number;
  /** Empty where the output was streamed. Bytes that are no UTF-8 become U+FFFD. */
  readonly stdout: string;
  readonly stderr: string;
}

/** A request about a command that cannot be served; the message says why. */
export class CommandRequestError extends Error {
  /** `notStarted`: the system or the sandbox refused; `tooMany`: possible later. */
  readonly reason: "refused" | "notStarted" | "tooMany";
  constructor(reason: CommandRequestError["reason"], message: string) {
    super(message);
    this.name = "CommandRequestError";
    this.reason = reason;
  }
}

/** The commands of one client. All reject with {@link CommandRequestError}. */
export interface Commands {
  /** Runs a command to its end, or until `signal` aborts. */
  run(request: CommandRequest, signal: AbortSignal): Promise<CommandResult>;
  write(processId: string, bytes: Buffer | null, options: { readonly closesStdin: boolean }): Promise<void>;
  /** Begins to end the process; `run` tells when it has. */
  terminate(processId: string): void;
  /** There is no terminal yet, so this always rejects. */
  resize(processId: string): never;
}

export interface CommandsDeps {
  readonly sandbox: Sandbox;
  readonly processes: Processes;
  environment(cwd: string): Promise<Readonly<Record<string, string>>>;
  configuredPolicy(cwd: string): Promise<SandboxPolicy>;
  writableRoots(place: { readonly cwd: string; readonly sandbox: SandboxPolicy }): readonly string[];
  tempDir(): Promise<string>;
  readonly denyRead: readonly string[];
  /** Whether a folder is, or lies in, a place of secrets. */
  isSecret(path: string): Promise<boolean>;
}

const timeoutExitCode = 124;
/** The longest that a timer of the runtime waits. */
const maxTimeoutMs = 2 ** 31 - 1;
/** Of each stream, where the output is collected for one message. */
const maxCollectedBytes = 8 * 1024 * 1024;
const maxPerClient = 32;

interface Active {
  /** Rejects with why it did not start. */
  readonly started: PromiseWithResolvers<RunningProcess>;
  readonly hasStdin: boolean;
  /** Aborts when the command is to end. */
  readonly ending: AbortController;
  isStdinClosed: boolean;
}

export function createCommands(deps: CommandsDeps): Commands {
  const named = new Map<string, Active>();
  let count = 0;

  const find = (processId: string): Active => {
    const active = named.get(processId);
    if (active === undefined) refuse(`no active command/exec for process id ${JSON.stringify(processId)}`);
    return active;
  };

  const start = async (
    request: CommandRequest,
    signal: AbortSignal,
    onBytes: (stream: "stdout" | "stderr", bytes: Buffer) => void,
  ): Promise<RunningProcess> => {
    const { argv, cwd } = request;
    const env = withVariables(await deps.environment(cwd), request.variables);
    const policy = request.policy ?? (await deps.configuredPolicy(cwd));
    const wrapped = await deps.sandbox.wrap(
      { argv, cwd, env },
      {
        policy,
        writableRoots: deps.writableRoots({ cwd, sandbox: policy }),
        tempDir: await deps.tempDir(),
        denyRead: deps.denyRead,
        visible: (await deps.isSecret(cwd)) ? [] : [cwd],
      },
    );
    if (wrapped.kind === "unavailable") throw notStarted(wrapped.message);
    if (signal.aborted) {
      await wrapped.command.cleanup();
      throw notStarted("it was terminated before it began");
    }
    try {
      const stdin = request.hasStdin ? "open" : "closed";
      return deps.processes.start(wrapped.command, { outputFile: null, stdin, onBytes });
    } catch (error) {
      if (!(error instanceof ExecError)) throw error;
      if (error.reason === "tooMany") throw new CommandRequestError("tooMany", error.message);
      throw notStarted(error.message);
    }
  };

  const runActive = async (request: CommandRequest, { started, ending }: Active): Promise<CommandResult> => {
    const { onOutput, isJoined, timeoutMs } = request;
    const limit = request.maxOutputBytes ?? Infinity;
    const maxBytes = onOutput === null ? Math.min(limit, maxCollectedBytes) : limit;
    const caps = { stdout: createCap(maxBytes), stderr: createCap(maxBytes) };
    const kept: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
    const process = await start(request, ending.signal, (from, bytes) => {
      const stream = isJoined ? "stdout" : from;
      const taken = caps[stream].take(bytes);
      if (taken === null) return;
      if (onOutput === null) kept[stream].push(taken.bytes);
      else onOutput(stream, taken.bytes, taken.isCapReached);
    });
    started.resolve(process);
    const killing: Promise<void>[] = [];
    const kill = (): void => void killing.push(process.kill());
    ending.signal.addEventListener("abort", kill, { once: true });
    const timeout = { isOver: false };
    const expire = (): void => {
      timeout.isOver = true;
      ending.abort();
    };
    const timer = timeoutMs === null ? null : setTimeout(expire, Math.min(timeoutMs, maxTimeoutMs));
    const exit = await process.exited;
    if (timer !== null) clearTimeout(timer);
    // What it started may take a moment longer than itself.
    await Promise.all(killing);
    return {
      exitCode: timeout.isOver ? timeoutExitCode : shellStatus(exit),
      stdout: Buffer.concat(kept.stdout).toString("utf8"),
      stderr: Buffer.concat(kept.stderr).toString("utf8"),
    };
  };

  return {
    async run(request, signal) {
      const { processId } = request;
      if (processId !== null && named.has(processId)) {
        refuse(`duplicate active command/exec process id: ${JSON.stringify(processId)}`);
      }
      if (count >= maxPerClient) {
        throw new CommandRequestError("tooMany", `${count} commands of this client still run; end one of them first`);
      }
      const { hasStdin } = request;
      const ending = new AbortController();
      const started = Promise.withResolvers<RunningProcess>();
      started.promise.catch(() => undefined); // `run` says it too
      const active: Active = { started, hasStdin, ending, isStdinClosed: false };
      const leave = (): void => ending.abort();
      signal.addEventListener("abort", leave, { once: true });
      if (processId !== null) named.set(processId, active);
      count += 1;
      try {
        return await runActive(request, active);
      } catch (error) {
        started.reject(error);
        throw error;
      } finally {
        signal.removeEventListener("abort", leave);
        count -= 1;
        if (processId !== null) named.delete(processId);
      }
    },

    async write(processId, bytes, { closesStdin }) {
      const active = find(processId);
      if (!active.hasStdin) refuse("stdin streaming is not enabled for this command/exec");
      if (active.isStdinClosed) refuse("stdin is already closed");
      active.isStdinClosed = closesStdin;
      const process = await active.started.promise;
      try {
        if (bytes !== null && bytes.length > 0) await process.writeBytes(bytes);
      } catch (error) {
        if (!(error instanceof ExecError)) throw error;
        active.isStdinClosed ||= error.reason === "stdinClosed";
        refuse(`failed to write to stdin: ${error.message}`);
      } finally {
        if (closesStdin) process.closeInput();
      }
    },

    terminate(processId) {
      find(processId).ending.abort();
    },

    resize(processId) {
      find(processId);
      refuse("failed to resize PTY: process is not attached to a PTY");
    },
  };
}

function refuse(message: string): never {
  throw new CommandRequestError("refused", message);
}

const notStarted = (why: string): CommandRequestError =>
  new CommandRequestError("notStarted", `failed to spawn command: ${why}`);

function withVariables(
  env: Readonly<Record<string, string>>,
  variables: CommandRequest["variables"],
): Readonly<Record<string, string>> {
  const changed = new Map(Object.entries(env));
  for (const [name, value] of Object.entries(variables)) {
    if (value === null) changed.delete(name);
    else changed.set(name, value);
  }
  return Object.fromEntries(changed);
}
