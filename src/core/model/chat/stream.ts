import { isJsonObject } from "../items.ts";
import { failureOfEvent, incomplete, streamBroken } from "../failures.ts";
import { count, type EventReader, sseReader, type StreamEnd } from "../event-stream.ts";
import type { FunctionCall, ModelEvent, ResponseItem, Usage } from "../types.ts";

/** Calls of one answer; a model does not ask for more at once. */
const maxCalls = 128;

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
}

/**
 * Reads the server-sent events of a chat completion as the events of a response: the thinking that some models show comes first, then the
 * text, then the calls. `newId` gives items the ids that chat does not have.
 */
export function createChatReader(
  onEvent: (event: ModelEvent) => void,
  onEnd: (end: StreamEnd) => void,
  options: { readonly freeform: ReadonlySet<string>; newId(prefix: "rs" | "msg" | "call"): string },
): EventReader {
  let responseId = "";
  let usage: Usage | null = null;
  let finish: string | null = null;
  let thinking: { readonly id: string; text: string } | null = null;
  let answer: { readonly id: string; text: string } | null = null;
  const calls = new Map<number, OpenCall>();

  const endThinking = (): void => {
    if (thinking === null) return;
    const { id, text } = thinking;
    thinking = null;
    onEvent({
      type: "itemDone",
      item: { type: "reasoning", id, summary: [], content: [{ type: "reasoning_text", text }] },
    });
  };
  const endAnswer = (): void => {
    if (answer === null) return;
    const { id, text } = answer;
    answer = null;
    onEvent({ type: "itemDone", item: messageItem(id, text) });
  };

  const think = (delta: string): void => {
    if (thinking === null) {
      thinking = { id: options.newId("rs"), text: "" };
      onEvent({ type: "itemAdded", item: { type: "reasoning", id: thinking.id, summary: [] } });
    }
    thinking.text += delta;
    onEvent({ type: "reasoningTextDelta", itemId: thinking.id, contentIndex: 0, delta });
  };
  const say = (delta: string): void => {
    endThinking();
    if (answer === null) {
      answer = { id: options.newId("msg"), text: "" };
      onEvent({ type: "itemAdded", item: messageItem(answer.id, "") });
    }
    answer.text += delta;
    onEvent({ type: "textDelta", itemId: answer.id, delta });
  };
  const call = (value: unknown, position: number): void => {
    if (!isJsonObject(value)) return;
    const index = typeof value.index === "number" ? value.index : position;
    const open = calls.get(index) ?? { id: "", name: "", arguments: "" };
    if (calls.size >= maxCalls && !calls.has(index)) return;
    calls.set(index, open);
    if (typeof value.id === "string" && value.id !== "") open.id = value.id;
    const { function: named } = value;
    if (!isJsonObject(named)) return;
    if (typeof named.name === "string" && open.name === "") open.name = named.name;
    // Some servers give the arguments as an object.
    if (typeof named.arguments === "string") open.arguments += named.arguments;
    else if (isJsonObject(named.arguments)) open.arguments = JSON.stringify(named.arguments);
  };

  const complete = (): StreamEnd => {
    endThinking();
    endAnswer();
    const open = [...calls.entries()].sort(([a], [b]) => a - b).map(([, item]) => item);
    if (finish === "length") return { kind: "failed", failure: incomplete("max_output_tokens") };
    if (finish === "content_filter") return { kind: "failed", failure: incomplete("content_filter") };
    for (const item of open) if (item.name !== "") onEvent({ type: "itemDone", item: callItem(item) });
    return { kind: "completed", responseId, usage };
  };
  const callItem = (item: OpenCall): ResponseItem => {
    const { name } = item;
    const callId = item.id === "" ? options.newId("call") : item.id;
    const plain: FunctionCall = { type: "function_call", call_id: callId, name, arguments: item.arguments };
    if (!options.freeform.has(name)) return plain;
    const input = inputOf(item.arguments);
    return input === null ? plain : { type: "custom_tool_call", call_id: callId, name, input };
  };

  return sseReader(
    {
      event(value) {
        if (isJsonObject(value.error)) return { kind: "failed", failure: failureOfEvent(value.error) };
        if (typeof value.id === "string") responseId = value.id;
        usage = readUsage(value.usage) ?? usage;
        const [choice] = Array.isArray(value.choices) ? (value.choices as readonly unknown[]) : [];
        if (!isJsonObject(choice)) return null;
        if (typeof choice.finish_reason === "string") finish = choice.finish_reason;
        const { delta } = choice;
        if (!isJsonObject(delta)) return null;
        const thought = delta.reasoning_content ?? delta.reasoning;
        if (typeof thought === "string" && thought !== "") think(thought);
        if (typeof delta.content === "string" && delta.content !== "") say(delta.content);
        if (Array.isArray(delta.tool_calls)) delta.tool_calls.forEach(call);
        return null;
      },
      done: complete,
      // Not every server says [DONE]; one that said why it stopped has said all.
      closed: () =>
        finish === null
          ? { kind: "failed", failure: streamBroken("stream closed before the answer was complete") }
          : complete(),
    },
    onEnd,
  );
}

const messageItem = (id: string, text: string): ResponseItem => ({
  type: "message",
  id,
  role: "assistant",
  content: [{ type: "output_text", text }],
});

function inputOf(args: string): string | null {
  try {
    const value: unknown = JSON.parse(args);
    return isJsonObject(value) && typeof value.input === "string" ? value.input : null;
  } catch {
    return null;
  }
}

function readUsage(usage: unknown): Usage | null {
  if (!isJsonObject(usage)) return null;
  const prompt = isJsonObject(usage.prompt_tokens_details) ? usage.prompt_tokens_details : {};
  const completion = isJsonObject(usage.completion_tokens_details) ? usage.completion_tokens_details : {};
  const inputTokens = count(usage.prompt_tokens);
  const outputTokens = count(usage.completion_tokens);
  return {
    inputTokens,
    cachedInputTokens: count(prompt.cached_tokens),
    outputTokens,
    reasoningOutputTokens: count(completion.reasoning_tokens),
    totalTokens: typeof usage.total_tokens === "number" ? count(usage.total_tokens) : inputTokens + outputTokens,
  };
}
