import * as z from "zod";

/**
 * A request to the Responses API, read as far as a script needs it. Members that are not named here are ignored. A request
 * that the real API would refuse is refused: bad shapes, and calls that do not come in pairs with their outputs.
 */
const Part = z.looseObject({ type: z.string(), text: z.string().optional() });
const Content = z.union([z.string(), z.array(Part)]);
const Message = z.looseObject({
  type: z.literal("message").default("message"),
  role: z.enum(["system", "developer", "user", "assistant"]),
  content: Content,
});
const FunctionCall = z.looseObject({
  type: z.literal("function_call"),
  call_id: z.string(),
  name: z.string(),
  arguments: z.string(),
});
const CustomToolCall = z.looseObject({
  type: z.literal("custom_tool_call"),
  call_id: z.string(),
  name: z.string(),
  input: z.string(),
});
const Output = z.looseObject({
  type: z.enum(["function_call_output", "custom_tool_call_output"]),
  call_id: z.string(),
  output: Content,
});
const knownItems = {
  message: Message,
  function_call: FunctionCall,
  custom_tool_call: CustomToolCall,
  function_call_output: Output,
  custom_tool_call_output: Output,
};
const isKnown = (type: string): type is keyof typeof knownItems => Object.hasOwn(knownItems, type);
const Item = z.looseObject({ type: z.string().default("message") }).transform((item, context) => {
  if (!isKnown(item.type)) return { type: "other" as const };
  const parsed = knownItems[item.type].safeParse(item);
  if (parsed.success) return parsed.data;
  for (const { message, path } of parsed.error.issues) context.addIssue({ code: "custom", message, path });
  return z.NEVER;
});
const Body = z.looseObject({
  model: z.string().min(1),
  stream: z.literal(true, { error: "only streamed responses are supported" }),
  instructions: z.string().nullish(),
  input: z.preprocess(
    (input) => (typeof input === "string" ? [{ role: "user", content: input }] : input),
    z.array(Item),
  ),
  tools: z.array(z.looseObject({ type: z.string(), name: z.string().optional() })).default([]),
  prompt_cache_key: z.string().nullish(),
});
type Body = z.infer<typeof Body>;

/** A call of the model with what came back. */
export interface ToolExchange {
  readonly name: string;
  /** The arguments (JSON text) of a function call, the input of a custom one. */
  readonly payload: string;
  /** Text parts joined; images are left out. */
  readonly output: string;
}

/** What a script sees of one request. */
export interface ModelRequest {
  readonly model: string;
  /** `prompt_cache_key`: names the thread, where the client sends it. */
  readonly cacheKey: string | null;
  /** The parsed body, whole. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Everything the user wrote, oldest first; what the client adds around it (environment, AGENTS.md ...) is left out. */
  readonly userTexts: readonly string[];
  /** Calls since the last thing the user wrote, in order. */
  readonly exchanges: readonly ToolExchange[];
  /** Tools on offer: name to kind (`function`, `custom`). */
  readonly tools: ReadonlyMap<string, string>;
  /** Developer messages, oldest first; the later ones hold. */
  readonly developerTexts: readonly string[];
}

type Parsed = { readonly ok: true; readonly request: ModelRequest } | { readonly ok: false; readonly message: string };

/** Reads a request body. The message of a refusal has the words of the API where a client may look at them. */
export function parseRequest(json: unknown): Parsed {
  const parsed = Body.safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { ok: false, message: `Invalid request: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "bad shape"}` };
  }
  const unpaired = findUnpaired(parsed.data);
  return unpaired === null ? { ok: true, request: view(parsed.data) } : { ok: false, message: `${unpaired}.` };
}

/** Every call needs exactly one output later on, every output a call before it. */
function findUnpaired({ input }: Body): string | null {
  const open = new Set<string>();
  for (const item of input) {
    if (item.type === "function_call" || item.type === "custom_tool_call") open.add(item.call_id);
    if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
      const kind = item.type === "function_call_output" ? "function call output" : "custom tool call output";
      if (!open.delete(item.call_id)) return `No tool call found for ${kind} with call_id ${item.call_id}`;
    }
  }
  const [first] = open;
  return first === undefined ? null : `No tool output found for function call ${first}`;
}

function view(body: Body): ModelRequest {
  const userTexts: string[] = [];
  const developerTexts: string[] = [];
  let calls = new Map<string, { name: string; payload: string }>();
  let exchanges: ToolExchange[] = [];
  for (const item of body.input) {
    switch (item.type) {
      case "message": {
        const texts = partsOf(item.content);
        if (item.role === "developer" || item.role === "system") developerTexts.push(...texts);
        const written =
          item.role === "user"
            ? texts
                .filter((text) => !isContext(text))
                .join("\n")
                .trim()
            : "";
        if (written === "") break;
        userTexts.push(written);
        calls = new Map();
        exchanges = [];
        break;
      }
      case "function_call":
        calls.set(item.call_id, { name: item.name, payload: item.arguments });
        break;
      case "custom_tool_call":
        calls.set(item.call_id, { name: item.name, payload: item.input });
        break;
      case "function_call_output":
      case "custom_tool_call_output": {
        const call = calls.get(item.call_id);
        if (call) exchanges.push({ ...call, output: partsOf(item.output).join("\n") });
        break;
      }
      case "other":
        break;
    }
  }
  const tools = new Map(body.tools.flatMap(({ name, type }) => (name === undefined ? [] : [[name, type]])));
  return {
    model: body.model,
    cacheKey: body.prompt_cache_key ?? null,
    body,
    userTexts,
    exchanges,
    tools,
    developerTexts,
  };
}

const partsOf = (content: z.infer<typeof Content>): string[] =>
  typeof content === "string" ? [content] : content.flatMap(({ text }) => (text === undefined ? [] : [text]));

/** What clients put into user messages on their own: one element with a snake_case or known name, or an AGENTS.md text. */
const isContext = (text: string): boolean =>
  text.startsWith("# AGENTS.md instructions") ||
  /^\s*<([a-z]+_[a-z_]+|skill)>[\s\S]*<\/\1>\s*$/.test(text) ||
  /^\s*<\/?image[^>]*>\s*$/.test(text);
