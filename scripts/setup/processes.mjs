// Child processes of the scripts: their environment, their output, their end.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";

/** @type {Set<import("node:child_process").ChildProcess>} */
const running = new Set();
/** @type {WeakSet<import("node:child_process").ChildProcess>} those that lead a process group of their own */
const leaders = new WeakSet();

/** @param {import("node:child_process").ChildProcess} child */
function end(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (leaders.has(child) && process.platform !== "win32") process.kill(-child.pid, "SIGTERM");
    else child.kill("SIGTERM");
  } catch {
    // it has ended in this moment
  }
}

/**
 * A child that was spawned `detached` ends, with its whole process group, when this process does.
 * @param {import("node:child_process").ChildProcess} child
 */
export function endWithUs(child) {
  leaders.add(child);
  running.add(child);
  process.once("exit", () => end(child));
}
for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
  process.once(signal, () => {
    for (const child of running) end(child);
    process.exit(signal === "SIGINT" ? 130 : 143);
  });
}

/**
 * The environment for a child: the given folder first on PATH, and nothing of an outer `npm run` or an outer VS Code,
 * whose variables would make an inner npm believe in the outer Node and an inner workbench open files in the outer one.
 * @param {string | undefined} firstOnPath
 * @param {NodeJS.ProcessEnv} [extra]
 */
export function childEnvironment(firstOnPath, extra = {}) {
  const env = { ...process.env, ...extra };
  for (const name of Object.keys(env)) {
    if (
      /^(npm_(package|lifecycle)_|npm_(node_)?execpath$|npm_command$|npm_config_(user_agent|local_prefix|prefix|node_gyp)$|VSCODE_|ELECTRON_)/.test(
        name,
      )
    ) {
      delete env[name];
    }
  }
  const pathName = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  if (firstOnPath !== undefined) env[pathName] = [firstOnPath, env[pathName]].filter(Boolean).join(path.delimiter);
  return env;
}

/**
 * Runs a command to its end and gives its exit code (1 when a signal ended it). With `log` the output goes to that file
 * only; else to this terminal. stdin is closed.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log?: string, shell?: boolean }} [options]
 * @returns {Promise<number>}
 */
export async function run(command, args, { cwd, env, log, shell = false } = {}) {
  if (log !== undefined) await mkdir(path.dirname(log), { recursive: true });
  const sink = log === undefined ? undefined : createWriteStream(log, { flags: "a" });
  const child = spawn(command, args, {
    cwd,
    env,
    shell,
    stdio: ["ignore", sink ? "pipe" : "inherit", sink ? "pipe" : "inherit"],
  });
  running.add(child);
  if (sink) {
    child.stdout?.pipe(sink, { end: false });
    child.stderr?.pipe(sink, { end: false });
  }
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", (error) =>
        reject(new Error(`${command} could not be started: ${error.message}`, { cause: error })),
      );
      child.once("close", (code) => resolve(code ?? 1));
    });
  } finally {
    running.delete(child);
    // Whoever reads the log next finds the last words in it.
    if (sink) await once(sink.end(), "close");
  }
}

/**
 * Like `run`, but fails with the end of the output when the command does, and says every 20 s that it is still at work.
 * @param {string} title
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, log: string }} options
 */
export async function runStep(title, command, args, options) {
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  console.log(`${title} ...`);
  const reminder = setInterval(() => console.log(`  still at it after ${seconds()}: ${title}`), 20_000);
  try {
    const code = await run(command, args, options);
    if (code !== 0) {
      const lines = (await readFile(options.log, "utf8")).trimEnd().split("\n");
      throw new SetupError(`${title}: exit code ${code}. Log: ${options.log}\n${lines.slice(-30).join("\n")}`);
    }
    console.log(`  done in ${seconds()}: ${title}`);
  } finally {
    clearInterval(reminder);
  }
}

/** Something the user can do something about: shown as its message only, without a stack. */
export class SetupError extends Error {}

/**
 * How npm is started with the Node that is first on the PATH of `env`.
 * @returns {{ command: string, prefix: string[] }}
 */
export function npmCommand() {
  if (process.platform !== "win32") return { command: "npm", prefix: [] };
  // npm is a .cmd file there, which only a shell starts; npm run says where its JavaScript is.
  const cli = process.env.npm_execpath;
  if (!cli?.endsWith("npm-cli.js")) throw new SetupError("Start this with npm: npm start, npm test.");
  return { command: process.execPath, prefix: [cli] };
}

/**
 * The main program of a script: a SetupError is told plainly, everything else with its stack.
 * @param {() => Promise<void>} body
 */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
