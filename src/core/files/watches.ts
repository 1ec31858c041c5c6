import { existsSync, type FSWatcher, statSync, watch } from "node:fs";
import path from "node:path";
import { forClient, refused } from "./file-error.ts";
import type { Guard } from "./guard.ts";
import { locationOf } from "./location.ts";

/** What one client watches. */
export interface Watches {
  /**
   * Watches a file, a folder (what lies directly in it), or a place where nothing is yet. The folder that it is in must exist; when that
   * goes, so does the watch, and nothing more is told. Rejects with `FileError`.
   */
  add(watchId: string, target: string): Promise<void>;
  /** Unknown ids are no error. Nothing is told of the watch afterwards. */
  remove(watchId: string): void;
  /** Ends all; nothing can be added afterwards. */
  close(): void;
}

export interface WatchesOptions {
  readonly guard: Pick<Guard, "mayRead">;
  /** Absolute paths as they follow from the one that was asked for, each once, in order. Must not throw. */
  readonly onChanged: (watchId: string, changedPaths: readonly string[]) => void;
}

const maxWatches = 256;
/** Changes of one moment are told together: after a pause, but not later than this. */
const pauseMs = 100;
const latestMs = 500;
/** More changes at once than this are told as one change of the path that is watched. */
const maxPaths = 1000;

export function createWatches({ guard, onChanged }: WatchesOptions): Watches {
  const watches = new Map<string, { made: { readonly close: () => void } | null }>();
  let isClosed = false;

  return {
    async add(watchId, target) {
      if (watches.has(watchId)) throw refused(`watchId already exists: ${watchId}`);
      if (watches.size >= maxWatches)
        throw refused(`this client has ${maxWatches} watches; end one with fs/unwatch first`);
      const slot: { made: { readonly close: () => void } | null } = { made: null };
      watches.set(watchId, slot);
      try {
        if (target.includes("\0")) throw refused("file name contained an unexpected NUL byte");
        await guard.mayRead(await locationOf(target));
        // It may have been removed meanwhile, and another one made under its id.
        if (isClosed || watches.get(watchId) !== slot) return;
        slot.made = watchPath(target, (paths) => onChanged(watchId, paths));
      } catch (error) {
        if (watches.get(watchId) === slot) watches.delete(watchId);
        throw forClient(error);
      }
    },
    remove(watchId) {
      watches.get(watchId)?.made?.close();
      watches.delete(watchId);
    },
    close() {
      isClosed = true;
      for (const one of watches.values()) one.made?.close();
      watches.clear();
    },
  };
}

/**
 * Two watchers: one of the folder that the path is in, since editors and git replace what they change, and, while the path is a
 * folder, one of that. Throws the error of the file system.
 */
function watchPath(target: string, tell: (paths: readonly string[]) => void): { readonly close: () => void } {
  const changes = gather(target, tell);
  const parent = path.dirname(target);
  const name = path.basename(target);
  let inside: FSWatcher | null = null;

  /** The folder under the path may be another one now. */
  const lookInside = (): void => {
    inside?.close();
    inside = null;
    if (statSync(target, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    const watcher = watch(target, { persistent: false }, (_event, file) => {
      // A folder that changes itself (its mode, its end) is named as if it were in itself.
      const isItself = file === name && !existsSync(path.join(target, name));
      changes.add(file === null || isItself ? target : path.join(target, file));
    });
    // It goes with the folder, and comes back with it.
    watcher.on("error", () => watcher.close());
    inside = watcher;
  };

  const around =
    parent === target
      ? null
      : watch(parent, { persistent: false }, (event, file) => {
          if (file !== null && file !== name) return;
          changes.add(target);
          if (event === "rename") retry(lookInside);
        });
  around?.on("error", () => around.close());
  try {
    lookInside();
  } catch (error) {
    around?.close();
    throw error;
  }
  return {
    close() {
      changes.close();
      around?.close();
      inside?.close();
    },
  };
}

/** What fails now (the folder is gone again, no watcher is left) is done at the next change. */
function retry(work: () => void): void {
  try {
    work();
  } catch {
    return;
  }
}

/** Collects changes and tells them together. */
function gather(
  target: string,
  tell: (paths: readonly string[]) => void,
): { readonly add: (changed: string) => void; readonly close: () => void } {
  let changed = new Set<string>();
  let timer: NodeJS.Timeout | null = null;
  let firstAt = 0;
  const flush = (): void => {
    timer = null;
    const paths = changed.size > maxPaths ? [target] : [...changed].sort();
    changed = new Set();
    tell(paths);
  };
  return {
    add(one) {
      const now = performance.now();
      if (timer === null) firstAt = now;
      else clearTimeout(timer);
      if (changed.size <= maxPaths) changed.add(one);
      timer = setTimeout(flush, Math.max(0, Math.min(pauseMs, firstAt + latestMs - now)));
    },
    close() {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
