import type { Ending, Pace, ScriptItem, StreamAnswer, UsageScript } from "./script.ts";

/** One event of a response stream, without its sequence number. `isDelta` events are the ones a pace slows down. */
export interface StreamEvent {
  readonly isDelta: boolean;
  readonly data: { readonly type: string } & Readonly<Record<string, unknown>>;
}
export interface ResponseHead {
  readonly responseId: string;
  readonly model: string;
  readonly createdAt: number;
  /** A fresh id with this prefix, such as `msg_`; unique beyond this process, since rollouts keep it. */
  readonly newId: (prefix: string) => string;
}
export interface UsageCount {
  readonly inputTokens: number;
  readonly cachedTokens: number;
}

/** Renders an answer as the events of the Responses API, in the API's order. Pure but for `newId`. */
export function* streamEvents(
  { items, ending = { kind: "completed" }, pace, usage }: StreamAnswer & { readonly pace: Pace },
  head: ResponseHead,
  counted: UsageCount,
): Generator<StreamEvent, void, undefined> {
  yield event("response.created", { response: envelope(head, "in_progress") });
  yield event("response.in_progress", { response: envelope(head, "in_progress") });
  const output: object[] = [];
  let outputCharacters = 0;
  for (const [index, item] of items.entries()) {
    outputCharacters += sizeOf(item);
    output.push(yield* itemEvents(item, index, pace, head));
  }
  yield* endingEvents(ending, head, output, usageOf(counted, items, outputCharacters, usage));
}

function* endingEvents(
  ending: Ending,
  head: ResponseHead,
  output: readonly object[],
  usage: object,
): Generator<StreamEvent, void, undefined> {
  switch (ending.kind) {
    case "failed": {
      const error = { code: ending.code, message: ending.message };
      yield event("response.failed", { response: { ...envelope(head, "failed"), output, error } });
      break;
    }
    case "incomplete": {
      const incomplete_details = { reason: ending.reason };
      yield event("response.incomplete", {
        response: { ...envelope(head, "incomplete"), output, incomplete_details, usage },
      });
      break;
    }
    case "completed":
    case "disconnect":
    case "hang":
      yield event("response.completed", { response: { ...envelope(head, "completed"), output, usage } });
      break;
    case "withoutCompleted":
      break;
  }
}

/** The events of one item; returns the item as it is when done. */
function* itemEvents(
  item: ScriptItem,
  output_index: number,
  pace: Pace,
  head: ResponseHead,
): Generator<StreamEvent, object, undefined> {
  switch (item.type) {
    case "message": {
      const id = item.id ?? head.newId("msg");
      const at = { output_index, item_id: id, content_index: 0 };
      const common = { id, type: "message", role: "assistant", ...(item.phase && { phase: item.phase }) };
      const part = (text: string) => ({ type: "output_text", text, annotations: [] });
      yield event("response.output_item.added", {
        output_index,
        item: { ...common, status: "in_progress", content: [] },
      });
      yield event("response.content_part.added", { ...at, part: part("") });
      for (const text of cut(item.text, pace.deltaSize))
        yield delta("response.output_text.delta", { ...at, delta: text });
      yield event("response.output_text.done", { ...at, text: item.text });
      yield event("response.content_part.done", { ...at, part: part(item.text) });
      return yield* done(output_index, { ...common, status: "completed", content: [part(item.text)] });
    }
    case "reasoning": {
      const id = item.id ?? head.newId("rs");
      yield event("response.output_item.added", { output_index, item: { id, type: "reasoning", summary: [] } });
      const part = (text: string) => ({ type: "summary_text", text });
      for (const [summary_index, text] of item.summary.entries()) {
        const at = { output_index, item_id: id, summary_index };
        yield event("response.reasoning_summary_part.added", { ...at, part: part("") });
        for (const piece of cut(text, pace.deltaSize)) {
          yield delta("response.reasoning_summary_text.delta", { ...at, delta: piece });
        }
        yield event("response.reasoning_summary_text.done", { ...at, text });
        yield event("response.reasoning_summary_part.done", { ...at, part: part(text) });
      }
      const raw = item.content;
      const at = { output_index, item_id: id, content_index: 0 };
      if (raw !== undefined) {
        for (const piece of cut(raw, pace.deltaSize))
          yield delta("response.reasoning_text.delta", { ...at, delta: piece });
        yield event("response.reasoning_text.done", { ...at, text: raw });
      }
      return yield* done(output_index, {
        id,
        type: "reasoning",
        summary: item.summary.map(part),
        ...(raw !== undefined && { content: [{ type: "reasoning_text", text: raw }] }),
        encrypted_content: item.encryptedContent ?? `encrypted-${id}`,
      });
    }
    case "function_call": {
      const common = { id: item.id ?? head.newId("fc"), type: item.type, call_id: item.callId ?? head.newId("call") };
      const at = { output_index, item_id: common.id };
      const call = { ...common, name: item.name };
      yield event("response.output_item.added", {
        output_index,
        item: { ...call, status: "in_progress", arguments: "" },
      });
      for (const piece of cutCall(item.arguments, pace)) {
        yield delta("response.function_call_arguments.delta", { ...at, delta: piece });
      }
      yield event("response.function_call_arguments.done", { ...at, arguments: item.arguments });
      return yield* done(output_index, { ...call, status: "completed", arguments: item.arguments });
    }
    case "custom_tool_call": {
      const common = { id: item.id ?? head.newId("ctc"), type: item.type, call_id: item.callId ?? head.newId("call") };
      const at = { output_index, item_id: common.id };
      const call = { ...common, name: item.name };
      yield event("response.output_item.added", { output_index, item: { ...call, status: "in_progress", input: "" } });
      for (const piece of cutCall(item.input, pace)) {
        yield delta("response.custom_tool_call_input.delta", { ...at, delta: piece });
      }
      yield event("response.custom_tool_call_input.done", { ...at, input: item.input });
      return yield* done(output_index, { ...call, status: "completed", input: item.input });
    }
  }
}

function* done(output_index: number, item: object): Generator<StreamEvent, object, undefined> {
  yield event("response.output_item.done", { output_index, item });
  return item;
}

const event = (type: string, rest: object): StreamEvent => ({ isDelta: false, data: { type, ...rest } });
const delta = (type: string, rest: object): StreamEvent => ({ isDelta: true, data: { type, ...rest } });

const envelope = ({ responseId, model, createdAt }: ResponseHead, status: string) => ({
  id: responseId,
  object: "response",
  created_at: createdAt,
  status,
  model,
  output: [],
  parallel_tool_calls: true,
});

/** Pieces of a text in order; joined they are the text. Never splits a code point. */
function cut(text: string, size: number | "word"): readonly string[] {
  if (size === "word") return text.match(/\s*\S{1,6}|\s+$/gu) ?? [];
  const points = Array.from(text);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, index) =>
    points.slice(index * size, (index + 1) * size).join(""),
  );
}

/** Nobody reads arguments as they come, so at a reading pace they go in larger pieces. */
const cutCall = (text: string, { deltaSize }: Pace) => cut(text, deltaSize === "word" ? 24 : deltaSize);

const sizeOf = (item: ScriptItem): number => {
  switch (item.type) {
    case "message":
      return item.text.length;
    case "reasoning":
      return item.summary.join("").length + (item.content?.length ?? 0);
    case "function_call":
      return item.name.length + item.arguments.length;
    case "custom_tool_call":
      return item.name.length + item.input.length;
  }
};

/** Four characters make a token here: near enough to watch how usage moves. */
export const tokensOf = (characters: number): number => Math.ceil(characters / 4);

function usageOf(counted: UsageCount, items: readonly ScriptItem[], outputCharacters: number, given: UsageScript = {}) {
  const input_tokens = given.inputTokens ?? counted.inputTokens;
  const output_tokens = given.outputTokens ?? tokensOf(outputCharacters);
  const thinking = items.reduce((sum, item) => sum + (item.type === "reasoning" ? sizeOf(item) : 0), 0);
  return {
    input_tokens,
    input_tokens_details: { cached_tokens: given.cachedTokens ?? Math.min(counted.cachedTokens, input_tokens) },
    output_tokens,
    output_tokens_details: { reasoning_tokens: Math.min(tokensOf(thinking), output_tokens) },
    total_tokens: input_tokens + output_tokens,
  };
}
