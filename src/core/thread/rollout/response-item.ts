import * as z from "zod";
import type { ResponseItem } from "../../model/types.ts";

const text = z.string();

export const contentPart = z.union([
  z.looseObject({ type: z.enum(["input_text", "output_text"]), text }),
  z.looseObject({ type: z.literal("refusal"), refusal: text }),
  z.looseObject({ type: z.string().refine((type) => !["input_text", "output_text", "refusal"].includes(type)) }),
]);
export const textParts = z.array(z.looseObject({ type: text, text }));
const body = z.union([text, z.array(contentPart)]);
const call = { call_id: text.min(1), name: text };

/** An item of the model's history; what is checked is what would otherwise break the view or each later request. */
export const responseItem = z.discriminatedUnion("type", [
  z.looseObject({
    type: z.literal("message"),
    role: z.enum(["developer", "user", "assistant"]),
    phase: z.enum(["commentary", "final_answer"]).nullish(),
    content: z.array(contentPart),
  }),
  z.looseObject({ type: z.literal("reasoning"), summary: textParts, content: textParts.nullish() }),
  z.looseObject({ type: z.literal("function_call"), ...call, arguments: text }),
  z.looseObject({ type: z.literal("custom_tool_call"), ...call, input: text }),
  z.looseObject({ type: z.literal("function_call_output"), call_id: text.min(1), output: body }),
  z.looseObject({ type: z.literal("custom_tool_call_output"), call_id: text.min(1), output: body }),
  z.looseObject({
    type: z.literal("web_search_call"),
    action: z
      .discriminatedUnion("type", [
        z.looseObject({ type: z.literal("search"), query: text.optional(), queries: z.array(text).optional() }),
        z.looseObject({ type: z.literal("open_page"), url: text.optional() }),
        z.looseObject({ type: z.literal("find_in_page"), url: text.optional(), pattern: text.optional() }),
      ])
      .optional(),
  }),
  z.looseObject({ type: z.literal("compaction"), encrypted_content: text }),
]);

/** What is wrong with a value as an item, in a few words; null: nothing. */
export function itemFault(value: unknown): string | null {
  const parsed = responseItem.safeParse(value);
  if (parsed.success) return null;
  const issue = parsed.error.issues[0];
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  return `${where}${issue?.message ?? "it is no item"}`;
}

export const isResponseItem = (value: unknown): value is ResponseItem => itemFault(value) === null;
