import type { ContentPart, ResponseItem } from "../types.ts";

/** A message of the Chat Completions API. */
export type ChatMessage =
  | { readonly role: "system"; readonly content: string }
  | { readonly role: "user"; readonly content: string | readonly ChatPart[] }
  | { readonly role: "assistant"; readonly content: string | null; readonly tool_calls?: readonly ChatToolCall[] }
  | { readonly role: "tool"; readonly tool_call_id: string; readonly content: string };
type ChatPart =
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image_url"; readonly image_url: { readonly url: string } };
interface ChatToolCall {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
}

/**
 * Items of a Responses input as chat messages. What stands before the first other item as developer messages becomes one system message with
 * the instructions, since many chat templates take a system message at the beginning only; later ones are said as the user's. The text of an
 * answer and its calls are one message; a freeform call becomes a function call with its input as `input`. Reasoning is not sent back.
 * @param instructions null: the items go on from earlier ones
 */
export function toMessages(instructions: string | null, items: readonly ResponseItem[]): ChatMessage[] {
  const messages: ChatMessage[] = [];
  let at = 0;
  if (instructions !== null) {
    const system = [instructions];
    for (let item = items[at]; item?.type === "message" && item.role === "developer"; item = items[++at]) {
      system.push(textOf(item.content));
    }
    messages.push({ role: "system", content: system.join("\n\n") });
  }
  /** The answer that is being put together. */
  let text: string[] = [];
  let calls: ChatToolCall[] = [];
  const endAnswer = (): void => {
    if (text.length === 0 && calls.length === 0) return;
    const content = text.length === 0 ? null : text.join("\n\n");
    messages.push({ role: "assistant", content, ...(calls.length === 0 ? {} : { tool_calls: calls }) });
    text = [];
    calls = [];
  };
  for (const item of items.slice(at)) {
    switch (item.type) {
      case "message":
        if (item.role === "assistant") {
          // A second text after calls is the next answer's.
          if (calls.length > 0) endAnswer();
          text.push(textOf(item.content));
          break;
        }
        endAnswer();
        messages.push({ role: "user", content: userContent(item.content) });
        break;
      case "function_call":
      case "custom_tool_call": {
        const input = item.type === "function_call" ? item.arguments : JSON.stringify({ input: item.input });
        calls.push({ id: item.call_id, type: "function", function: { name: item.name, arguments: input } });
        break;
      }
      case "function_call_output":
      case "custom_tool_call_output":
        endAnswer();
        messages.push({
          role: "tool",
          tool_call_id: item.call_id,
          content: typeof item.output === "string" ? item.output : textOf(item.output),
        });
        break;
      case "reasoning":
      case "web_search_call":
      case "compaction":
        break;
      default:
        item satisfies never;
    }
  }
  endAnswer();
  return messages;
}

const textOf = (content: readonly ContentPart[]): string =>
  content
    .map((part) => {
      switch (part.type) {
        case "input_text":
        case "output_text":
          return part.text;
        case "refusal":
          return part.refusal;
        case "input_image":
          return "[image]";
        default:
          return part satisfies never;
      }
    })
    .join("");

/** Plain text stays text, which every server takes. */
function userContent(content: readonly ContentPart[]): string | ChatPart[] {
  if (content.every((part) => part.type !== "input_image")) return textOf(content);
  return content.map((part) =>
    part.type === "input_image"
      ? { type: "image_url", image_url: { url: part.image_url } }
      : { type: "text", text: textOf([part]) },
  );
}
