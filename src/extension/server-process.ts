import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { jsonLines } from "../rpc/json-lines.ts";
import type { Transport } from "../rpc/transport.ts";

/** How to start an app server. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface ServerProcess {
  readonly transport: Transport;
  /** Resolves once, when the process is gone or could not be started, with a sentence that says how. */
  readonly ended: Promise<string>;
  /** Ends it: closes its input, which asks it to finish, and kills it when it has not within two seconds. */
  close(): Promise<void>;
}

const graceMs = 2_000;
const lastWordsMs = 200;
const mostLogCharacters = 4_000;

/** Spawns an app server that speaks JSON lines over its standard streams. `log` gets its stderr, a line at a time, and what was skipped. */
export function spawnServer({ command, args, env }: ServerCommand, log: (line: string) => void): ServerProcess {
  const child = spawn(command, [...args], { env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const transport = jsonLines({
    input: child.stdout,
    output: child.stdin,
    onSkipped: (reason) => log(`skipped: ${reason}`),
  });

  let lastLine = "";
  createInterface({ input: child.stderr, crlfDelay: Infinity }).on("line", (line) => {
    lastLine = line.slice(0, mostLogCharacters);
    log(lastLine);
  });

  const ended = new Promise<string>((resolve) => {
    const told = (code: number | null, signal: NodeJS.Signals | null): void => {
      const how = signal === null ? `It ended with status ${code ?? 0}.` : `It was ended by ${signal}.`;
      resolve(lastLine === "" ? how : `${how} Last words: ${lastLine}`);
    };
    child.once("error", (error) => resolve(`It could not be started: ${error.message}`));
    // `close` comes after the last line of stderr, unless a process that it left behind holds the pipe.
    child.once("close", told);
    child.once("exit", (code, signal) => setTimeout(() => told(code, signal), lastWordsMs));
  });

  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const kill = setTimeout(() => child.kill("SIGKILL"), graceMs);
    await transport.close();
    child.stdin.end();
    await ended;
    clearTimeout(kill);
  };
  return { transport, ended, close };
}
