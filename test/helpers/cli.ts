import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { rmSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const root = path.resolve(import.meta.dirname, "../..");
let built: Promise<string> | null = null;

/** The command line as `npm run build` makes it, in a folder of its own. Built once per test process. */
export const builtCli = (): Promise<string> => (built ??= buildCli());

async function buildCli(): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-cli-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  await buildInto(folder);
  return path.join(folder, "cli.js");
}

/** What is shipped, built by the project's own build. */
export async function buildInto(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, ["esbuild.mjs", "--dist", folder], { cwd: root });
}

/** A message as it travelled. */
export interface Travelled {
  readonly direction: "in" | "out";
  readonly message: Readonly<Record<string, unknown>>;
}

export interface CliServer extends AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams;
  readonly home: string;
  /** Every message, both ways, in order; `out` is what the server sent. */
  readonly session: readonly Travelled[];
  /** What stdout held that was not one JSON object a line. */
  readonly strays: readonly string[];
  stderr(): string;
  /** Writes a message, or a line as it is. */
  send(message: object | string): void;
  /** Sends a request and resolves with its answer, errors too. */
  request(method: string, params?: object): Promise<Readonly<Record<string, unknown>>>;
  /** Resolves with the first message of the server, past or future, that matches. */
  until(matches: (message: Readonly<Record<string, unknown>>) => boolean): Promise<Readonly<Record<string, unknown>>>;
  /** Called for every request of the server; what it returns is the answer. */
  onServerRequest(answer: (method: string, params: Readonly<Record<string, unknown>>) => object): void;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

export interface CliOptions {
  /** The program; default {@link builtCli}. */
  readonly cli?: string;
  /** Where it is started; default its home. */
  readonly cwd?: string;
  readonly args?: readonly string[];
  readonly config?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A temporary home with a config. */
export async function temporaryHome(config = ""): Promise<string> {
  const home = await fs.mkdtemp(path.join(os.tmpdir(), "turnwright-home-"));
  await fs.writeFile(path.join(home, "config.toml"), config);
  return home;
}

/** Starts `app-server` over stdio, as an editor does. */
export async function startCliServer(options: CliOptions = {}): Promise<CliServer> {
  const { cli = await builtCli(), args = [], config = "", env = {} } = options;
  const home = await temporaryHome(config);
  const child = spawn(process.execPath, [cli, "app-server", ...args], {
    cwd: options.cwd ?? home,
    env: { ...process.env, TURNWRIGHT_HOME: home, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const session: Travelled[] = [];
  const strays: string[] = [];
  const pending = new Map<unknown, (answer: Readonly<Record<string, unknown>>) => void>();
  const waiting = new Set<(message: Readonly<Record<string, unknown>>) => void>();
  let stderr = "";
  let tail = "";
  let answerOf: ((method: string, params: Readonly<Record<string, unknown>>) => object) | null = null;
  let nextId = 1000;

  const take = (line: string): void => {
    const message = parseObject(line);
    if (message === null) {
      strays.push(line);
      return;
    }
    session.push({ direction: "out", message });
    if (typeof message["method"] === "string" && message["id"] !== undefined && answerOf !== null) {
      const params = Object(message["params"]) as Record<string, unknown>;
      server.send({ id: message["id"], result: answerOf(message["method"], params) });
    }
    if (message["method"] === undefined) pending.get(message["id"])?.(message);
    for (const look of waiting) look(message);
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (tail + chunk).split("\n");
    tail = lines.pop() ?? "";
    for (const line of lines) take(line);
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => undefined); // the process may be gone
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on("close", (code, signal) => {
      if (tail !== "") strays.push(tail);
      resolve({ code, signal });
    });
  });

  const ended = exited.then((): never => {
    throw new Error(`The server ended. Its stderr: ${stderr}`);
  });
  ended.catch(() => undefined); // of interest only to who waits
  const orEnd = <T>(promise: Promise<T>): Promise<T> => Promise.race([promise, ended]);

  const server: CliServer = {
    child,
    home,
    session,
    strays,
    stderr: () => stderr,
    send(message) {
      if (typeof message === "string") {
        child.stdin.write(`${message}\n`);
        return;
      }
      const text = JSON.stringify(message);
      session.push({ direction: "in", message: JSON.parse(text) as Record<string, unknown> });
      child.stdin.write(`${text}\n`);
    },
    async request(method, params) {
      const id = nextId++;
      const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
      pending.set(id, resolve);
      server.send(params === undefined ? { method, id } : { method, id, params });
      return orEnd(promise);
    },
    until(matches) {
      const found = session.find(({ direction, message }) => direction === "out" && matches(message));
      if (found !== undefined) return Promise.resolve(found.message);
      const { promise, resolve } = Promise.withResolvers<Readonly<Record<string, unknown>>>();
      const look = (message: Readonly<Record<string, unknown>>): void => {
        if (!matches(message)) return;
        waiting.delete(look);
        resolve(message);
      };
      waiting.add(look);
      return orEnd(promise);
    },
    onServerRequest(answer) {
      answerOf = answer;
    },
    exited,
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
      await fs.rm(home, { recursive: true, force: true });
    },
  };
  return server;
}

const parseObject = (line: string): Record<string, unknown> | null => {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
};

/** Runs a command to its end. */
export async function runCli(
  args: readonly string[],
  options: Pick<CliOptions, "cli" | "cwd" | "env"> & { readonly input?: string } = {},
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [options.cli ?? (await builtCli()), ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => (stdout += chunk));
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => (stderr += chunk));
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, stdout, stderr };
}
