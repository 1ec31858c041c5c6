import { existsSync, lstatSync, realpathSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Sandbox, SandboxScope } from "../types.ts";
import { hostFolderAt, isBelow, planMounts, type Mount } from "./mounts.ts";
import { createPlaceholders, type Placeholders } from "./placeholders.ts";
import { probeBubblewrap, type Bubblewrap, type Probe } from "./probe.ts";
import { createRepositoryScan, type RepositoryScan } from "./repositories.ts";

/**
 * In every writable folder these stay as they are, also when they do not exist: what is planted there is run by git, by the editor or
 * by an agent, outside of any sandbox.
 */
const protectedNames = [".git", ".vscode", ".codex", ".agents", ".turnwright", ".mcp.json"];

/** Sockets lie here that lead out: Docker, D-Bus, the editor's own. Reading a folder is enough to connect, so it is shown empty. */
const socketFolders = ["/run", "/var/run"];
/** Parts of /run that programs need, and none of them a way out. */
const runtimeFolders = ["/run/current-system", "/run/booted-system", "/run/opengl-driver", "/run/wrappers"];
/** Where /etc/resolv.conf leads to on many systems; its socket resolves names, so only for commands that have the network. */
const resolverFolders = ["/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf"];
/** Beside /proc/sys: parts of a new /proc that uid 0 could write without any capability. */
const kernelFolders = ["/proc/irq", "/proc/bus", "/proc/fs", "/proc/acpi", "/proc/scsi", "/proc/asound"];

const retryProbeMs = 10_000;

export interface BubblewrapOptions {
  /** Absolute; notes about placeholders are kept there. */
  readonly stateDir: string;
  /** Where `bwrap` is looked for after the usual places. */
  readonly path: string;
}

/**
 * Confines commands with bubblewrap alone: the file system read-only but for the writable folders, a `/tmp` of the thread's own, no
 * network but a loopback of its own, no process but its own, no capability. Not filtered are system calls: there is no seccomp program
 * yet, so unix sockets in folders that can be read, vsock and io_uring stay open.
 */
export function createBubblewrapSandbox({ stateDir, path }: BubblewrapOptions): Sandbox {
  const placeholders = createPlaceholders(join(stateDir, "placeholders"));
  const repositories = createRepositoryScan();
  const probe = createProbe(path);
  // A folder that a killed server left is empty; if it cannot be removed now, the next command tries again.
  void placeholders.tidy().catch(() => undefined);

  return {
    name: "bubblewrap",
    async wrap(command, scope) {
      const probed = await probe();
      if (probed.kind === "fails") return { kind: "unavailable", message: probed.message };
      const roots =
        scope.policy.type === "workspaceWrite" ? [...new Set(scope.writableRoots.filter(isFolder).map(realPath))] : [];
      const linked = linkedName(roots);
      if (linked !== null)
        return {
          kind: "unavailable",
          message: `Commands cannot be sandboxed: ${linked} is a symbolic link, which cannot be protected.`,
        };
      const prepared = await prepare(roots, placeholders, repositories);
      if (prepared.kind === "fails")
        return { kind: "unavailable", message: `Commands cannot be sandboxed: ${prepared.message}` };
      const mounts = planMounts({
        ...locate(scope, roots),
        protected: prepared.protected,
        pinned: prepared.pinned,
      });
      const cwd = placeOf(command.cwd, mounts);
      const argv = bubblewrapArgv(probed.bubblewrap, {
        argv: command.argv,
        cwd: cwd.inside,
        mounts,
        hasNetwork: hasNetwork(scope),
      });
      return {
        kind: "wrapped",
        command: {
          ...command,
          argv,
          cwd: cwd.onHost ?? command.cwd,
          isContained: true,
          isCwdVisible: cwd.onHost !== null,
          cleanup: prepared.release,
        },
      };
    },
  };
}

/** Success holds for good; a failure is looked at again after ten seconds, since people install what is missing. */
function createProbe(path: string): () => Promise<Probe> {
  let answer: { readonly probe: Promise<Probe>; validUntil: number } | null = null;
  return () => {
    if (answer === null || performance.now() > answer.validUntil) {
      const fresh = { probe: probeBubblewrap(path), validUntil: Infinity };
      void fresh.probe.then(
        ({ kind }) => (fresh.validUntil = kind === "works" ? Infinity : performance.now() + retryProbeMs),
      );
      answer = fresh;
    }
    return answer.probe;
  };
}

type Prepared =
  | {
      readonly kind: "ready";
      readonly protected: readonly string[];
      readonly pinned: readonly string[];
      readonly release: () => Promise<void>;
    }
  | { readonly kind: "fails"; readonly message: string };

async function prepare(
  roots: readonly string[],
  placeholders: Placeholders,
  repositories: RepositoryScan,
): Promise<Prepared> {
  const names = roots.flatMap((root) => protectedNames.map((name) => join(root, name)));
  const nested: string[] = [];
  const pinned: string[] = [];
  for (const root of roots) {
    for (const repository of await repositories.nested(root)) {
      nested.push(repository);
      for (let folder = dirname(repository); isBelow(folder, root); folder = dirname(folder)) pinned.push(folder);
    }
  }
  try {
    const release = await placeholders.hold(names);
    return {
      kind: "ready",
      protected: [...names, ...nested].filter((path) => existsSync(path)),
      pinned: pinned.filter(isFolder),
      release,
    };
  } catch (error) {
    return {
      kind: "fails",
      message: `protected folders cannot be prepared (${error instanceof Error ? error.message : String(error)}).`,
    };
  }
}

function locate({ policy, writableRoots, tempDir, denyRead, visible }: SandboxScope, roots: readonly string[]) {
  const hasTempDir = policy.type !== "workspaceWrite" || !policy.excludeTmpdirEnvVar;
  const hasSlashTmp = policy.type !== "workspaceWrite" || !policy.excludeSlashTmp;
  const hidden = [...new Set(denyRead.filter((path) => existsSync(path)).map(realPath))];
  return {
    writable: roots,
    visible: [...visible, ...writableRoots, ...runtimeFolders, ...(hasNetwork({ policy }) ? resolverFolders : [])]
      .filter(isFolder)
      .map(realPath),
    tempDir: hasTempDir || hasSlashTmp ? realPath(tempDir) : null,
    tempMount: hasSlashTmp ? "/tmp" : null,
    emptied: [...new Set(socketFolders.filter(isFolder).map(realPath))],
    hiddenFolders: hidden.filter(isFolder),
    hiddenFiles: hidden.filter((path) => !isFolder(path)),
  };
}

/**
 * Where a working directory lies inside of the sandbox and, null when hidden, on the host. It never adds to what is visible: the model
 * chooses it. A folder of the thread's own `/tmp` is known under that name only inside.
 */
function placeOf(cwd: string, mounts: readonly Mount[]): { readonly inside: string; readonly onHost: string | null } {
  const named = hostFolderAt(mounts, cwd);
  if (named !== null && named !== cwd) return { inside: cwd, onHost: named };
  const inside = realPath(cwd);
  return { inside, onHost: hostFolderAt(mounts, inside) };
}

const hasNetwork = ({ policy }: Pick<SandboxScope, "policy">) =>
  "networkAccess" in policy && policy.networkAccess === true;

interface Confined {
  readonly argv: readonly string[];
  /** As it is called inside. */
  readonly cwd: string;
  readonly mounts: readonly Mount[];
  readonly hasNetwork: boolean;
}

function bubblewrapArgv({ file, options }: Bubblewrap, { argv, cwd, mounts, hasNetwork }: Confined): string[] {
  const isRootWritable = mounts.some((mount) => mount.path === "/" && mount.kind === "write");
  return [
    file,
    ...options,
    ...(hasNetwork ? ["--share-net"] : []),
    ...[isRootWritable ? "--bind" : "--ro-bind", "/", "/"],
    ...["--dev", "/dev", "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"],
    ...(process.geteuid?.() === 0 ? kernelFolders.flatMap((folder) => ["--ro-bind-try", folder, folder]) : []),
    ...mounts.filter((mount) => mount.path !== "/").flatMap(mountOptions),
    // Last, because what lies inside of a hidden or empty folder needs a place to be mounted on.
    ...mounts.flatMap((mount) =>
      mount.kind === "hideFolder" || mount.kind === "empty" ? ["--remount-ro", mount.path] : [],
    ),
    ...["--chdir", cwd, "--"],
    ...argv,
  ];
}

function mountOptions(mount: Mount): string[] {
  switch (mount.kind) {
    case "write":
      return ["--bind", mount.path, mount.path];
    case "read":
      return ["--ro-bind", mount.path, mount.path];
    case "private":
      return ["--bind", mount.source, mount.path];
    case "empty":
      return ["--perms", "0755", "--tmpfs", mount.path];
    case "hideFolder":
      return ["--perms", mount.hasVisible ? "0111" : "0000", "--tmpfs", mount.path];
    case "hideFile":
      // A device upon a mount without devices: opening it is refused.
      return ["--ro-bind", "/dev/null", mount.path];
    default:
      return unreachable(mount);
  }
}

function unreachable(mount: never): never {
  throw new Error(`unknown mount ${JSON.stringify(mount)}`);
}

/** A symbolic link cannot be mounted upon: a command could replace it. */
function linkedName(roots: readonly string[]): string | null {
  const paths = roots.flatMap((root) => protectedNames.map((name) => join(root, name)));
  return paths.find((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true) ?? null;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The path itself where it cannot be resolved: bubblewrap will say what is wrong with it. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
