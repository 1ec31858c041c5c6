import type { CodexErrorInfo } from "../../protocol/turns.ts";

/**
 * An item of the Responses API, with the members that we know; others are dropped when a response is read. It becomes JSON text once
 * (`serializeItem` in thread/history.ts), and that text is what is recorded and sent from then on.
 */
export type ResponseItem =
  | MessageItem
  | ReasoningResponseItem
  | FunctionCall
  | CustomToolCall
  | {
      readonly type: "function_call_output";
      readonly id?: string;
      readonly call_id: string;
      readonly output: ToolOutputBody;
    }
  | {
      readonly type: "custom_tool_call_output";
      readonly id?: string;
      readonly call_id: string;
      readonly output: ToolOutputBody;
    }
  | WebSearchCall
  | CompactionResponseItem;

export type ContentPart =
  | { readonly type: "input_text"; readonly text: string }
  | { readonly type: "input_image"; readonly image_url: string; readonly detail?: string }
  | { readonly type: "output_text"; readonly text: string; readonly annotations?: readonly unknown[] }
  | { readonly type: "refusal"; readonly refusal: string };

export interface MessageItem {
  readonly type: "message";
  readonly id?: string;
  readonly role: "developer" | "user" | "assistant";
  readonly status?: string;
  readonly phase?: "commentary" | "final_answer" | null;
  readonly content: readonly ContentPart[];
}
export interface ReasoningResponseItem {
  readonly type: "reasoning";
  readonly id?: string;
  readonly summary: readonly { readonly type: "summary_text"; readonly text: string }[];
  readonly content?: readonly { readonly type: string; readonly text: string }[] | null;
  readonly encrypted_content?: string | null;
}
export interface FunctionCall {
  readonly type: "function_call";
  readonly id?: string;
  readonly call_id: string;
  readonly name: string;
  readonly arguments: string;
}
export interface CustomToolCall {
  readonly type: "custom_tool_call";
  readonly id?: string;
  readonly call_id: string;
  readonly name: string;
  readonly input: string;
}
/** The provider's own search, which it has done by itself. */
export interface WebSearchCall {
  readonly type: "web_search_call";
  readonly id?: string;
  readonly status?: string;
  readonly action?:
    | { readonly type: "search"; readonly query?: string; readonly queries?: readonly string[] }
    | { readonly type: "open_page"; readonly url?: string }
    | { readonly type: "find_in_page"; readonly url?: string; readonly pattern?: string };
}
/** What a provider made of an earlier part of the conversation; only it can read it. */
export interface CompactionResponseItem {
  readonly type: "compaction";
  readonly id?: string;
  readonly encrypted_content: string;
}
export type ToolOutputBody = string | readonly ContentPart[];

/** Tokens of one response, as the provider counted them. */
export interface Usage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningOutputTokens: number;
  readonly totalTokens: number;
}

/** One parsed event of a response stream. Delivered in order, synchronously; the listener must not throw. */
export type ModelEvent =
  /** An output item began. Its text is not complete. Items of types that we do not know are not announced. */
  | { readonly type: "itemAdded"; readonly item: ResponseItem }
  | { readonly type: "textDelta"; readonly itemId: string; readonly delta: string }
  | { readonly type: "reasoningSummaryPartAdded"; readonly itemId: string; readonly summaryIndex: number }
  | {
      readonly type: "reasoningSummaryDelta";
      readonly itemId: string;
      readonly summaryIndex: number;
      readonly delta: string;
    }
  | {
      readonly type: "reasoningTextDelta";
      readonly itemId: string;
      readonly contentIndex: number;
      readonly delta: string;
    }
  /** An output item is complete. */
  | { readonly type: "itemDone"; readonly item: ResponseItem };

/** Why a request to the model failed. `message` is written for the user and says what to do next. */
export interface ModelFailure {
  readonly message: string;
  readonly info: CodexErrorInfo;
  /** What the server said, for the curious; never a secret. */
  readonly details: string | null;
  /** `no`: would fail again. `stream`: may be tried again. `network`: no connection; worth waiting for. */
  readonly retry: "no" | "stream" | "network";
  /** What the server asked for with `retry-after` or in words; null: back off by our own rule. */
  readonly retryAfterMs: number | null;
}

export type ResponseOutcome =
  | { readonly kind: "completed"; readonly responseId: string; readonly usage: Usage | null }
  | { readonly kind: "failed"; readonly failure: ModelFailure }
  /** The signal aborted. */
  | { readonly kind: "aborted" };

/** How a provider makes room: by its own endpoint, by an item that asks for it, or by an ordinary request for a summary. */
export type CompactionKind = "endpoint" | "trigger" | "summary";

export type CompactOutcome =
  /** What takes the place of the input. `usage` null: the provider told none. */
  | { readonly kind: "compacted"; readonly output: readonly ResponseItem[]; readonly usage: Usage | null }
  /** There is no such endpoint. */
  | { readonly kind: "unavailable" }
  | Exclude<ResponseOutcome, { readonly kind: "completed" }>;

export interface ModelRequest {
  /** The JSON body as a list of buffers, in order; sent with its content-length, never copied into one. */
  readonly body: readonly Uint8Array[];
  readonly threadId: string;
  /** Becomes the `originator` header. */
  readonly originator: string;
  readonly userAgent: string;
}

/** A connection to one provider. Kept for the life of the process; connections are reused. */
export interface ModelClient {
  /**
   * Sends one request and reads its stream to the end. Tries again by itself only what is invisible to the user (5xx before the stream
   * began, at most `request_max_retries` times). Never rejects.
   */
  createResponse(
    request: ModelRequest,
    onEvent: (event: ModelEvent) => void,
    signal: AbortSignal,
  ): Promise<ResponseOutcome>;
  /** How it compacts. What the server turned out not to have is not tried again in this process: then it is `summary`. */
  readonly compaction: CompactionKind;
  /** `POST {base_url}/responses/compact`. Never rejects. */
  compact(request: ModelRequest, signal: AbortSignal): Promise<CompactOutcome>;
  /** Opens a connection in the background, so that the first request does not wait for it. */
  warmUp(): void;
  close(): Promise<void>;
}

/** What the catalogue knows of a model. Unknown models get safe defaults. */
export interface ModelInfo {
  readonly slug: string;
  readonly displayName: string;
  readonly description: string;
  readonly isKnown: boolean;
  /** Tokens that fit in the window; already reduced by what the provider keeps for itself. */
  readonly contextWindow: number;
  readonly efforts: readonly string[];
  readonly defaultEffort: string | null;
  readonly inputModalities: readonly ("text" | "image")[];
  /** `freeform`: takes a custom tool with a grammar; `function`: plain function tools only. */
  readonly patchTool: "freeform" | "function";
  /** `low` where the model takes `text.verbosity`; null: the member is left out. */
  readonly verbosity: "low" | null;
  /** Bytes of tool output that go back to the model by default. */
  readonly maxToolOutputBytes: number;
}
