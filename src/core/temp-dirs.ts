import fs from "node:fs/promises";
import os from "node:os";
import path from "node:path";

/** Private temp folders (0700), made at first use and removed at the end. */
export interface TempDirs {
  /** @param owner a thread's id, or another name. */
  of(owner: string): Promise<string>;
  removeAll(): Promise<void>;
}

export function createTempDirs(): TempDirs {
  const made = new Map<string, Promise<string>>();
  return {
    of(owner) {
      const known = made.get(owner);
      if (known !== undefined) return known;
      const folder = fs.mkdtemp(path.join(os.tmpdir(), "turnwright-"));
      made.set(owner, folder);
      return folder;
    },
    async removeAll() {
      for (const folder of made.values()) await fs.rm(await folder, { recursive: true, force: true });
    },
  };
}
