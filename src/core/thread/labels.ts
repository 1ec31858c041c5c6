import type { GitInfo } from "../../protocol/threads.ts";
import { readGitInfo } from "./git-info.ts";
import type { Journal } from "./journal.ts";
import { gitEntry, nameEntry, type RolloutEntry } from "./rollout/lines.ts";

/** What a thread is called, and where its work stood in git when its first turn began. */
export interface Labels {
  readonly name: string | null;
  readonly git: GitInfo | null;
  /** What is known before there is a rollout; recorded together with the first turn. */
  entries(): RolloutEntry[];
  /** On the disk when it resolves, if the thread is. Rejects with RolloutWriteError. */
  setName(name: string): Promise<void>;
  /** Likewise. */
  setGit(git: GitInfo): Promise<void>;
  /** Reads the place in git unless it is known, and records it; nothing waits for that. */
  look(cwd: string): void;
  /** What is not known yet is not recorded any more. */
  close(): void;
}

/** `isRecorded`: the thread has a rollout. */
export function createLabels(
  start: { readonly name: string | null; readonly git: GitInfo | null },
  journal: Journal,
  isRecorded: () => boolean,
): Labels {
  let { name, git } = start;
  let isClosed = false;
  return {
    get name() {
      return name;
    },
    get git() {
      return git;
    },
    entries: () => [...(name === null ? [] : [nameEntry(name)]), ...(git === null ? [] : [gitEntry(git)])],
    async setName(next) {
      if (isRecorded()) journal.commit([nameEntry(next)], []);
      name = next;
      await journal.sync();
    },
    async setGit(next) {
      if (isRecorded()) journal.commit([gitEntry(next)], []);
      git = next;
      await journal.sync();
    },
    look(cwd) {
      if (git !== null) return;
      void readGitInfo(cwd).then((found) => {
        if (found === null || git !== null || isClosed) return;
        try {
          journal.commit([gitEntry(found)], []);
          git = found;
        } catch {
          // The disk is full or has gone: the turn, which records more, ends with the reason.
        }
      });
    },
    close() {
      isClosed = true;
    },
  };
}
