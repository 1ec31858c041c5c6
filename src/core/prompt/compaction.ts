import { weightOf } from "../model/token-meter.ts";
import type { MessageItem, ResponseItem } from "../model/types.ts";

/** Words of the user that stay as they are: this many tokens of about four bytes, but no more than this share of the window. */
const keptUserTokens = 20_000;
const keptUserShare = 0.2;
const bytesPerToken = 4;

/** Asks for the summary; the last message of an otherwise unchanged prompt, so that all of it is in the provider's cache. */
export const summaryRequest = (wishes: string | null): MessageItem => {
  const text = `The conversation is about to be cut here to make room. Write the handover for the colleague who goes on with it and sees nothing of the above but what you write, the user's own last messages, the standing instructions and the plan.

Write, in this order and only what applies:
1. What the user wants, with every condition and preference they stated.
2. What was done so far: files by path with what changed in each, commands whose result matters, and that result.
3. What was found out: how the relevant code works, names and paths, causes of errors, exact texts that are needed again.
4. What was tried and failed, and what the user declined.
5. What is in progress at this very moment, and the next steps.

Be exact and complete rather than short; no greeting, no questions. Do not call tools.`;
  return userText(
    wishes === null || wishes.trim() === "" ? text : `${text}\n\nThe user asks of this handover: ${wishes.trim()}`,
  );
};

const summaryPreface =
  "The earlier part of this conversation was replaced by this handover. Take what it says as done and known; look at the files again before you change them.";

/** The handover as it stands in the new prompt: a preface, and the summary as a part of its own. */
export const summaryMessage = (summary: string): MessageItem => ({
  type: "message",
  role: "user",
  content: [
    { type: "input_text", text: `<handover>\n${summaryPreface}\n` },
    { type: "input_text", text: summary },
    { type: "input_text", text: "\n</handover>" },
  ],
});

/** The summary out of its message: between the preface and the closing tag. */
export function summaryOf(entry: InputEntry | undefined): string | null {
  if (entry === undefined || typeof entry === "number" || entry.type !== "message") return null;
  const [, part] = entry.content;
  return part?.type === "input_text" ? part.text : null;
}

/** An entry of a new prompt: the index of an item in the prompt before, or an item that is new. */
export type InputEntry = number | ResponseItem;

/**
 * The user's last messages that a compaction keeps, oldest first, at most 20,000 tokens of them; the very last is kept even if it is longer.
 * Messages with images stay by their text alone.
 * @param userMessages indices of the user's own messages in `items`, ascending
 * @param window tokens that fit in the context
 */
export function keptUserMessages(
  items: readonly ResponseItem[],
  userMessages: readonly number[],
  window: number,
): InputEntry[] {
  const kept: InputEntry[] = [];
  let left = Math.min(keptUserTokens, window * keptUserShare) * bytesPerToken;
  for (const index of userMessages.toReversed()) {
    const item = items[index];
    if (item?.type !== "message") continue;
    const withoutImages = textOnly(item);
    const bytes = weightOf(JSON.stringify(withoutImages));
    if (bytes > left && kept.length > 0) break;
    kept.unshift(withoutImages === item ? index : withoutImages);
    left -= bytes;
  }
  return kept;
}

function textOnly(item: MessageItem): MessageItem {
  if (item.content.every((part) => part.type !== "input_image")) return item;
  return {
    ...item,
    content: item.content.map((part) =>
      part.type === "input_image" ? { type: "input_text", text: "[an image that was shown before]" } : part,
    ),
  };
}

/** Stands where the output of a tool was dropped. */
const dropped = "[dropped to make room; run the call again if its output is needed]";
/** Outputs shorter than this are not worth dropping. */
const smallOutputBytes = 400;

/**
 * Makes room without a model: the oldest outputs of tools lose their text until the prompt has shrunk by `bytes`.
 * Null: there is not that much to drop.
 */
export function withoutOldOutputs(items: readonly ResponseItem[], bytes: number): InputEntry[] | null {
  let saved = 0;
  const entries = items.map((item, index): InputEntry => {
    if (saved >= bytes) return index;
    if (item.type !== "function_call_output" && item.type !== "custom_tool_call_output") return index;
    const weight = weightOf(JSON.stringify(item.output));
    if (weight <= smallOutputBytes) return index;
    saved += weight - dropped.length;
    return { ...item, output: dropped };
  });
  return saved >= bytes ? entries : null;
}

const userText = (text: string): MessageItem => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});
