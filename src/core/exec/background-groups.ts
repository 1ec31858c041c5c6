import type { Readable } from "node:stream";
import { signal } from "./process-tree.ts";
import type { Watchdog } from "./watchdog.ts";

/** Process groups that outlived their leader (`server &`). They live until somebody ends them or the server ends. */
export interface BackgroundGroups {
  /** Takes the group over from its leader, which has ended; `outputs` are what the group may still write to. */
  add(pgid: number, outputs: readonly Readable[]): void;
  end(pgid: number): void;
  close(): void;
}

/** How often groups are looked at, so that a number is forgotten long before it comes round again. */
const sweepMs = 5000;

export function createBackgroundGroups(watchdog: Watchdog): BackgroundGroups {
  const groups = new Map<number, readonly Readable[]>();
  let timer: NodeJS.Timeout | null = null;

  function forget(pgid: number): void {
    for (const output of groups.get(pgid) ?? []) output.destroy();
    groups.delete(pgid);
    watchdog.remove(pgid);
    if (groups.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }
  function sweep(): void {
    for (const pgid of groups.keys()) if (!signal(-pgid, 0)) forget(pgid);
  }
  function end(pgid: number): void {
    if (!groups.has(pgid)) return;
    signal(-pgid, "SIGKILL");
    forget(pgid);
  }
  return {
    add(pgid, outputs) {
      groups.set(pgid, outputs);
      if (!signal(-pgid, 0)) return forget(pgid);
      timer ??= setInterval(sweep, sweepMs).unref();
    },
    end,
    close() {
      for (const pgid of [...groups.keys()]) end(pgid);
    },
  };
}
