import { constants, existsSync } from "node:fs";
import { mkdir, open, realpath, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { errorCode } from "./failure.ts";

/**
 * Folders that are written into, held so that a symbolic link put in their place later does no harm. On Linux every folder from the root
 * down is opened without following links, and its entries are reached through `/proc/self/fd/N/name` (Node has no openat). Elsewhere, and
 * without /proc, the real path is compared when the folder is opened and again by `recheck`.
 */
export interface Folders {
  /**
   * The folder at a real path (no links in it). With `create`, missing ones are made. Rejects with ENOENT when missing, and with ENOTDIR or
   * ELOOP when a link or a file stands in the way.
   */
  open(path: string, options: { readonly create: boolean }): Promise<Folder>;
  /** False when a folder that was opened is no longer where it was. */
  recheck(): Promise<boolean>;
  /** Removes the folders that `open` made and that are empty. */
  removeCreated(): Promise<void>;
  close(): Promise<void>;
}

export interface Folder {
  /** A path for file functions; valid until the folders are closed. */
  entry(name: string): string;
}

/** Opens a folder as a place only, which asks for no permission to list it. The same value on every Linux that Node runs on. */
const O_PATH = 0o10000000;

interface HeldFolder extends Folder {
  close(): Promise<void>;
}

/** `byHandle` is the Linux way; the default is what this machine can. */
export function createFolders({ byHandle = canHoldHandles() }: { readonly byHandle?: boolean } = {}): Folders {
  const held = new Map<string, HeldFolder>();
  const created: { readonly parent: Folder; readonly path: string }[] = [];
  const hold = byHandle ? holdByHandle : holdByPath;

  const openOne = async (path: string, create: boolean): Promise<HeldFolder> => {
    const known = held.get(path);
    if (known !== undefined) return known;
    const above = dirname(path);
    const parent = above === path ? null : await openOne(above, create);
    let folder: HeldFolder;
    try {
      folder = await hold(parent, path);
    } catch (error) {
      if (!create || parent === null || errorCode(error) !== "ENOENT") throw error;
      try {
        await mkdir(parent.entry(basename(path)));
        created.push({ parent, path });
      } catch (mkdirError) {
        if (errorCode(mkdirError) !== "EEXIST") throw mkdirError;
      }
      folder = await hold(parent, path);
    }
    held.set(path, folder);
    return folder;
  };

  return {
    open: (path, { create }) => openOne(path, create),
    recheck: async () => {
      if (byHandle) return true; // a handle stays what it is
      const same = await Promise.all(
        [...held.keys()].map(async (path) => (await realpath(path).catch(() => null)) === path),
      );
      return same.every(Boolean);
    },
    removeCreated: async () => {
      for (const { parent, path } of created.toReversed()) {
        // Not empty: somebody else put a file there meanwhile, and it stays.
        await rmdir(parent.entry(basename(path))).catch(() => undefined);
      }
    },
    close: async () => {
      await Promise.all([...held.values()].map((folder) => folder.close()));
      held.clear();
    },
  };
}

function canHoldHandles(): boolean {
  return process.platform === "linux" && existsSync("/proc/self/fd");
}

async function holdByHandle(parent: Folder | null, path: string): Promise<HeldFolder> {
  const from = parent === null ? path : parent.entry(basename(path));
  const handle = await open(from, O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  return { entry: (name) => `/proc/self/fd/${handle.fd}/${name}`, close: () => handle.close() };
}

async function holdByPath(_parent: Folder | null, path: string): Promise<HeldFolder> {
  if ((await realpath(path)) !== path) {
    throw Object.assign(new Error(`a symbolic link stands in the way: ${path}`), { code: "ELOOP" });
  }
  return { entry: (name) => join(path, name), close: async () => undefined };
}
