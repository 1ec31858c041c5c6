import type { ContentPart, ResponseItem, WebSearchCall } from "./types.ts";

/** What a server sends may have any shape; every member is looked at before it is used. */
type Json = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export type ParsedItem =
  | { readonly kind: "known"; readonly item: ResponseItem }
  /** A type that we do not know; skipped. */
  | { readonly kind: "unknown" }
  /** A type that we know, without what makes it usable, such as a call without its `call_id`. */
  | { readonly kind: "malformed"; readonly what: string };

/**
 * Reads an output item of a response loosely: unknown members and content parts are left out, absent texts are empty.
 */
export function parseItem(value: unknown): ParsedItem {
  if (!isJsonObject(value) || typeof value.type !== "string")
    return { kind: "malformed", what: "an item without a type" };
  switch (value.type) {
    case "message":
      return {
        kind: "known",
        item: {
          type: "message",
          ...id(value),
          role: "assistant",
          ...(typeof value.status === "string" ? { status: value.status } : {}),
          ...(value.phase === "commentary" || value.phase === "final_answer" ? { phase: value.phase } : {}),
          content: list(value.content).flatMap(contentPart),
        },
      };
    case "reasoning":
      return {
        kind: "known",
        item: {
          type: "reasoning",
          ...id(value),
          summary: list(value.summary).flatMap((part) =>
            isJsonObject(part) ? [{ type: "summary_text" as const, text: text(part.text) }] : [],
          ),
          ...(Array.isArray(value.content)
            ? {
                content: list(value.content).flatMap((part) =>
                  isJsonObject(part) ? [{ type: text(part.type), text: text(part.text) }] : [],
                ),
              }
            : {}),
          ...(typeof value.encrypted_content === "string" ? { encrypted_content: value.encrypted_content } : {}),
        },
      };
    case "function_call":
    case "custom_tool_call": {
      const { call_id: callId, name } = value;
      if (typeof callId !== "string" || callId === "" || typeof name !== "string" || name === "") {
        return { kind: "malformed", what: `a ${value.type} without a call_id or a name` };
      }
      const call = { ...id(value), call_id: callId, name };
      return {
        kind: "known",
        item:
          value.type === "function_call"
            ? { type: "function_call", ...call, arguments: text(value.arguments) }
            : { type: "custom_tool_call", ...call, input: text(value.input) },
      };
    }
    case "web_search_call": {
      const action = searchAction(value.action);
      return {
        kind: "known",
        item: {
          type: "web_search_call",
          ...id(value),
          ...(typeof value.status === "string" ? { status: value.status } : {}),
          ...(action === null ? {} : { action }),
        },
      };
    }
    case "compaction":
      return typeof value.encrypted_content === "string" && value.encrypted_content !== ""
        ? { kind: "known", item: { type: "compaction", ...id(value), encrypted_content: value.encrypted_content } }
        : { kind: "malformed", what: "a compaction without its content" };
    default:
      return { kind: "unknown" };
  }
}

function searchAction(value: unknown): NonNullable<WebSearchCall["action"]> | null {
  if (!isJsonObject(value)) return null;
  const url = typeof value.url === "string" ? { url: value.url } : {};
  switch (value.type) {
    case "search": {
      const queries = list(value.queries).filter((query) => typeof query === "string");
      return {
        type: "search",
        ...(typeof value.query === "string" ? { query: value.query } : {}),
        ...(queries.length === 0 ? {} : { queries }),
      };
    }
    case "open_page":
      return { type: "open_page", ...url };
    case "find_in_page":
      return { type: "find_in_page", ...url, ...(typeof value.pattern === "string" ? { pattern: value.pattern } : {}) };
    default:
      return null;
  }
}

/**
 * Reads what a compaction left of the input: the user's words and what stands for the rest. Null: there is nothing that stands for the rest,
 * so it is no compaction.
 */
export function parseCompacted(output: unknown): ResponseItem[] | null {
  const items = list(output).flatMap((value): ResponseItem[] => {
    if (isJsonObject(value) && value.type === "message" && value.role === "user") {
      const content = list(value.content).flatMap((part): ContentPart[] =>
        isJsonObject(part) && part.type === "input_text" ? [{ type: "input_text", text: text(part.text) }] : [],
      );
      return content.length === 0 ? [] : [{ type: "message", role: "user", content }];
    }
    const parsed = parseItem(value);
    return parsed.kind === "known" && parsed.item.type === "compaction" ? [parsed.item] : [];
  });
  return items.some(({ type }) => type === "compaction") ? items : null;
}

function contentPart(part: unknown): ContentPart[] {
  if (!isJsonObject(part)) return [];
  if (part.type === "output_text") return [{ type: "output_text", text: text(part.text) }];
  if (part.type === "refusal") return [{ type: "refusal", refusal: text(part.refusal) }];
  return [];
}

function id(value: Json): { readonly id?: string } {
  return typeof value.id === "string" && value.id !== "" ? { id: value.id } : {};
}
function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
