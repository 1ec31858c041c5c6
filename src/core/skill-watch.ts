import fs from "node:fs/promises";
import path from "node:path";
import { createWatches, type Watches } from "./files/watches.ts";

/** Tells when the skills of some folders may have changed. */
export interface SkillWatch {
  /** From now on these places too, absolute: folders in which skills are folders. Does not reject; what cannot be watched is not. */
  follow(places: readonly string[]): Promise<void>;
  /** Ends all; nothing is told afterwards. */
  close(): void;
}

/** Places, and folders watched in all. What is beyond changes unseen; a client that lists again sees it. */
const limits = { places: 64, folders: 256 } as const;

/**
 * Watches the places themselves, the folders on the way to them that may come, and each skill's own folder. `onChanged` is called after a pause, when
 * new folders are watched already: who lists the skills then misses nothing that comes later. It must not throw.
 */
export function createSkillWatch(onChanged: () => void): SkillWatch {
  const places = new Set<string>();
  const watched = new Set<string>();
  let isClosed = false;
  /** Looks for folders one after the other. */
  let last: Promise<void> = Promise.resolve();

  // What is watched is read by the skills' own rules; here only that something changed is told.
  const guard = { mayRead: async () => undefined };
  const watches: Watches = createWatches({ guard, onChanged: () => void arm().then(tell) });

  const tell = (): void => {
    if (!isClosed) onChanged();
  };
  const arm = (): Promise<void> => {
    last = last.then(async () => {
      const wanted = new Set((await Promise.all([...places].map(foldersOf))).flat().slice(0, limits.folders));
      for (const folder of watched) {
        if (wanted.has(folder)) continue;
        watched.delete(folder);
        watches.remove(folder);
      }
      for (const folder of wanted) {
        if (isClosed || watched.has(folder)) continue;
        watched.add(folder);
        // The folder above is not there yet, or the system has no watch left.
        await watches.add(folder, folder).catch(() => watched.delete(folder));
      }
    });
    return last;
  };

  return {
    follow(more) {
      for (const place of more) if (places.size < limits.places) places.add(place);
      return arm();
    },
    close() {
      isClosed = true;
      watches.close();
    },
  };
}

/** The place, `.agents` above it, which may come with it, and the skills in it. The state directory is not: too much happens there. */
async function foldersOf(place: string): Promise<string[]> {
  const entries = await fs.readdir(place, { withFileTypes: true }).catch(() => []);
  const skills = entries.filter((entry) => !entry.isFile()).map(({ name }) => path.join(place, name));
  const above = path.dirname(place);
  return [...(path.basename(above) === ".agents" ? [above] : []), place, ...skills];
}
