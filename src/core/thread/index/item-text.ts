import type { AnyItem } from "../../../protocol/items.ts";
import { isKnownItem } from "../../../protocol/items.ts";
import { textOf } from "../rollout/replay.ts";

/** What is searched of a message; of a longer one, its beginning and its end. */
const maxMessage = 32 * 1024;
/** The same of a command with its output, and of changes to files. */
export const maxOutput = 16 * 1024;

/** The words of an item, as they are shown. */
export function textOfItem(item: AnyItem): string {
  if (!isKnownItem(item)) return "";
  switch (item.type) {
    case "userMessage":
      return textOf(item.content);
    case "agentMessage":
      return item.text;
    case "reasoning":
      return [...item.summary, ...item.content].join("\n");
    case "commandExecution":
      return `${item.command}\n${item.aggregatedOutput ?? ""}`;
    case "fileChange":
      return item.changes.map(({ path, diff }) => `${path}\n${diff}`).join("\n");
    case "webSearch":
      return item.query;
    case "contextCompaction":
      return ""; // its summary repeats what stands before it
    default:
      return item satisfies never;
  }
}

/** As much of the text of an item as is searched over all threads. */
export function cutText(text: string, type: AnyItem["type"]): string {
  const most = type === "commandExecution" || type === "fileChange" ? maxOutput : maxMessage;
  if (text.length <= most) return text;
  const tail = most / 4;
  return `${text.slice(0, most - tail - 1)}\n${text.slice(-tail)}`;
}
