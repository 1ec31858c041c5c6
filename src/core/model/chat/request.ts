import { isJsonObject } from "../items.ts";
import type { ResponseItem } from "../types.ts";
import { toMessages } from "./messages.ts";

/** Threads whose converted messages are kept at hand. */
const keptThreads = 16;

/** A request for Chat Completions, made of one for Responses. */
export interface ChatBody {
  readonly body: readonly Uint8Array[];
  /** Names of the freeform tools, which are functions here. */
  readonly freeform: ReadonlySet<string>;
}

interface Kept {
  /** The Responses body up to the end of its input. */
  readonly head: Buffer;
  /** The messages of it, comma-separated. */
  readonly messages: Buffer;
}

/**
 * Converts requests as `assembleBody` makes them: the last part begins behind the input. A request whose input begins with that of the one before, as all of an epoch do, costs what is new in it.
 */
export function createChatConverter(): (threadId: string, body: readonly Uint8Array[]) => ChatBody {
  const kept = new Map<string, Kept>();
  return (threadId, parts) => {
    const tail = Buffer.from(parts.at(-1) ?? []).toString("utf8");
    const head = Buffer.concat(parts.slice(0, -1));
    const frame: unknown = tail.startsWith("],") ? JSON.parse(`{${tail.slice(2)}`) : null;
    if (!isJsonObject(frame)) throw new Error("the body of the request has another form");
    const before = kept.get(threadId);
    kept.delete(threadId);
    const messages =
      before !== undefined &&
      head.length >= before.head.length &&
      head.subarray(0, before.head.length).equals(before.head)
        ? Buffer.concat([before.messages, newMessages(head.subarray(before.head.length))])
        : allMessages(head);
    kept.set(threadId, { head, messages });
    if (kept.size > keptThreads) kept.delete(kept.keys().next().value ?? "");
    const tools = (Array.isArray(frame.tools) ? frame.tools : []).filter(isJsonObject);
    const freeform = new Set(tools.flatMap(({ type, name }) => (type === "custom" ? String(name) : [])));
    return { body: [Buffer.from(opening(head)), messages, Buffer.from(closing(frame, tools))], freeform };
  };
}

/** `{"model":..,"messages":[` */
function opening(head: Buffer): string {
  const model = /^\{"model":("(?:[^"\\]|\\.)*"),/.exec(head.subarray(0, 1000).toString("utf8"))?.[1];
  if (model === undefined) throw new Error("the request names no model");
  return `{"model":${model},"messages":[`;
}

function allMessages(head: Buffer): Buffer {
  const body: unknown = JSON.parse(`${head.toString("utf8")}]}`);
  if (!isJsonObject(body) || typeof body.instructions !== "string") throw new Error("the request has no instructions");
  return jsonOf(toMessages(body.instructions, body.input as readonly ResponseItem[]));
}

/** `more`: the items that were added, each with a comma before it. */
function newMessages(more: Buffer): Buffer {
  if (more.length === 0) return more;
  const items = JSON.parse(`[${more.subarray(1).toString("utf8")}]`) as readonly ResponseItem[];
  const json = jsonOf(toMessages(null, items));
  return json.length === 0 ? json : Buffer.concat([Buffer.from(","), json]);
}

const jsonOf = (messages: readonly object[]): Buffer =>
  Buffer.from(messages.map((message) => JSON.stringify(message)).join(","));

function closing(
  frame: Readonly<Record<string, unknown>>,
  tools: readonly Readonly<Record<string, unknown>>[],
): string {
  const effort = isJsonObject(frame.reasoning) ? frame.reasoning.effort : undefined;
  const functions = tools.flatMap((tool) => chatTool(tool) ?? []);
  const rest = {
    ...(functions.length === 0
      ? {}
      : { tools: functions, tool_choice: frame.tool_choice, parallel_tool_calls: frame.parallel_tool_calls }),
    ...(typeof effort === "string" ? { reasoning_effort: effort } : {}),
    stream: true,
    stream_options: { include_usage: true },
  };
  return `],${JSON.stringify(rest).slice(1)}`;
}

/** Null: a tool of the provider's own, which chat does not have. */
function chatTool(tool: Readonly<Record<string, unknown>>): object | null {
  const { type, name, description, parameters } = tool;
  if (type === "function") return { type: "function", function: { name, description, parameters } };
  if (type !== "custom") return null;
  const format = isJsonObject(tool.format) && typeof tool.format.definition === "string" ? tool.format.definition : "";
  const input = { type: "string", description: `Text by this grammar:\n${format}` };
  const schema = { type: "object", properties: { input }, required: ["input"], additionalProperties: false };
  return { type: "function", function: { name, description, parameters: schema } };
}
