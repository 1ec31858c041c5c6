import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Two ends of an anonymous pipe, as file descriptors that the taker closes. The writing end blocks, the reading end does not, or the reverse. */
export interface Pipe {
  readonly readFd: number;
  readonly writeFd: number;
}

/**
 * Real pipes for the output of commands. The pipes of node:child_process are sockets, and a socket cannot be opened through
 * `/dev/stdout` or `/dev/stderr`: `echo oops > /dev/stderr` would fail in every command. Node has no pipe(2), so named pipes are
 * made by mkfifo, sixteen at a time (3 ms), opened and unlinked at once. Linux only; elsewhere, or without mkfifo, `take` gives null.
 */
export interface PipePool {
  /** `ours` is the end that this process keeps; it does not block. */
  take(ours: "read" | "write"): Pipe | null;
  close(): void;
}

const maker = "mkfifo";
const batch = 16;

export function createPipePool(platform: NodeJS.Platform): PipePool {
  const ready: number[] = [];
  let isPossible = platform === "linux";

  function refill(): void {
    const folder = mkdtempSync(join(tmpdir(), "turnwright-pipes-"));
    try {
      const paths = Array.from({ length: batch }, (_, index) => join(folder, String(index)));
      execFileSync(maker, ["-m", "600", "--", ...paths], { stdio: "ignore", timeout: 2000 });
      for (const path of paths) {
        // Opened for both, so that neither end waits for the other.
        ready.push(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
        unlinkSync(path);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  return {
    take(ours) {
      if (!isPossible) return null;
      try {
        if (ready.length === 0) refill();
        const both = ready.pop();
        if (both === undefined) return null;
        const path = `/proc/self/fd/${both}`;
        const nonBlocking = (end: "read" | "write") => (end === ours ? constants.O_NONBLOCK : 0);
        const readFd = openSync(path, constants.O_RDONLY | nonBlocking("read"));
        const writeFd = openSync(path, constants.O_WRONLY | nonBlocking("write"));
        closeSync(both);
        return { readFd, writeFd };
      } catch {
        isPossible = false;
        return null;
      }
    },
    close() {
      for (const fd of ready.splice(0)) closeSync(fd);
    },
  };
}
