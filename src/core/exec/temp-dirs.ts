import { readlinkSync } from "node:fs";
import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { signal, startTicks } from "./process-tree.ts";

/** Private temp folders (0700) of this process, made at first use. */
export interface TempDirs {
  /** Absolute; the same folder for the same owner: a thread's id, or another name. */
  of(owner: string): Promise<string>;
  /** Never rejects: what cannot be removed now is tried again by a later process. */
  removeAll(): Promise<void>;
}

/** The first folder that is made also has those removed, in the background, that killed processes left behind. */
export function createTempDirs(parent: string = os.tmpdir()): TempDirs {
  const made = new Map<string, Promise<string>>();
  return {
    of(owner) {
      const known = made.get(owner);
      if (known !== undefined) return known;
      if (made.size === 0) void removeAbandoned(parent);
      const folder = makeTempDir(parent);
      made.set(owner, folder);
      return folder;
    },
    async removeAll() {
      for (const folder of made.values()) await remove(await folder.catch(() => null));
    },
  };
}

/** A folder of its own for this process; whoever makes it removes it. */
export const makeTempDir = (parent: string = os.tmpdir()): Promise<string> =>
  fs.mkdtemp(path.join(parent, `turnwright-${base36(process.pid)}-${startOf(process.pid)}-${world()}-`));

const name = /^turnwright-([0-9a-z]+)-([0-9a-z]+)-([0-9a-z]+)-\w{6}$/;
/** More are left to later processes. */
const maxRemoved = 200;

/**
 * Removes the temp folders of processes of this user that do not live any more. Never rejects. A symbolic link is no folder of ours, and what lies
 * in another process namespace (a container that shares the folder) cannot be judged from here: both stay.
 */
export async function removeAbandoned(parent: string): Promise<void> {
  const entries = await fs.readdir(parent).catch(() => []);
  let removed = 0;
  for (const entry of entries) {
    const [, pid, start, where] = name.exec(entry) ?? [];
    if (pid === undefined || where !== world() || isAlive(Number.parseInt(pid, 36), start)) continue;
    const folder = path.join(parent, entry);
    const stat = await fs.lstat(folder).catch(() => null);
    if (stat?.isDirectory() !== true || stat.uid !== (process.getuid?.() ?? stat.uid)) continue;
    await remove(folder);
    if ((removed += 1) >= maxRemoved) return;
  }
}

async function remove(folder: string | null): Promise<void> {
  if (folder !== null) await fs.rm(folder, { recursive: true, force: true }).catch(() => undefined);
}

const isAlive = (pid: number, start: string | undefined): boolean =>
  start === unknown ? signal(pid, 0) : startOf(pid) === start;

const unknown = "0";
const base36 = (number: number | string): string => Number(number).toString(36);

/** Tells a process from a later one with its number, where the system says when it began. */
function startOf(pid: number): string {
  const ticks = startTicks(pid);
  return ticks === null ? unknown : base36(ticks);
}

/** Where the numbers of processes mean the same. */
function world(): string {
  try {
    return base36(/\d+/.exec(readlinkSync("/proc/self/ns/pid"))?.[0] ?? unknown);
  } catch {
    return unknown; // not Linux
  }
}
