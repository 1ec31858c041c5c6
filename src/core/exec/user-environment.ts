import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { delimiter, isAbsolute } from "node:path";
import * as z from "zod";
import { commandShell } from "./shell.ts";

export type Environment = Readonly<Record<string, string>>;

/** The environment a user has in a terminal, which an editor started from a menu does not have. */
export interface UserEnvironment {
  /**
   * Asks a login shell once, at the first call, and gives the same answer afterwards; call it early and do not wait. When the shell
   * fails, prints nonsense or takes more than 5 s, the server's own environment is the answer. Never rejects.
   */
  read(): Promise<Environment>;
}

interface Options {
  /** The server's own environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  readonly timeoutMs?: number;
}

const maxBytes = 4 * 1024 * 1024;
const graceMs = 2000;
const Variables = z.record(z.string(), z.string());

export function createUserEnvironment({ env, platform, timeoutMs = 5000 }: Options): UserEnvironment {
  const own = definedOnly(env);
  let answer: Promise<Environment> | null = null;
  return {
    read() {
      answer ??=
        platform === "win32"
          ? Promise.resolve(own)
          : loginEnvironment(own, platform, timeoutMs).then((login) => merge(own, login));
      return answer;
    },
  };
}

/** Null when the shell did not answer. */
async function loginEnvironment(
  own: Environment,
  platform: NodeJS.Platform,
  timeoutMs: number,
): Promise<Environment | null> {
  const mark = randomBytes(12).toString("hex");
  // This runtime prints its own environment: that needs no `env -0`, and what profile scripts print stays outside of the marks.
  const program = `process.stdout.write("${mark}"+JSON.stringify(process.env)+"${mark}")`;
  const script = `exec '${process.execPath.replaceAll("'", "'\\''")}' -e '${program}'`;
  const text = await new Promise<string>((resolve) => {
    const child = spawn(commandShell(own, platform), ["-l", "-c", script], {
      env: { ...own, ELECTRON_RUN_AS_NODE: "1", NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "ignore"],
      detached: true,
    });
    let printed = "";
    const finish = () => {
      clearTimeout(timer);
      child.stdout.destroy();
      // Whatever the profile started and left behind goes with its group.
      if (child.pid !== undefined) endGroup(child.pid);
      resolve(printed);
    };
    const timer = setTimeout(finish, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      printed += chunk;
      if (printed.length > maxBytes || printed.split(mark, 3).length === 3) finish();
    });
    child.on("error", finish).on("close", finish);
  });
  const [, json, rest] = text.split(mark, 3);
  if (json === undefined || rest === undefined) return null;
  try {
    const variables = Variables.safeParse(JSON.parse(json));
    return variables.success ? variables.data : null;
  } catch {
    return null;
  }
}

/** The login shell's variables, but PATH begins with what the server was started with: the user may have chosen that on purpose. */
function merge(own: Environment, login: Environment | null): Environment {
  if (login === null) return own;
  const { ELECTRON_RUN_AS_NODE: _asNode, NODE_OPTIONS: _options, ...variables } = login;
  return { ...own, ...variables, PATH: joinPaths(own["PATH"], login["PATH"]) };
}

function joinPaths(...lists: readonly (string | undefined)[]): string {
  const folders = lists.flatMap((list) => (list ?? "").split(delimiter)).filter((folder) => isAbsolute(folder));
  return [...new Set(folders)].join(delimiter);
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const defined: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) if (value !== undefined) defined[name] = value;
  return defined;
}

/** Asks first: a profile that is killed in its work leaves its locks behind, as `pyenv init` does, and every later shell waits for them. */
function endGroup(pgid: number): void {
  if (!signalGroup(pgid, "SIGTERM")) return;
  setTimeout(() => signalGroup(pgid, "SIGKILL"), graceMs).unref();
}

/** False when the group is empty: the shell ended by itself. */
function signalGroup(pgid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-pgid, signal);
  } catch {
    return false;
  }
}
