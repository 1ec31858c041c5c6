import { FileChangeItem } from "../../protocol/items.ts";
import type { AnyItem, FileUpdateChange } from "../../protocol/items.ts";

/** What the file-change items that passed by would do, so that their diffs can be opened. */
export interface ChangeLog {
  remember(items: readonly AnyItem[]): void;
  changesOf(itemId: string): readonly FileUpdateChange[] | undefined;
}

const mostItems = 500;
const mostCharacters = 32 * 1024 * 1024;

/** Keeps the newest 500 items and 32 Mi characters of diffs; the oldest go first. */
export function createChangeLog(): ChangeLog {
  const log = new Map<string, readonly FileUpdateChange[]>();
  let characters = 0;

  const forget = (itemId: string): void => {
    characters -= sizeOf(log.get(itemId) ?? []);
    log.delete(itemId);
  };

  return {
    remember: (items) => {
      for (const item of items) {
        if (item.type !== "fileChange") continue;
        const parsed = FileChangeItem.safeParse(item);
        if (!parsed.success) continue;
        forget(item.id);
        log.set(item.id, parsed.data.changes);
        characters += sizeOf(parsed.data.changes);
      }
      for (const itemId of log.keys()) {
        if (log.size <= mostItems && characters <= mostCharacters) break;
        forget(itemId);
      }
    },
    changesOf: (itemId) => log.get(itemId),
  };
}

const sizeOf = (changes: readonly FileUpdateChange[]): number =>
  changes.reduce((sum, { diff }) => sum + diff.length, 0);
