import { type AnyItem, type CommandAction, isKnownItem } from "../../src/protocol/items.ts";
import { plural } from "../units.ts";

/** What a turn shows as one row: an item, with its place among the turn's, or a stretch of looking around. */
export type Row =
  | { readonly kind: "item"; readonly item: AnyItem; readonly index: number }
  | { readonly kind: "exploration"; readonly items: readonly AnyItem[] };

/**
 * The rows of a turn. Commands that only looked and went well are folded where several follow one another, together with the reasoning
 * between them; everything else, and whatever is still open, stands for itself.
 */
export function rowsOf(items: readonly AnyItem[]): readonly Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < items.length;) {
    const end = endOfExploration(items, index);
    const stretch = items.slice(index, end);
    if (stretch.filter(hasLooked).length > 1) rows.push({ kind: "exploration", items: stretch });
    else rows.push(...stretch.map((item, at): Row => ({ kind: "item", item, index: index + at })));
    index = end;
  }
  return rows;
}

/** Behind the last command of the stretch that begins here; one further where none does. */
function endOfExploration(items: readonly AnyItem[], start: number): number {
  let end = start + 1;
  if (!hasLooked(items[start])) return end;
  for (let at = end; at < items.length; at++) {
    if (hasLooked(items[at])) end = at + 1;
    else if (!isThought(items[at])) break;
  }
  return end;
}

function hasLooked(item: AnyItem | undefined): boolean {
  if (item === undefined || !isKnownItem(item) || item.type !== "commandExecution") return false;
  const { status, exitCode, commandActions: actions } = item;
  const isUnderstood = actions.length > 0 && actions.every(({ type }) => type !== "unknown");
  return status === "completed" && (exitCode ?? 0) === 0 && isUnderstood;
}

const isThought = (item: AnyItem | undefined): boolean =>
  item?.type === "reasoning" && typeof item.completedAtMs === "number";

/** What a stretch did, in a few words: `Read 4 files, searched twice`. A file that is read again counts once. */
export function describeExploration(items: readonly AnyItem[]): string {
  const actions = items.flatMap((item): readonly CommandAction[] =>
    isKnownItem(item) && item.type === "commandExecution" ? item.commandActions : [],
  );
  const files = new Map(actions.flatMap((action) => (action.type === "read" ? [[action.path, action.name]] : [])));
  const searches = actions.filter(({ type }) => type === "search").length;
  const folders = new Set(actions.flatMap((action) => (action.type === "listFiles" ? [action.path ?? ""] : []))).size;
  const parts = [
    ...(files.size === 0
      ? []
      : [files.size === 1 ? `read ${[...files.values()].join("")}` : `read ${files.size} files`]),
    ...(searches === 0 ? [] : [searches === 1 ? "searched once" : `searched ${searches} times`]),
    ...(folders === 0 ? [] : [`listed ${plural(folders, "folder")}`]),
  ];
  const words = parts.join(", ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
