import { readdirSync, readFileSync } from "node:fs";

/** A process that cannot be taken for a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  readonly startTicks: string;
}

const maxProcesses = 10_000;

/**
 * Start time of a process in clock ticks since boot, or null when there is none (or no /proc). One that ended counts as none, even if
 * nobody has asked for its status: without a real init, as in many containers, such stay for good. See proc(5), fields 3 and 22.
 */
export function startTicks(pid: number): string | null {
  const stat = readOrNull(`/proc/${pid}/stat`);
  // The name in parentheses may hold blanks and parentheses; the fields after the last one do not.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? [];
  return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
}

/** All processes below `pid`, nearest first; empty where /proc does not tell. */
export function descendants(pid: number): ProcessMark[] {
  const found: ProcessMark[] = [];
  const waiting = [pid];
  for (let parent = waiting.shift(); parent !== undefined && found.length < maxProcesses; parent = waiting.shift()) {
    for (const child of childrenOf(parent)) {
      const ticks = startTicks(child);
      if (ticks !== null) found.push({ pid: child, startTicks: ticks });
      waiting.push(child);
    }
  }
  return found;
}

/** Signals one process, or a group when `pid` is negative. False: it is gone, or not ours. */
export function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

/** True while the process is the one it was. */
export const isRunning = (mark: ProcessMark): boolean => startTicks(mark.pid) === mark.startTicks;

/** Signals those that are still the processes they were. */
export function signalMarked(marks: readonly ProcessMark[], name: NodeJS.Signals): void {
  for (const mark of marks) if (isRunning(mark)) signal(mark.pid, name);
}

function childrenOf(pid: number): number[] {
  const children: number[] = [];
  for (const task of namesIn(`/proc/${pid}/task`)) {
    const line = readOrNull(`/proc/${pid}/task/${task}/children`) ?? "";
    for (const word of line.split(" ")) if (word !== "") children.push(Number(word));
  }
  return children;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null;
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
