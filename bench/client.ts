import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { nowMs } from "./measure.ts";

/** A message of the server, parsed and timed when its line was read. */
export interface Received {
  readonly atMs: number;
  readonly method: string;
  readonly params: unknown;
}

export interface Request {
  /** When the line was handed to the pipe. */
  readonly sentAtMs: number;
  readonly answer: Promise<{ readonly atMs: number; readonly result: unknown }>;
}

/** The real app server at the other end of a pipe, and a client that does nothing but write and parse lines of JSON. */
export interface BenchClient {
  readonly pid: number;
  /** When `spawn` was called. */
  readonly spawnedAtMs: number;
  /** The answer rejects with the server's error, and when the server ends. */
  request(method: string, params: object): Request;
  notify(method: string, params: object): void;
  /** The next notification of this name that arrives. */
  next(method: string): Promise<Received>;
  /** How many notifications of this name arrived so far. */
  count(method: string): number;
  /** Closes the stdin of the server and waits for its end. */
  close(): Promise<void>;
}

export const root = path.resolve(import.meta.dirname, "..");

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

export interface ServerPlace {
  readonly cwd: string;
  readonly home: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts `node dist/cli.js app-server` in `cwd`, with its state in `home`. */
export function startServer({ cwd, home, env = {} }: ServerPlace): BenchClient {
  const spawnedAtMs = nowMs();
  const child = spawn(process.execPath, [path.join(root, "dist", "cli.js"), "app-server"], {
    cwd,
    env: { ...process.env, TURNWRIGHT_HOME: home, ...env },
    stdio: ["pipe", "pipe", "inherit"],
  });
  if (child.pid === undefined) throw new Error("the app server did not start");

  const calls = new Map<number, PromiseWithResolvers<{ atMs: number; result: unknown }>>();
  const waiting = new Map<string, ((received: Received) => void)[]>();
  const counts = new Map<string, number>();
  let lastId = 0;

  const receive = (line: string): void => {
    const message: unknown = JSON.parse(line);
    if (!isRecord(message)) throw new Error(`the server wrote ${line}`);
    const atMs = nowMs();
    const { id, method, params, result, error } = message;
    if (typeof method !== "string") {
      const call = calls.get(Number(id));
      calls.delete(Number(id));
      if (error === undefined) call?.resolve({ atMs, result });
      else call?.reject(new Error(JSON.stringify(error)));
      return;
    }
    if (id !== undefined) throw new Error(`the server asks for ${method}, which no bench answers`);
    counts.set(method, (counts.get(method) ?? 0) + 1);
    const waiters = waiting.get(method);
    if (waiters === undefined) return;
    waiting.delete(method);
    for (const resolve of waiters) resolve({ atMs, method, params });
  };

  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const lines = text.split("\n");
    lines[0] = rest + (lines[0] ?? "");
    rest = lines.pop() ?? "";
    for (const line of lines) receive(line);
  });
  const exited = once(child, "exit").then(() => {
    for (const call of calls.values()) call.reject(new Error("the app server ended"));
  });

  const write = (message: object): void => {
    child.stdin.write(`${JSON.stringify(message)}\n`);
  };
  return {
    pid: child.pid,
    spawnedAtMs,
    request(method, params) {
      const id = ++lastId;
      const call = Promise.withResolvers<{ atMs: number; result: unknown }>();
      calls.set(id, call);
      const sentAtMs = nowMs();
      write({ id, method, params });
      return { sentAtMs, answer: call.promise };
    },
    notify: (method, params) => write({ method, params }),
    next: (method) =>
      new Promise((resolve) => {
        waiting.set(method, [...(waiting.get(method) ?? []), resolve]);
      }),
    count: (method) => counts.get(method) ?? 0,
    async close() {
      child.stdin.end();
      await exited;
    },
  };
}
