import type { Environment } from "./user-environment.ts";

export interface CommandEnvironmentOptions {
  /**
   * Further variables to pass on. An exact name passes even if it looks like a secret (the user named it); a pattern with `*` passes
   * only what does not.
   */
  readonly include: readonly string[];
  /** Variables to set, over everything else. */
  readonly set: Environment;
  /** Private temp dir of the thread; null leaves the system's. */
  readonly tempDir: string | null;
}

/** What passes: who and where the user is, the language, and where tools live. Places, never keys. */
const passed: readonly string[] = [
  "PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_* TZ",
  "JAVA_HOME GOPATH GOROOT GOBIN CARGO_HOME RUSTUP_HOME RUSTUP_TOOLCHAIN NVM_DIR VOLTA_HOME FNM_DIR PNPM_HOME BUN_INSTALL DENO_DIR",
  "VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV PYENV_ROOT RBENV_ROOT GEM_HOME SDKMAN_DIR ANDROID_HOME ANDROID_SDK_ROOT DOTNET_ROOT",
  "SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS NIX_SSL_CERT_FILE NIX_PATH NIX_PROFILES XDG_DATA_DIRS XDG_CONFIG_DIRS",
].flatMap((line) => line.split(" "));

/** What a program on Windows cannot live without. */
const passedOnWindows: readonly string[] = [
  "SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERNAME USERPROFILE USERDOMAIN HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA PROGRAMDATA",
  "PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432 COMMONPROGRAMFILES PUBLIC OS PROCESSOR_ARCHITECTURE NUMBER_OF_PROCESSORS TEMP TMP",
].flatMap((line) => line.split(" "));

const secret = /KEY|SECRET|TOKEN|PASSWORD|PASSWD|CREDENTIAL|AUTH/;
/** Variables that make a program load or run something, or that lead to somebody's agent. */
const harmful =
  /^(?:LD_.*|DYLD_.*|BASH_ENV|BASH_FUNC_.*|ENV|PROMPT_COMMAND|PYTHONSTARTUP|PERL5OPT|RUBYOPT|NODE_OPTIONS|GIT_SSH.*|SSH_.*|VSCODE_.*)$/;
/** Never, not even by name: with it, every Electron program a command starts would be a Node. */
const never: ReadonlySet<string> = new Set(["ELECTRON_RUN_AS_NODE"]);

/** No colours, no pager, no question at a terminal that is not there. */
const forPipes: Environment = {
  TERM: "dumb",
  NO_COLOR: "1",
  PAGER: "cat",
  GIT_PAGER: "cat",
  GH_PAGER: "cat",
  GIT_TERMINAL_PROMPT: "0",
  TURNWRIGHT: "1",
};

/** The environment of a command, built from nothing out of the user's. Pure. */
export function commandEnvironment(
  user: Environment,
  { include, set, tempDir }: CommandEnvironmentOptions,
): Environment {
  const isWindows = user["OS"] === "Windows_NT";
  const patterns = [...passed, ...(isWindows ? passedOnWindows : [])].map((pattern) => matcher(pattern, isWindows));
  const named = new Set(include.filter((name) => !name.includes("*")));
  const included = include.filter((name) => name.includes("*")).map((pattern) => matcher(pattern, isWindows));
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(user)) {
    if (never.has(name.toUpperCase())) continue;
    if (named.has(name) || (!isSuspect(name) && [...patterns, ...included].some((matches) => matches(name))))
      env[name] = value;
  }
  env["LANG"] ??= "C.UTF-8";
  const temp: Environment = tempDir === null ? {} : { TMPDIR: tempDir, TMP: tempDir, TEMP: tempDir };
  return { ...env, ...forPipes, ...temp, ...set };
}

function isSuspect(name: string): boolean {
  const upper = name.toUpperCase();
  return secret.test(upper) || harmful.test(upper);
}

/** `*` stands for anything; Windows knows no letter case in names. */
function matcher(pattern: string, ignoreCase: boolean): (name: string) => boolean {
  const source = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const regexp = new RegExp(`^${source.join(".*")}$`, ignoreCase ? "i" : "");
  return (name) => regexp.test(name);
}
