import { setImmediate as nextTick } from "node:timers/promises";
import type { Git } from "../git/git.ts";
import { listFromGit } from "./git-files.ts";
import { fold, lettersOf } from "./text.ts";
import { listFromFolders } from "./walk.ts";

/** A file or folder that can be found. */
export interface Found {
  /** As the client wrote it. */
  readonly root: string;
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly isFolder: boolean;
  /** The path as it is compared; see text.ts. */
  readonly text: string;
  readonly letters: number;
  /** Where the name begins in `text`. */
  readonly nameAt: number;
}

/** The files below some roots and the folders they are in, while they are being listed and afterwards. */
export interface FileList {
  /** Only grows. */
  readonly found: readonly Found[];
  readonly isDone: boolean;
  /** Resolves when all is listed, or as much as the bounds let; never rejects. */
  readonly done: Promise<void>;
}

/** Where a lister puts what it finds. */
export interface Sink {
  /** A file; its folders are added by themselves. False: enough. */
  readonly add: (path: string) => boolean;
  readonly signal: AbortSignal;
}

/** For all roots of a list together. */
const maxFound = 400_000;
const maxListMs = 30_000;

/** Begins to list. A root that does not exist, or is not absolute, holds nothing. */
export function createFileList(roots: readonly string[], git: Git): FileList {
  const found: Found[] = [];
  let isDone = false;
  const signal = AbortSignal.timeout(maxListMs);

  const listRoot = async (root: string): Promise<void> => {
    const folders = new Set<string>();
    const add = (path: string): boolean => {
      if (found.length >= maxFound) return false;
      found.push(entry(root, path, false));
      for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
        const folder = path.slice(0, end);
        if (folders.has(folder)) break;
        folders.add(folder);
        found.push(entry(root, folder, true));
      }
      return true;
    };
    const sink: Sink = { add, signal };
    if (!(await listFromGit(root, git, sink))) await listFromFolders(root, sink);
  };
  const listAll = async (): Promise<void> => {
    await nextTick();
    for (const root of new Set(roots)) await listRoot(root);
    isDone = true;
  };
  return {
    found,
    get isDone() {
      return isDone;
    },
    done: listAll(),
  };
}

function entry(root: string, path: string, isFolder: boolean): Found {
  const text = fold(path);
  return { root, path, isFolder, text, letters: lettersOf(text), nameAt: text.lastIndexOf("/") + 1 };
}
