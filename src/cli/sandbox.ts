import { spawn } from "node:child_process";
import { rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { stateDirectory } from "../core/config/home.ts";
import { commandEnvironment } from "../core/exec/environment.ts";
import { shellStatus } from "../core/exec/format.ts";
import { createSandbox } from "../core/exec/sandbox/index.ts";
import { secretPaths } from "../core/exec/sandbox/secret-paths.ts";
import { makeTempDir } from "../core/exec/temp-dirs.ts";
import type { SandboxedCommand } from "../core/exec/types.ts";
import { SandboxMode, SandboxPolicy } from "../protocol/settings.ts";

const usage =
  "turnwright sandbox [--mode read-only|workspace-write|danger-full-access] [--cd DIR] [--deny-read PATH]... -- CMD...";
/** Nothing was run: bad arguments, or no sandbox. As `env` and `timeout` report their own failures. */
const notRun = 125;

const policies: Readonly<Record<SandboxMode, SandboxPolicy>> = {
  "read-only": SandboxPolicy.parse({ type: "readOnly" }),
  "workspace-write": SandboxPolicy.parse({ type: "workspaceWrite" }),
  "danger-full-access": { type: "dangerFullAccess" },
};

/**
 * `turnwright sandbox`: one command under our sandbox, with this process's stdin, stdout and stderr.
 *
 * @param args what follows the word `sandbox`.
 * @returns the command's exit status; 128 + N when signal N ended it; 125 when it was not run, with the reason on stderr.
 */
export async function runSandbox(args: readonly string[]): Promise<number> {
  const request = parse(args);
  if (typeof request === "string") return refuse(`${request}\nusage: ${usage}`);
  const { mode, cwd, denyRead, argv } = request;
  const home = stateDirectory(process.env);
  const path = process.env["PATH"] ?? "";
  const tempDir = await makeTempDir();
  try {
    if (!(await isFolder(cwd))) return refuse(`${cwd} is not a folder`);
    const env = commandEnvironment(ownEnvironment(), { include: ["TERM"], set: terminal(), tempDir });
    const sandbox = createSandbox({ platform: process.platform, stateDir: join(home, "sandbox"), path });
    const wrapped = await sandbox.wrap(
      { argv, cwd, env },
      {
        policy: policies[mode],
        writableRoots: [cwd],
        tempDir,
        denyRead: [home, ...secretPaths(homedir()), ...denyRead],
        visible: [cwd],
      },
    );
    if (wrapped.kind === "unavailable") return refuse(wrapped.message);
    if (!wrapped.command.isCwdVisible) {
      await wrapped.command.cleanup();
      return refuse(`${cwd} is hidden by --deny-read or by a rule that holds for all commands`);
    }
    return await run(wrapped.command);
  } finally {
    await rm(tempDir, { recursive: true, force: true });
  }
}

interface Request {
  readonly mode: SandboxMode;
  readonly cwd: string;
  readonly denyRead: readonly string[];
  readonly argv: readonly string[];
}

/** A string says what is wrong. */
function parse(args: readonly string[]): Request | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { mode: { type: "string" }, cd: { type: "string" }, "deny-read": { type: "string", multiple: true } },
    });
    const mode = SandboxMode.safeParse(values.mode ?? "workspace-write");
    if (!mode.success) return `unknown mode ${values.mode ?? ""}`;
    if (positionals.length === 0) return "no command given";
    const denyRead = (values["deny-read"] ?? []).map((path) => resolve(path));
    return { mode: mode.data, cwd: resolve(values.cd ?? "."), denyRead, argv: positionals };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** The command shares our terminal, so it may use it as a terminal. */
function terminal(): Record<string, string> {
  return process.stdout.isTTY ? { TERM: process.env["TERM"] ?? "dumb" } : {};
}

async function run(command: SandboxedCommand): Promise<number> {
  const [file = "", ...args] = command.argv;
  const child = spawn(file, args, { cwd: command.cwd, env: { ...command.env }, stdio: "inherit" });
  // The terminal sends Ctrl-C to the command too; we stay to clean up after it. What is sent to us alone is passed on.
  const forward = (name: NodeJS.Signals) => void child.kill(name);
  const ignore = () => undefined;
  process.on("SIGINT", ignore).on("SIGTERM", forward).on("SIGHUP", forward);
  try {
    return await new Promise<number>((done) => {
      child.on("error", (error) => done(refuse(`cannot run ${file}: ${error.message}`)));
      child.on("exit", (exitCode, signal) => done(shellStatus({ exitCode, signal })));
    });
  } finally {
    process.off("SIGINT", ignore).off("SIGTERM", forward).off("SIGHUP", forward);
    await command.cleanup();
  }
}

function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function refuse(message: string): number {
  process.stderr.write(`turnwright sandbox: ${message}\n`);
  return notRun;
}
