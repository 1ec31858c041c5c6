import { spawn, type ChildProcess } from "node:child_process";
import { Socket } from "node:net";

/**
 * Ends the process groups of this server when the server is gone, however it went: a small shell in a session of its own reads the
 * groups from a pipe, and when the pipe ends it kills those that are left. Started with the first group.
 */
export interface Watchdog {
  /** @param pgid process group of a command that no sandbox ties to the server. */
  add(pgid: number): void;
  remove(pgid: number): void;
  /** Ends the watchdog; groups that were not removed are killed. Safe to call twice. */
  close(): void;
}

const script = `trap '' INT TERM HUP
groups=" "
while read -r verb pgid; do
  case "$verb" in
    add) groups="$groups$pgid " ;;
    remove) case "$groups" in *" $pgid "*) groups="\${groups%% $pgid *} \${groups#* $pgid }" ;; esac ;;
  esac
done
for pgid in $groups; do kill -s KILL -- "-$pgid"; done`;

export function createWatchdog(platform: NodeJS.Platform): Watchdog {
  const groups = new Set<number>();
  let shell: ChildProcess | null = null;

  function running(): ChildProcess {
    if (shell !== null) return shell;
    const started = spawn("/bin/sh", ["-c", script], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
      cwd: "/",
      env: {},
    });
    // Somebody may end it; the next group starts another one, which is told all groups.
    const forget = () => {
      if (shell === started) shell = null;
    };
    started.on("error", forget).on("exit", forget);
    started.stdin.on("error", forget);
    started.unref();
    if (started.stdin instanceof Socket) started.stdin.unref();
    for (const pgid of groups) started.stdin.write(`add ${pgid}\n`);
    shell = started;
    return started;
  }

  return {
    add(pgid) {
      // Windows has no process groups; there the commands are children of the server's job.
      if (platform === "win32") return;
      const { stdin } = running();
      groups.add(pgid);
      stdin?.write(`add ${pgid}\n`);
    },
    remove(pgid) {
      if (groups.delete(pgid)) shell?.stdin?.write(`remove ${pgid}\n`);
    },
    close() {
      groups.clear();
      shell?.stdin?.end();
      shell = null;
    },
  };
}
