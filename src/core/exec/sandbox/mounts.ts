/**
 * What a command sees of the file system. The plan is a list in which parents stand before children, so that a later mount lies upon
 * an earlier one. Pure; paths are absolute and free of symbolic links.
 */
export type Mount =
  /** The host's own path, writable or read-only. */
  | { readonly kind: "write" | "read"; readonly path: string }
  /** A folder of the host shown at another path, writable. */
  | { readonly kind: "private"; readonly path: string; readonly source: string }
  /** An empty folder in its place. */
  | { readonly kind: "empty"; readonly path: string }
  /** Not readable at all. `hasVisible`: something below it is shown again, so it has to be passable. */
  | { readonly kind: "hideFolder"; readonly path: string; readonly hasVisible: boolean }
  | { readonly kind: "hideFile"; readonly path: string };

export interface MountRequest {
  /** Folders that may change; empty for a read-only policy. */
  readonly writable: readonly string[];
  /** Folders that have to be seen, wherever they lie. */
  readonly visible: readonly string[];
  /** Existing paths inside of writable folders that stay read-only. */
  readonly protected: readonly string[];
  /** Folders on the way to something protected: mounted upon themselves, so that they cannot be renamed away with it. */
  readonly pinned: readonly string[];
  /** The thread's temp dir, writable under its own name. */
  readonly tempDir: string | null;
  /** Where the temp dir is shown too: `/tmp`, or null. */
  readonly tempMount: string | null;
  /** Existing folders to show empty. */
  readonly emptied: readonly string[];
  /** Existing paths that cannot be read. */
  readonly hiddenFolders: readonly string[];
  readonly hiddenFiles: readonly string[];
}

/** Explicit wishes (roots, visible folders, temp dir) hold wherever they lie; protections and hiding apply where the host's files are seen at all. */
export function planMounts(request: MountRequest): Mount[] {
  const plan = new Map<string, Mount>();
  const add = (mount: Mount) => void plan.set(mount.path, mount);
  for (const path of request.emptied) add({ kind: "empty", path });
  for (const path of [...request.hiddenFolders]) add({ kind: "hideFolder", path, hasVisible: false });
  for (const path of request.hiddenFiles) add({ kind: "hideFile", path });
  if (request.tempDir !== null && request.tempMount !== null)
    add({ kind: "private", path: request.tempMount, source: request.tempDir });
  if (request.tempDir !== null) add({ kind: "write", path: request.tempDir });
  for (const path of request.writable) if (!isHiding(plan.get(path))) add({ kind: "write", path });
  for (const path of request.visible) {
    if (plan.has(path) || isOfHost(nearest(plan.values(), path))) continue;
    add({ kind: "read", path });
  }
  for (const path of [...request.pinned, ...request.protected]) {
    const above = nearest(plan.values(), path);
    if (plan.has(path) || above?.kind !== "write") continue;
    add({ kind: request.protected.includes(path) ? "read" : "write", path });
  }
  for (const mount of [...plan.values()]) {
    if (isHiding(mount) && !isOfHost(nearest(plan.values(), mount.path))) plan.delete(mount.path);
  }
  const mounts = [...plan.values()].sort((a, b) => compare(a.path, b.path));
  return mounts.map((mount) =>
    mount.kind === "hideFolder"
      ? { ...mount, hasVisible: mounts.some((other) => isBelow(other.path, mount.path)) }
      : mount,
  );
}

/**
 * The folder of the host that a command finds at `path`, which is another one inside of a private mount; null where the plan hides it.
 * That of a folder shown empty is the folder itself.
 */
export function hostFolderAt(mounts: readonly Mount[], path: string): string | null {
  const mount = mounts.find((one) => one.path === path) ?? nearest(mounts, path);
  if (mount?.kind === "private") return mount.source + path.slice(mount.path.length);
  return isOfHost(mount) || (mount?.kind === "empty" && mount.path === path) ? path : null;
}

/** The mount that a path lies in, not the one upon the path itself; null: the host's root. */
function nearest(mounts: Iterable<Mount>, path: string): Mount | null {
  let found: Mount | null = null;
  for (const mount of mounts) {
    if (isBelow(path, mount.path) && (found === null || isBelow(mount.path, found.path))) found = mount;
  }
  return found;
}

const isHiding = (mount: Mount | undefined) => mount?.kind === "hideFile" || mount?.kind === "hideFolder";
const isOfHost = (mount: Mount | null) => mount === null || mount.kind === "write" || mount.kind === "read";

/** True for a path strictly inside of `folder`. */
export function isBelow(path: string, folder: string): boolean {
  return path !== folder && path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
