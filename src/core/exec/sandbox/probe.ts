import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";

/** A bubblewrap that works on this machine. */
export interface Bubblewrap {
  /** Absolute path of `bwrap`. */
  readonly file: string;
  /** Options that confine, as far as this version knows them; mounts follow. */
  readonly options: readonly string[];
}
export type Probe =
  { readonly kind: "works"; readonly bubblewrap: Bubblewrap } | { readonly kind: "fails"; readonly message: string };

/**
 * Own namespaces for users, processes, network, IPC and host name; no capability, for root neither; ended with its parent; no
 * terminal to type into. The user namespace makes root inside an ordinary user of the host's kernel.
 */
const confinement = ["--unshare-all", "--unshare-user", "--die-with-parent", "--new-session", "--cap-drop", "ALL"];
/** Since bubblewrap 0.8: no further user namespace inside, in which mounts could be tried. */
const withoutNamespaces = ["--disable-userns"];

/** The system's own first: a folder of the workspace may be in PATH. */
const usual = ["/usr/bin", "/usr/local/bin", "/bin", "/run/current-system/sw/bin"];

/**
 * Runs a shell in a sandbox once, about 15 ms. Never rejects.
 *
 * @param path a PATH, searched after `first`.
 */
export async function probeBubblewrap(path: string, first: readonly string[] = usual): Promise<Probe> {
  const file = findProgram("bwrap", [...first, ...path.split(delimiter)]);
  if (file === null)
    return {
      kind: "fails",
      message: `Commands cannot be sandboxed: bubblewrap is not installed. ${installHint(path)}`,
    };
  let stderr = "";
  for (const options of [[...confinement, ...withoutNamespaces], confinement]) {
    const result = await run(file, [...options, ...probedMounts, "--", "/bin/sh", "-c", "exit 42"]);
    if (result.code === 42) return { kind: "works", bubblewrap: { file, options } };
    stderr = result.stderr;
  }
  return { kind: "fails", message: `Commands cannot be sandboxed: ${explainFailure(stderr, readRestrictions())}` };
}

const probedMounts = [
  "--ro-bind",
  "/",
  "/",
  "--dev",
  "/dev",
  "--proc",
  "/proc",
  "--ro-bind",
  "/proc/sys",
  "/proc/sys",
].concat("--perms 0000 --tmpfs /tmp --remount-ro /tmp".split(" "));

export interface KernelRestrictions {
  /** Ubuntu 24.04: an unconfined program may not make user namespaces. */
  readonly isAppArmorRestricting: boolean;
  /** `kernel.unprivileged_userns_clone = 0`, or `user.max_user_namespaces = 0`. */
  readonly areNamespacesOff: boolean;
}

/** Why bubblewrap failed, and what to do about it, from the last line it wrote. Pure. */
export function explainFailure(stderr: string, kernel: KernelRestrictions): string {
  const said = stderr.trim().split("\n").at(-1) ?? "";
  const quoted = said === "" ? "bubblewrap did not run" : `bubblewrap says "${said}"`;
  if (/unknown option/i.test(said)) return `${quoted}. It is too old; version 0.5 or newer is needed.`;
  if (kernel.isAppArmorRestricting)
    return `${quoted}. AppArmor forbids user namespaces; allow them with: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`;
  if (kernel.areNamespacesOff)
    return `${quoted}. User namespaces are switched off; allow them with: sudo sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000`;
  if (/namespace|uid map|permi(?:tted|ssion)|mount proc|loopback/i.test(said))
    return `${quoted}. This container does not let programs make namespaces; start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined.`;
  return `${quoted}.`;
}

function readRestrictions(): KernelRestrictions {
  return {
    isAppArmorRestricting: readFlag("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === "1",
    areNamespacesOff:
      readFlag("/proc/sys/kernel/unprivileged_userns_clone") === "0" ||
      readFlag("/proc/sys/user/max_user_namespaces") === "0",
  };
}

function installHint(path: string): string {
  const managers = [
    ["apt-get", "apt-get install -y bubblewrap"],
    ["dnf", "dnf install -y bubblewrap"],
    ["pacman", "pacman -S --noconfirm bubblewrap"],
    ["zypper", "zypper install -y bubblewrap"],
    ["apk", "apk add bubblewrap"],
  ] as const;
  const folders = [...usual, ...path.split(delimiter)];
  const [, command] = managers.find(([program]) => findProgram(program, folders) !== null) ?? managers[0];
  return `Install it with: ${process.geteuid?.() === 0 ? "" : "sudo "}${command}`;
}

function findProgram(name: string, folders: readonly string[]): string | null {
  for (const folder of folders.filter((entry) => isAbsolute(entry))) {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return join(folder, name);
    } catch {
      continue;
    }
  }
  return null;
}

function run(file: string, args: readonly string[]): Promise<{ code: number | null; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { timeout: 10_000, env: {}, cwd: "/" }, (_error, _stdout, stderr) => {
      resolve({ code: child.exitCode, stderr });
    });
  });
}

function readFlag(path: string): string | null {
  try {
    return readFileSync(path, "latin1").trim();
  } catch {
    return null;
  }
}
