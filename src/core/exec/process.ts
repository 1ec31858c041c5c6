import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, statSync } from "node:fs";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { createBackgroundGroups, type BackgroundGroups } from "./background-groups.ts";
import { createOutput } from "./output.ts";
import { createPipePool, type Pipe, type PipePool } from "./pipes.ts";
import { descendants, isRunning, signal, signalMarked } from "./process-tree.ts";
import type { ProcessExit, RunningProcess, SandboxedCommand } from "./types.ts";
import { createWatchdog, type Watchdog } from "./watchdog.ts";

/** A command could not be started; nothing runs and its clean-up was done. The message is written for the model. */
export class ExecError extends Error {
  readonly reason: "badCwd" | "notStarted" | "tooMany" | "stdinClosed" | "stdinFull";
  constructor(reason: ExecError["reason"], message: string) {
    super(message);
    this.name = "ExecError";
    this.reason = reason;
  }
}

export interface StartOptions {
  /** Absolute path for the whole output if it does not fit into memory; null keeps head and tail only. */
  readonly outputFile: string | null;
  /**
   * `closed`: end of input at once, which is what a command that nobody types to needs (ripgrep and others read an open pipe instead of
   * the folder, and wait for ever). `open`: a pipe for {@link RunningProcess.write}.
   */
  readonly stdin: "open" | "closed";
  /**
   * Where given, takes stdout and stderr apart, byte by byte as they come; {@link RunningProcess.output} stays empty. The bytes are
   * taken over. Must not throw.
   */
  readonly onBytes?: (stream: "stdout" | "stderr", bytes: Buffer) => void;
}

/** The commands of this server. */
export interface Processes {
  /** Throws {@link ExecError}. */
  start(command: SandboxedCommand, options: StartOptions): RunningProcess;
  /** A process that runs, or one of the last 64 that ended. */
  get(sessionId: number): RunningProcess | null;
  /** Those that still run, oldest first. */
  list(): readonly RunningProcess[];
  /** Ends every process, also those that commands left in the background; nothing can be started afterwards. Safe to call twice. */
  closeAll(): Promise<void>;
}

const maxRunning = 64;
const maxRemembered = 64;
const graceMs = 100;
const maxGraceMs = 2000;
const killAfterMs = 2000;
/** Bytes that may wait for a process that does not read. */
const maxUnread = 1024 * 1024;
const writeWaitMs = 1000;
const interruptKey = "\u0003";

export function createProcesses({ platform }: { readonly platform: NodeJS.Platform }): Processes {
  const pipes = createPipePool(platform);
  const watchdog = createWatchdog(platform);
  const background = createBackgroundGroups(watchdog);
  const running = new Map<number, RunningProcess>();
  const ended = new Map<number, RunningProcess>();
  let lastSessionId = 1000;
  let isClosed = false;

  function refuse(command: SandboxedCommand, reason: ExecError["reason"], message: string): never {
    // The clean-up only removes what `wrap` prepared; its outcome changes nothing for the caller.
    void command.cleanup().catch(() => undefined);
    throw new ExecError(reason, message);
  }

  return {
    start(command, options) {
      if (isClosed) refuse(command, "notStarted", "the server is shutting down");
      if (running.size >= maxRunning)
        refuse(command, "tooMany", `${maxRunning} commands are still running; end one of them first`);
      // First, so that nobody learns whether a hidden folder exists.
      if (!command.isCwdVisible)
        refuse(
          command,
          "badCwd",
          `working directory ${command.cwd} is hidden by the sandbox; use a folder of the workspace`,
        );
      if (!isFolder(command.cwd))
        refuse(command, "badCwd", `working directory ${command.cwd} does not exist or is not a folder`);
      const spawned = spawnCommand(command, options, platform, pipes);
      if (spawned.kind === "refused") refuse(command, "notStarted", spawned.message);
      const sessionId = (lastSessionId += 1);
      const started = supervise({ sessionId, command, options, spawned, watchdog, background });
      running.set(sessionId, started);
      void started.exited.then(() => {
        running.delete(sessionId);
        ended.set(sessionId, started);
        const [oldest] = ended.keys();
        if (ended.size > maxRemembered && oldest !== undefined) ended.delete(oldest);
      });
      return started;
    },
    get: (sessionId) => running.get(sessionId) ?? ended.get(sessionId) ?? null,
    list: () => [...running.values()],
    async closeAll() {
      isClosed = true;
      await Promise.all([...running.values()].map((one) => one.kill()));
      background.close();
      watchdog.close();
      pipes.close();
    },
  };
}

interface Spawned {
  readonly kind: "spawned";
  readonly child: ChildProcess;
  readonly pid: number;
  /** In the order stdout, stderr; one where they are joined. */
  readonly outputs: readonly Readable[];
  readonly stdin: Writable | null;
}

/** The system started nothing, and no pipe is left open. */
interface Refused {
  readonly kind: "refused";
  readonly message: string;
}

/** Starts the command as leader of its own session, stdout and stderr as one stream unless they are taken apart. Does not throw. */
function spawnCommand(
  command: SandboxedCommand,
  options: StartOptions,
  platform: NodeJS.Platform,
  pipes: PipePool,
): Spawned | Refused {
  const isApart = options.onBytes !== undefined;
  const out = pipes.take("read");
  const err = isApart && out !== null ? pipes.take("read") : null;
  const input = options.stdin === "open" ? pipes.take("write") : null;
  // Without a real pipe, a shell joins the two streams in their order; it replaces itself, so pid and signals stay the command's.
  const isJoined = isApart || out !== null || platform === "win32";
  const argv = isJoined ? command.argv : ["/bin/sh", "-c", 'exec "$@" 2>&1', "sh", ...command.argv];
  let child: ChildProcess;
  try {
    child = spawn(argv[0] ?? "", argv.slice(1), {
      cwd: command.cwd,
      env: { ...command.env },
      detached: platform !== "win32",
      windowsHide: true,
      stdio: [
        input?.readFd ?? (options.stdin === "open" ? "pipe" : "ignore"),
        out?.writeFd ?? "pipe",
        err?.writeFd ?? (isApart ? "pipe" : (out?.writeFd ?? "pipe")),
      ],
    });
  } catch (error) {
    for (const pipe of [out, err, input]) {
      if (pipe === null) continue;
      closeSync(pipe.readFd);
      closeSync(pipe.writeFd);
    }
    return { kind: "refused", message: `could not start the command: ${explainRefusal(error, command)}` };
  }
  // Without a listener, a failed start would end the server; `pid` tells.
  child.on("error", () => undefined);
  for (const pipe of [out, err]) if (pipe !== null) closeSync(pipe.writeFd);
  if (input !== null) closeSync(input.readFd);
  const reading = (pipe: Pipe | null) =>
    pipe === null ? null : new Socket({ fd: pipe.readFd, readable: true, writable: false });
  const outputs = [reading(out) ?? child.stdout, reading(err) ?? child.stderr].filter((stream) => stream !== null);
  const stdin = input === null ? child.stdin : new Socket({ fd: input.writeFd, readable: false, writable: true });
  if (child.pid !== undefined && outputs.length > 0) return { kind: "spawned", child, pid: child.pid, outputs, stdin };
  for (const stream of outputs) stream.destroy();
  stdin?.destroy();
  return { kind: "refused", message: `could not start ${command.argv[0] ?? "an empty command"}` };
}

/** What a command line was refused for; Linux takes 128 KiB per argument, and about 2 MiB in all with the environment. */
function explainRefusal(error: unknown, { argv, env }: SandboxedCommand): string {
  if (error instanceof Error && "code" in error && error.code === "E2BIG")
    return "the command line is too long; write it to a file and run that";
  if ([...argv, ...Object.values(env)].some((text) => text.includes("\0"))) return "it contains a NUL character";
  return error instanceof Error ? error.message : String(error);
}

interface Supervised {
  readonly sessionId: number;
  readonly command: SandboxedCommand;
  readonly options: StartOptions;
  readonly spawned: Spawned;
  readonly watchdog: Watchdog;
  readonly background: BackgroundGroups;
}

/** Watches one process from its start to its end: reads it, answers for its clean-up, and ends it when asked. */
function supervise({ sessionId, command, options, spawned, watchdog, background }: Supervised): RunningProcess {
  const { child, pid, outputs, stdin } = spawned;
  const startedAtMs = Date.now();
  const clock = performance.now();
  const resume = () => outputs.forEach((stream) => stream.resume());
  const sink = createOutput({ file: options.outputFile, onDrain: resume });
  let exit: ProcessExit | null = null;
  let isEnding = false;
  if (!command.isContained) watchdog.add(pid);

  const { onBytes } = options;
  const read = (bytes: Buffer) => {
    if (!sink.write(bytes)) for (const stream of outputs) stream.pause();
  };
  const readers = outputs.map((stream, index) => {
    const reader = onBytes === undefined ? read : (bytes: Buffer) => onBytes(index === 0 ? "stdout" : "stderr", bytes);
    stream.on("data", reader).on("error", () => undefined);
    return { stream, reader };
  });
  // A command that ends without reading its input is no fault of ours.
  stdin?.on("error", () => undefined);

  const exited = (async (): Promise<ProcessExit> => {
    const { code, name } = await new Promise<{ code: number | null; name: string | null }>((resolve) => {
      child.once("exit", (exitCode, signalName) => resolve({ code: exitCode, name: signalName }));
    });
    const durationMs = Math.round(performance.now() - clock);
    await Promise.all(outputs.filter((stream) => !stream.destroyed).map(silence));
    stdin?.destroy();
    await sink.end();
    for (const { stream, reader } of readers) {
      if (stream.destroyed) continue;
      // Something in the background holds the pipe. It goes on, unread, until the server ends.
      stream.off("data", reader).resume();
      if (stream instanceof Socket) stream.unref();
    }
    if (!command.isContained) background.add(pid, outputs);
    // A clean-up that fails leaves an empty folder at worst, which the next start tidies.
    await command.cleanup().catch(() => undefined);
    exit = { exitCode: code, signal: name, durationMs };
    return exit;
  })();

  async function send(input: string | Uint8Array): Promise<void> {
    if (exit !== null) throw new ExecError("stdinClosed", "the process has ended");
    if (stdin === null || !stdin.writable) throw new ExecError("stdinClosed", "stdin of this process is closed");
    if (stdin.writableLength > maxUnread)
      throw new ExecError("stdinFull", "the process does not read what was sent before");
    await new Promise<void>((resolve, reject) => {
      // A process that is busy reads later; what was sent waits for it, the caller does not.
      const timer = setTimeout(resolve, writeWaitMs);
      stdin.write(input, (error) => {
        clearTimeout(timer);
        if (error) reject(new ExecError("stdinClosed", "the process does not read its stdin any more"));
        else resolve();
      });
    });
  }

  function interrupt(): void {
    if (command.isContained) signalMarked(descendants(pid), "SIGINT");
    else signal(-pid, "SIGINT");
  }

  async function end(): Promise<void> {
    const below = descendants(pid);
    // Of a contained tree the outermost process would take all others along by SIGKILL at once: it is spared until they had their time.
    if (!command.isContained) signal(-pid, "SIGTERM");
    if (below.length === 0) signal(pid, "SIGTERM");
    signalMarked(below, "SIGTERM");
    const isGroupAlive = () => (below.length > 0 ? below.some(isRunning) : signal(-pid, 0));
    const isAlive = () => exit === null || (!command.isContained && isGroupAlive());
    // The leader's end is an event; that of its group and of what left the group has to be asked for.
    for (const endsAt = performance.now() + killAfterMs; isAlive() && performance.now() < endsAt;) {
      await (exit === null ? Promise.race([exited, delay(20)]) : delay(20));
    }
    const rest = [...below, ...descendants(pid)];
    // The outermost first: one that sees its child killed ends with a status instead.
    if (!signal(-pid, "SIGKILL")) child.kill("SIGKILL");
    signalMarked(rest, "SIGKILL");
  }

  return {
    sessionId,
    pid,
    startedAtMs,
    exited,
    get exit() {
      return exit;
    },
    output: sink.output,
    write: async (chars) => (exit === null && chars === interruptKey ? interrupt() : send(chars)),
    writeBytes: send,
    closeInput: () => void stdin?.end(),
    async kill() {
      if (exit === null && !isEnding) {
        isEnding = true;
        await end();
      }
      await exited;
      background.end(pid);
    },
  };
}

/**
 * Resolves when the stream was closed, when nothing was read for a moment, or after two seconds, whatever still comes. While reading
 * waits for the disk, nothing is decided.
 */
async function silence(stream: Readable): Promise<void> {
  let heardAt = performance.now();
  const endsAt = heardAt + maxGraceMs;
  const hear = () => (heardAt = performance.now());
  stream.on("data", hear);
  await new Promise<void>((resolve) => {
    stream.once("close", resolve);
    const look = () => {
      const now = performance.now();
      const isOver = stream.destroyed || (!stream.isPaused() && (now - heardAt >= graceMs || now >= endsAt));
      if (isOver) resolve();
      else setTimeout(look, graceMs);
    };
    setTimeout(look, graceMs);
  });
  stream.off("data", hear);
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
