import { type AnyItem, isKnownItem } from "../protocol/items.ts";
import type { ServerNotification } from "../protocol/methods.ts";

/** The notifications that add to the text of an open item. */
export type ItemDelta = Extract<
  ServerNotification,
  {
    method:
      | "item/agentMessage/delta"
      | "item/reasoning/summaryPartAdded"
      | "item/reasoning/summaryTextDelta"
      | "item/reasoning/textDelta"
      | "item/commandExecution/outputDelta";
  }
>;

/** Characters of live text that an open item keeps; a longer one keeps its end. `item/completed` replaces it in any case. */
export const maxLiveText = 512 * 1024;
/** Parts of a reasoning summary that are kept apart; later ones are ignored. */
const maxParts = 1000;

/** The item with the delta added. An item of another type, or one not known, is returned as it is. */
export function applyItemDelta(item: AnyItem, { method, params }: ItemDelta): AnyItem {
  if (!isKnownItem(item)) return item;
  switch (method) {
    case "item/agentMessage/delta":
      return item.type === "agentMessage" ? { ...item, text: append(item.text, params.delta) } : item;
    case "item/commandExecution/outputDelta":
      return item.type === "commandExecution"
        ? { ...item, aggregatedOutput: append(item.aggregatedOutput ?? "", params.delta) }
        : item;
    case "item/reasoning/summaryPartAdded":
      return item.type === "reasoning" ? { ...item, summary: appendPart(item.summary, params.summaryIndex, "") } : item;
    case "item/reasoning/summaryTextDelta":
      return item.type === "reasoning"
        ? { ...item, summary: appendPart(item.summary, params.summaryIndex, params.delta) }
        : item;
    case "item/reasoning/textDelta":
      return item.type === "reasoning"
        ? { ...item, content: appendPart(item.content, params.contentIndex, params.delta) }
        : item;
  }
}

/** Cut at twice the bound, so that the copy is paid once per `maxLiveText` characters. */
function append(text: string, delta: string): string {
  const joined = text + delta;
  return joined.length > 2 * maxLiveText ? joined.slice(-maxLiveText) : joined;
}

function appendPart(parts: readonly string[], index: number, delta: string): string[] {
  const next = [...parts];
  if (!Number.isInteger(index) || index < 0 || index >= maxParts) return next;
  while (next.length <= index) next.push("");
  next[index] = append(next[index] ?? "", delta);
  return next;
}
