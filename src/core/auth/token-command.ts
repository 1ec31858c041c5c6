import { spawn, type ChildProcess } from "node:child_process";

/** A program of the user's that prints a key. */
export interface TokenCommandSettings {
  /** Looked for on PATH if it is a bare name. */
  readonly command: string;
  readonly args: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  readonly timeoutMs: number;
  /** Age from which a key is renewed before it is used; 0: it is used until it is refused. */
  readonly refreshIntervalMs: number;
}

/** Keys that a program gives. One that is given is kept in memory only. */
export interface TokenCommand {
  /** Runs the program if there is no key or it is too old. Rejects with {@link TokenCommandError}. */
  token(): Promise<string>;
  /** A key in place of one that the server refused: that of a run since then, else of a new one. Rejects with {@link TokenCommandError}. */
  renew(refused: string): Promise<string>;
  /** Ends the program if it runs. */
  close(): void;
}

/** There is no key. The message says what became of the program; what it printed is not in it. */
export class TokenCommandError extends Error {}

const maxTokenBytes = 64 * 1024;

/** The program is run without a shell, by one caller for all that wait. @param options.now Unix ms */
export function createTokenCommand(
  settings: TokenCommandSettings,
  options: { readonly env: NodeJS.ProcessEnv; readonly platform: NodeJS.Platform; readonly now: () => number },
): TokenCommand {
  let known: { readonly token: string; readonly sinceMs: number } | null = null;
  let running: { readonly token: Promise<string>; readonly end: () => void } | null = null;

  const obtain = (): Promise<string> => {
    running ??= start();
    return running.token;
  };
  const start = (): NonNullable<typeof running> => {
    const { printed, end } = run(settings, options);
    const token = printed.then((text) => {
      known = { token: text, sinceMs: options.now() };
      return text;
    });
    return { token: token.finally(() => (running = null)), end };
  };

  return {
    async token() {
      const { refreshIntervalMs } = settings;
      const isFresh = known !== null && (refreshIntervalMs === 0 || options.now() - known.sinceMs < refreshIntervalMs);
      return isFresh && known !== null ? known.token : obtain();
    },
    async renew(refused) {
      if (known !== null && known.token !== refused) return known.token;
      known = null;
      return obtain();
    },
    close: () => running?.end(),
  };
}

function run(
  { command, args, cwd, timeoutMs }: TokenCommandSettings,
  { env, platform }: { readonly env: NodeJS.ProcessEnv; readonly platform: NodeJS.Platform },
): { readonly printed: Promise<string>; readonly end: () => void } {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const fail = (what: string): void =>
    reject(new TokenCommandError(`The auth command ${JSON.stringify(command)} ${what}`));
  const hint = "Run it by hand to see why, or correct it in config.toml.";
  // Of Electron, which may run this process: every program that is made with it would be a Node.
  const { ELECTRON_RUN_AS_NODE: _, ...passed } = env;
  const child = spawn(command, args, {
    cwd,
    env: passed,
    stdio: ["ignore", "pipe", "ignore"],
    windowsHide: true,
    // Its children end with it.
    detached: platform !== "win32",
  });
  const parts: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => {
    fail(`gave no key within ${timeoutMs} ms (timeout_ms). ${hint}`);
    kill(child, platform);
  }, timeoutMs);
  child.stdout.on("data", (part: Buffer) => {
    bytes += part.length;
    if (bytes <= maxTokenBytes) return void parts.push(part);
    fail(`prints more than ${maxTokenBytes} bytes; it must print the key alone.`);
    kill(child, platform);
  });
  child.on("error", (error) => fail(`cannot be run (${"code" in error ? String(error.code) : error.name}). ${hint}`));
  child.on("close", (code, signal) => {
    clearTimeout(timer);
    if (code !== 0) return fail(`ended with ${signal ?? `status ${code ?? "unknown"}`}. ${hint}`);
    const token = Buffer.concat(parts).toString("utf8").trim();
    if (token === "") return fail(`printed nothing. ${hint}`);
    if (!/^[\x21-\x7e]+$/.test(token)) return fail("printed something that is no key; it must print the key alone.");
    resolve(token);
  });
  return {
    printed: promise,
    end() {
      fail("was ended with the server.");
      kill(child, platform);
    },
  };
}

function kill(child: ChildProcess, platform: NodeJS.Platform): void {
  if (platform === "win32" || child.pid === undefined) return void child.kill("SIGKILL");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL"); // its group is gone
  }
}
