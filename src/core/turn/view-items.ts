import type { ItemOf, WebSearchAction } from "../../protocol/items.ts";
import type { UserInput } from "../../protocol/settings.ts";
import type { MessageItem, ReasoningResponseItem, WebSearchCall } from "../model/types.ts";

/**
 * Items of the view out of items of the model, as pure functions: what is shown while a turn runs and what is rebuilt from a rollout
 * come from the same place. Members and their order follow the wire (codex app-server 0.169.0).
 */
interface Times {
  readonly id: string;
  readonly startedAtMs: number;
  readonly completedAtMs: number | null;
}

export const userMessage = ({
  id,
  clientId,
  content,
  startedAtMs,
  completedAtMs,
}: Times & { readonly clientId: string | null; readonly content: readonly UserInput[] }): ItemOf<"userMessage"> => ({
  type: "userMessage",
  id,
  clientId,
  content: [...content],
  startedAtMs,
  completedAtMs,
});

/** `isPartial` marks a text that was cut short; its phase is then `partial_answer`. */
export const agentMessage = (
  message: Pick<MessageItem, "content" | "phase">,
  { id, startedAtMs, completedAtMs, isPartial }: Times & { readonly isPartial: boolean },
): ItemOf<"agentMessage"> => ({
  type: "agentMessage",
  moderation: null,
  id,
  text: messageText(message),
  phase: isPartial ? "partial_answer" : (message.phase ?? null),
  memoryCitation: null,
  delivery: null,
  questions: null,
  startedAtMs,
  completedAtMs,
});

export const reasoning = (
  { summary, content }: Pick<ReasoningResponseItem, "summary" | "content">,
  { id, startedAtMs, completedAtMs }: Times,
): ItemOf<"reasoning"> => ({
  type: "reasoning",
  id,
  summary: summary.map((part) => part.text),
  content: (content ?? []).map((part) => part.text),
  startedAtMs,
  completedAtMs,
});

export const webSearch = (
  { action }: Pick<WebSearchCall, "action">,
  { id, startedAtMs, completedAtMs }: Times,
): ItemOf<"webSearch"> => ({
  type: "webSearch",
  id,
  query: queryOf(action),
  action: action === undefined ? null : wireAction(action),
  results: null,
  startedAtMs,
  completedAtMs,
});

type SearchAction = NonNullable<WebSearchCall["action"]>;

function queryOf(action: SearchAction | undefined): string {
  switch (action?.type) {
    case "search":
      return action.query ?? action.queries?.join("; ") ?? "";
    case "open_page":
      return action.url ?? "";
    case "find_in_page":
      return `'${action.pattern ?? ""}' in ${action.url ?? ""}`;
    case undefined:
      return "";
    default:
      return action satisfies never;
  }
}

function wireAction(action: SearchAction): WebSearchAction {
  switch (action.type) {
    case "search":
      return {
        type: "search",
        query: action.query ?? null,
        queries: action.queries === undefined ? null : [...action.queries],
      };
    case "open_page":
      return { type: "openPage", url: action.url ?? null };
    case "find_in_page":
      return { type: "findInPage", url: action.url ?? null, pattern: action.pattern ?? null };
    default:
      return action satisfies never;
  }
}

/** `summary`: what stands for the earlier part of the conversation, where it can be read. */
export const contextCompaction = ({
  id,
  summary,
  startedAtMs,
  completedAtMs,
}: Times & { readonly summary: string | null }): ItemOf<"contextCompaction"> => ({
  type: "contextCompaction",
  id,
  ...(summary === null ? {} : { summary }),
  startedAtMs,
  completedAtMs,
});

/** What an assistant's message says; a refusal is part of it. */
export const messageText = ({ content }: Pick<MessageItem, "content">): string =>
  content
    .map((part) => (part.type === "output_text" ? part.text : part.type === "refusal" ? part.refusal : ""))
    .join("");
