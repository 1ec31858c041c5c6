import { dirname } from "node:path";
import { foldersFromRoot, realFolder } from "../project-folders.ts";
import type { Config } from "./schema.ts";

/** Where a folder stands: its project, and whether the user trusts it. */
export interface Project {
  /** From the project's root (the nearest folder above with a marker, else the folder itself) down to it; links resolved. */
  readonly folders: readonly string[];
  /** The nearest of these folders that is named in `[projects]` decides, or the folder by the very path that the user gave. */
  readonly isTrusted: boolean;
}

/**
 * Looks where a folder really stands, so that a link in a trusted project lends its trust to nothing outside of it.
 * @param cwd absolute
 */
export async function projectOf(
  cwd: string,
  config: Pick<Config, "projects"> & { readonly project_root_markers: readonly string[] },
): Promise<Project> {
  const folders = await foldersFromRoot(await realFolder(cwd), config.project_root_markers);
  const levels = await trustLevels(cwd, folders, config.projects ?? {});
  const nearest = folders.findLast((folder) => levels.has(folder));
  return { folders, isTrusted: nearest !== undefined && levels.get(nearest) === "trusted" };
}

/** What is said of these folders, by whatever path the user named them. */
async function trustLevels(cwd: string, folders: readonly string[], projects: NonNullable<Config["projects"]>) {
  const levels = new Map<string, "trusted" | "untrusted">();
  const named = Object.keys(projects);
  // Only paths that lead to the folder are looked at: the others may be on disks that take their time.
  const paths = [...withParents(cwd), ...folders].filter((folder) => named.includes(folder));
  for (const folder of paths) {
    const level = projects[folder]?.trust_level;
    const real = await realFolder(folder);
    if (level !== undefined && levels.get(real) !== "untrusted") levels.set(real, level);
  }
  return levels;
}

function withParents(folder: string): readonly string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [...withParents(above), folder];
}
