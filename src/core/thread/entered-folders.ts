import path from "node:path";
import { isKnownItem } from "../../protocol/items.ts";
import { liesIn } from "../patch/paths.ts";
import type { FolderDoc, ProjectDocs } from "../prompt/project-docs.ts";
import type { RolloutEntry } from "./rollout/lines.ts";

/** Folders that are remembered; beyond this many no more instructions are looked for. */
const maxFolders = 2000;

export type FolderDocsReader = (
  folders: readonly string[],
  at: { readonly within: string; readonly bytesLeft: number },
) => Promise<{ readonly docs: readonly FolderDoc[]; readonly bytesLeft: number; readonly warning: string | null }>;

interface EnteredDocs {
  readonly docs: readonly FolderDoc[];
  /** What went wrong with them. */
  readonly warning: string | null;
  readonly told: () => void;
}

/** Folders of the project that the agent comes to work in after its start, and the instructions that stand there. */
export interface EnteredFolders {
  /** Looks where a command runs or reads, and where a patch writes. */
  observe(entry: RolloutEntry): void;
  /** Whether {@link EnteredFolders.read} may have something. */
  readonly isPending: boolean;
  /** Instructions that have not been told yet. Call `told` once they are recorded; until then they are found again. */
  read(): Promise<EnteredDocs>;
  /** All that were told, read anew, for the beginning of a new prompt. */
  renew(): Promise<readonly FolderDoc[]>;
  /** Files that were told, in this session and before. */
  readonly sources: readonly string[];
}

/** `told`: files whose text the model has been given in an earlier session. */
export function createEnteredFolders(
  docs: () => ProjectDocs,
  told: readonly string[],
  read: FolderDocsReader,
): EnteredFolders {
  const sources = new Set(told.filter((source) => !docs().sources.includes(source)));
  const seen = new Set([...sources].map((source) => path.dirname(source)));
  let pending: string[] = [];
  let spent = 0;
  const root = (): string => docs().folders[0] ?? path.sep;

  const enter = (folder: string): void => {
    const within = root();
    if (!path.isAbsolute(folder) || !liesIn(within, folder)) return;
    const chain: string[] = [];
    for (let at = path.normalize(folder); at !== within && liesIn(within, at); at = path.dirname(at)) {
      if (seen.has(at) || docs().folders.includes(at)) break;
      chain.unshift(at);
    }
    for (const at of chain) {
      if (seen.size >= maxFolders) return;
      seen.add(at);
      pending.push(at);
    }
  };

  return {
    observe(entry) {
      if (entry.type !== "item_started" || !isKnownItem(entry.payload.item)) return;
      const { item } = entry.payload;
      if (item.type === "fileChange") for (const change of item.changes) enter(path.dirname(change.path));
      if (item.type !== "commandExecution") return;
      enter(item.cwd);
      for (const action of item.commandActions) {
        if (action.type === "read") enter(path.dirname(path.resolve(item.cwd, action.path)));
        else if (action.type === "listFiles" && typeof action.path === "string")
          enter(path.resolve(item.cwd, action.path));
      }
    },
    get isPending() {
      return pending.length > 0;
    },
    async read() {
      const folders = [...pending];
      const found = await read(folders, { within: root(), bytesLeft: Math.max(0, docs().bytesLeft - spent) });
      return {
        docs: found.docs,
        warning: found.warning,
        told: () => {
          pending = pending.filter((folder) => !folders.includes(folder));
          spent = docs().bytesLeft - found.bytesLeft;
          for (const { source } of found.docs) sources.add(source);
        },
      };
    },
    async renew() {
      const folders = [...sources].map((source) => path.dirname(source));
      return (await read(folders, { within: root(), bytesLeft: docs().bytesLeft })).docs;
    },
    get sources() {
      return [...sources];
    },
  };
}
