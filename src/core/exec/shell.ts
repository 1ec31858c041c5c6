import { existsSync } from "node:fs";
import { basename, isAbsolute } from "node:path";

const posixShells: ReadonlySet<string> = new Set(["bash", "zsh", "sh"]);

/**
 * Absolute path of the shell that runs the model's scripts: the user's own where it is bash, zsh or sh (models write POSIX), else bash,
 * else sh. On Windows PowerShell, by name.
 */
export function commandShell(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  if (platform === "win32") return "powershell.exe";
  const own = env["SHELL"] ?? "";
  if (isAbsolute(own) && posixShells.has(basename(own)) && existsSync(own)) return own;
  return existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";
}

export const isPowerShell = (shell: string): boolean => shell === "powershell.exe";

/** The argument list that runs a script in `shell`. No login shell: what it would set is in the environment already. */
export function shellArgv(shell: string, script: string): readonly string[] {
  return isPowerShell(shell) ? [shell, "-NoProfile", "-NonInteractive", "-Command", script] : [shell, "-c", script];
}
