import { spawn } from "node:child_process";
import { homedir } from "node:os";
import path from "node:path";

/** git could not do what was asked; the message says why, in a few words. */
export class GitError extends Error {
  /** `failed`: git says no. */
  readonly reason: "missing" | "failed" | "tooLong" | "tooMuch" | "aborted";
  constructor(reason: GitError["reason"], message: string) {
    super(message);
    this.name = "GitError";
    this.reason = reason;
  }
}

export interface GitRun {
  readonly timeoutMs: number;
  /** Of what git prints; more ends it. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  /** Over the usual environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to stdin. */
  readonly input?: Buffer;
  /** Takes what git prints as it comes; then nothing is collected. */
  readonly onBytes?: (bytes: Buffer) => void;
}

/**
 * Runs git on a repository that may be hostile, so that nothing in it (configuration, hooks, attributes) makes git run another program,
 * open a connection or change a file. Filters are the caller's to switch off, see `withoutFilters`.
 */
export interface Git {
  /** Resolves with what git printed. Rejects with {@link GitError}. */
  run(cwd: string, args: readonly string[], options: GitRun): Promise<Buffer>;
}

/** As git calls it on every system. */
const devNull = "/dev/null";

/** Stronger than every file of configuration. Those of the user still hold where nothing is said here (`core.excludesFile`, `safe.directory`). */
const configuration: Readonly<Record<string, string>> = {
  "core.fsmonitor": "false",
  "core.hooksPath": devNull,
  "core.sshCommand": "false",
  "core.gitProxy": "",
  "core.askPass": "",
  "core.splitIndex": "false",
  "core.quotePath": "true",
  "credential.helper": "",
  "safe.bareRepository": "explicit",
  "protocol.allow": "never",
  "diff.noprefix": "false",
  "diff.mnemonicPrefix": "false",
  "diff.orderFile": devNull,
  "submodule.recurse": "false",
  "gc.auto": "0",
  "maintenance.auto": "false",
};

/** Settings as variables, which can name what `-c` cannot; git before 2.31 does not read them. `from`: how many there are already. */
export function configVariables(settings: Readonly<Record<string, string>>, from = 0): Record<string, string> {
  const entries = Object.entries(settings);
  return {
    GIT_CONFIG_COUNT: String(from + entries.length),
    ...Object.fromEntries(
      entries.flatMap(([key, value], index) => [
        [`GIT_CONFIG_KEY_${from + index}`, key],
        [`GIT_CONFIG_VALUE_${from + index}`, value],
      ]),
    ),
  };
}
export const ownSettings = Object.keys(configuration).length;

/** What git needs of the server's environment. */
const passed = [
  "HOME",
  "XDG_CONFIG_HOME",
  "USER",
  "LOGNAME",
  "TMPDIR",
  "SYSTEMROOT",
  "USERPROFILE",
  "APPDATA",
  "TEMP",
  "TMP",
  "PATHEXT",
];
const maxStderr = 4096;

export function createGit(env: NodeJS.ProcessEnv): Git {
  const folders = (env["PATH"] ?? "").split(path.delimiter).filter((folder) => path.isAbsolute(folder));
  const own: Record<string, string> = {
    PATH: folders.join(path.delimiter),
    LC_ALL: "C",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_TERMINAL_PROMPT: "0",
    GIT_ALLOW_PROTOCOL: "none",
    GIT_NO_LAZY_FETCH: "1",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_PAGER: "cat",
    ...configVariables(configuration),
  };
  for (const name of passed) if (env[name] !== undefined) own[name] = env[name];

  return {
    run: (cwd, args, options) =>
      new Promise((resolve, reject) => {
        const { timeoutMs, maxBytes, signal, input, onBytes } = options;
        const child = spawn("git", ["--no-pager", "-C", cwd, ...args], {
          // Not the repository's: some systems look there for a program first.
          cwd: homedir(),
          env: { ...own, ...options.env },
          stdio: ["pipe", "pipe", "pipe"],
          windowsHide: true,
        });
        const chunks: Buffer[] = [];
        let bytes = 0;
        let stderr = "";
        const fail = (reason: GitError["reason"], message: string): void => {
          child.kill("SIGKILL");
          reject(new GitError(reason, message));
        };
        const abort = (): void => fail("aborted", "it is not wanted any more");
        const timer = setTimeout(() => fail("tooLong", `git took more than ${timeoutMs / 1000} s`), timeoutMs);
        if (signal?.aborted === true) abort();
        signal?.addEventListener("abort", abort, { once: true });
        child.stdout.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > maxBytes) fail("tooMuch", `git printed more than ${maxBytes} bytes`);
          else if (onBytes === undefined) chunks.push(chunk);
          else onBytes(chunk);
        });
        child.stderr.setEncoding("utf8").on("data", (text: string) => {
          if (stderr.length < maxStderr) stderr += text;
        });
        child.stdin.on("error", () => undefined).end(input ?? Buffer.alloc(0));
        child.on("error", (error) => {
          clearTimeout(timer);
          const isMissing = "code" in error && error.code === "ENOENT";
          reject(isMissing ? new GitError("missing", "git is not installed") : error);
        });
        child.on("close", (code) => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", abort);
          if (code === 0) resolve(Buffer.concat(chunks));
          else reject(new GitError("failed", firstLine(stderr) || `git ended with ${code ?? "a signal"}`));
        });
      }),
  };
}

const firstLine = (text: string): string =>
  (text.split("\n", 1)[0] ?? "").replace(/^(?:fatal|error): /u, "").slice(0, 300);
