import { randomBytes } from "node:crypto";
import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { startTicks } from "../process-tree.ts";

/**
 * Empty folders that stand for protected names while a command runs. A mount needs something to lie upon, so a missing `.vscode` has
 * to exist on the host before it can be made read-only. Every server notes what it made in a file of its own *before* making it;
 * the last one to use a folder removes it, and what a killed server left is removed by the next one. Only empty folders are ever
 * removed (rmdir), so nothing that a user put there can be lost.
 */
export interface Placeholders {
  /**
   * Makes those of `paths` that are missing. Resolves with what gives them back; call it once. Paths in a folder that does not exist
   * or cannot be written are left alone: a command could not make them either. Rejects when the state cannot be kept.
   */
  hold(paths: readonly string[]): Promise<() => Promise<void>>;
  /** Removes what dead servers left behind. */
  tidy(): Promise<void>;
}

const Paths = z.array(z.string());
const lockWaitMs = 5000;

/** @param folder absolute; private to the user; made when needed. */
export function createPlaceholders(folder: string): Placeholders {
  const ownName = `${process.pid}-${startTicks(process.pid) ?? "0"}`;
  const ownFile = join(folder, `${ownName}.json`);
  const lockFile = join(folder, "lock");
  const counts = new Map<string, number>();

  /** Runs `work` while no other server looks at or changes placeholders. `work` is synchronous, so the lock is held for a millisecond. */
  async function locked<T>(work: () => T): Promise<T> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const endsAt = performance.now() + lockWaitMs; !tryLock();) {
      if (performance.now() > endsAt) throw new Error(`${lockFile} is held by another process`);
      await delay(2);
    }
    try {
      return work();
    } finally {
      rmSync(lockFile, { force: true });
    }
  }

  function tryLock(): boolean {
    try {
      const fd = openSync(lockFile, "wx", 0o600);
      writeSync(fd, ownName);
      closeSync(fd);
      return true;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const owner = readOrNull(lockFile);
    if (owner === null || owner === "" || isAlive(owner)) return false;
    // The owner was killed while it held the lock. Only one of those who see that can move it away.
    const away = `${lockFile}.${randomBytes(6).toString("hex")}`;
    try {
      renameSync(lockFile, away);
      rmSync(away, { force: true });
    } catch {
      // Somebody else was faster.
    }
    return false;
  }

  /** What other servers hold now; what dead ones held is removed on the way. */
  function heldByOthers(): Set<string> {
    const held = new Set<string>();
    const orphaned: string[] = [];
    for (const name of readdirSync(folder)) {
      if (!name.endsWith(".json") || name === `${ownName}.json`) continue;
      const paths = readPaths(join(folder, name));
      if (isAlive(name.slice(0, -".json".length))) for (const path of paths) held.add(path);
      else {
        orphaned.push(...paths);
        rmSync(join(folder, name), { force: true });
      }
    }
    for (const path of orphaned) if (!held.has(path) && !counts.has(path)) removeEmpty(path);
    return held;
  }

  function note(): void {
    if (counts.size === 0) return rmSync(ownFile, { force: true });
    // Renamed into place: a kill in the middle must not lose what the file says already.
    writeFileSync(`${ownFile}.new`, JSON.stringify([...counts.keys()]), { mode: 0o600 });
    renameSync(`${ownFile}.new`, ownFile);
  }

  function release(paths: readonly string[]): void {
    const held = heldByOthers();
    for (const path of paths) {
      const left = (counts.get(path) ?? 1) - 1;
      if (left > 0) counts.set(path, left);
      else {
        counts.delete(path);
        if (!held.has(path)) removeEmpty(path);
      }
    }
    note();
  }

  return {
    async hold(paths) {
      const mine = await locked(() => {
        const held = heldByOthers();
        const wanted = paths.filter((path) => counts.has(path) || held.has(path) || !exists(path));
        for (const path of wanted) counts.set(path, (counts.get(path) ?? 0) + 1);
        if (wanted.length > 0) note();
        try {
          for (const path of wanted) makeFolder(path);
        } catch (error) {
          release(wanted);
          throw error;
        }
        return wanted;
      });
      return async () => {
        if (mine.length > 0) await locked(() => release(mine));
      };
    },
    async tidy() {
      if (exists(folder)) await locked(heldByOthers);
    },
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (!["EEXIST", "ENOENT", "ENOTDIR", "EROFS", "EACCES", "EPERM"].includes(codeOf(error))) throw error;
  }
}

function removeEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Gone, or somebody filled it meanwhile: then it is theirs.
  }
}

/** @param name `<pid>-<start time>` */
function isAlive(name: string): boolean {
  const [pid = "", ticks = ""] = name.split("-");
  return /^\d+$/.test(pid) && startTicks(Number(pid)) === ticks;
}

function readPaths(file: string): string[] {
  try {
    return Paths.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    // Nothing of ours; there is nothing to learn from it.
    return [];
  }
}

function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return null;
  }
}

function exists(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}
