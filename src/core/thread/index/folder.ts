import fs from "node:fs";
import path from "node:path";
import { parseRolloutName } from "../rollout/store.ts";
import type { Pace } from "./pace.ts";

/** A rollout, as its name and its folder tell. */
export interface NamedFile {
  /** Absolute. */
  readonly file: string;
  readonly id: string;
  readonly createdMs: number;
  readonly isArchived: boolean;
  /** A process may be writing to it. */
  readonly isOpen: boolean;
}

/** A rollout on the disk. */
export interface FoundFile extends NamedFile {
  readonly size: number;
  readonly mtimeMs: number;
}

export interface RolloutFolder {
  readonly path: string;
  readonly isArchive: boolean;
}

/** Rollouts of one folder by their names. Calls of the file system here are synchronous, which is many times faster, and few at a time. */
export function namesIn({ path: folder, isArchive }: RolloutFolder): NamedFile[] {
  const names = entriesOf(folder);
  const locks = new Set(names.filter((name) => name.endsWith(".lock")));
  return names.flatMap((name) => {
    const rollout = parseRolloutName(name);
    if (rollout === null) return [];
    const { threadId: id, createdAtMs: createdMs } = rollout;
    const file = path.join(folder, name);
    return [{ file, id, createdMs, isArchived: isArchive, isOpen: locks.has(`${name}.lock`) }];
  });
}

/** The same with size and time, for as many as there are. */
export async function readFolder(folder: RolloutFolder, pace: Pace): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const named of namesIn(folder)) {
    if (pace.isDue) await pace.rest();
    const stat = statOf(named.file);
    if (stat !== null) found.push({ ...named, ...stat });
  }
  return found;
}

/** Null: gone, or no regular file. */
export function statOf(file: string): { readonly size: number; readonly mtimeMs: number } | null {
  try {
    const stat = fs.lstatSync(file);
    return stat.isFile() ? { size: stat.size, mtimeMs: stat.mtimeMs } : null;
  } catch {
    return null;
  }
}

/** When something was last added to a folder or taken from it; null: it is gone. */
export function changeOf(folder: string): number | null {
  try {
    return fs.statSync(folder).mtimeMs;
  } catch {
    return null;
  }
}

function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}
