/**
 * What the scripted model answers, as data. An answer is either a stream of output items with one ending, or one of the
 * failures that a test needs. Nothing here does I/O; `server.ts` plays an answer over HTTP.
 */
export type Answer = StreamAnswer | FloodAnswer | RawAnswer | ErrorAnswer;

/** One output item. `id` and `callId` are made up by the server where they are left out. */
export type ScriptItem = MessageScript | ReasoningScript | FunctionCallScript | CustomToolCallScript;
export interface MessageScript {
  readonly type: "message";
  readonly id?: string;
  readonly text: string;
  readonly phase?: "commentary" | "final_answer";
}
export interface ReasoningScript {
  readonly type: "reasoning";
  readonly id?: string;
  /** Summary parts, in order. */
  readonly summary: readonly string[];
  /** Raw reasoning text, as open models send it. */
  readonly content?: string;
  readonly encryptedContent?: string;
}
export interface FunctionCallScript {
  readonly type: "function_call";
  readonly id?: string;
  readonly callId?: string;
  readonly name: string;
  /** JSON text; need not be valid, models get it wrong too. */
  readonly arguments: string;
}
export interface CustomToolCallScript {
  readonly type: "custom_tool_call";
  readonly id?: string;
  readonly callId?: string;
  readonly name: string;
  readonly input: string;
}

/** How fast a stream goes. */
export interface Pace {
  /** Characters per delta (never splits a code point); `word`: about a token each. */
  readonly deltaSize: number | "word";
  /** Pause between deltas of text, in ms. 0: as fast as the socket takes it. */
  readonly delayMs: number;
}
export const instant: Pace = { deltaSize: 20, delayMs: 0 };

/** How a stream ends. `afterEvents` counts SSE events from `response.created` on. */
export type Ending =
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "incomplete"; readonly reason: string }
  /** All items are sent and the body ends cleanly, but `response.completed` never comes. */
  | { readonly kind: "withoutCompleted" }
  /** The socket is destroyed. */
  | { readonly kind: "disconnect"; readonly afterEvents: number }
  /** Nothing more is sent and the socket stays open until the client or the server closes it. */
  | { readonly kind: "hang"; readonly afterEvents: number };

export interface UsageScript {
  readonly inputTokens?: number;
  readonly cachedTokens?: number;
  readonly outputTokens?: number;
}

export interface StreamAnswer {
  readonly kind: "stream";
  readonly items: readonly ScriptItem[];
  readonly pace?: Pace;
  readonly ending?: Ending;
  readonly headers?: Readonly<Record<string, string>>;
  /** Counts that replace the estimated ones. */
  readonly usage?: UsageScript;
}
/** One message of `deltas` text deltas of `size` characters, rendered beforehand so that sending it costs next to nothing. */
export interface FloodAnswer {
  readonly kind: "flood";
  readonly deltas: number;
  readonly size: number;
}
/** The body, verbatim, with status 200 and the content type of an event stream. */
export interface RawAnswer {
  readonly kind: "raw";
  readonly body: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface ErrorAnswer {
  readonly kind: "error";
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Text is sent as it is, anything else as JSON. Left out: an error object of the API's shape. */
  readonly body?: unknown;
}

/** Assistant text. */
export const message = (text: string, phase?: MessageScript["phase"]): MessageScript => ({
  type: "message",
  text,
  ...(phase && { phase }),
});
/** Reasoning with one summary part per argument. */
export const reasoning = (...summary: string[]): ReasoningScript => ({ type: "reasoning", summary });
/** A function call; the arguments are given as a value. */
export const functionCall = (name: string, args: object, callId?: string): FunctionCallScript => ({
  type: "function_call",
  name,
  arguments: JSON.stringify(args),
  ...(callId !== undefined && { callId }),
});
export const customToolCall = (name: string, input: string, callId?: string): CustomToolCallScript => ({
  type: "custom_tool_call",
  name,
  input,
  ...(callId !== undefined && { callId }),
});
/** A stream of these items that ends well, as fast as possible. */
export const answer = (...items: ScriptItem[]): StreamAnswer => ({ kind: "stream", items });
