import * as z from "zod";
import type { Turn } from "../../../protocol/turns.ts";
import { turnCursor } from "../pages.ts";
import { ThreadRequestError } from "../threads.ts";
import { fold } from "./fold.ts";
import { textOfItem } from "./item-text.ts";
import { checkTerm } from "./search.ts";
import { type Snippet, snippetOf } from "./snippet.ts";

/** A place where a term occurs in a thread. */
export interface Occurrence {
  readonly turnId: string;
  readonly itemId: string;
  /** For `thread/turns/list`: the turn, and what stands beside it. */
  readonly turnCursor: string;
  readonly snippet: Snippet;
}

/** A place in what only grows at its end: turn and item by number, and how many of the item's occurrences were given. */
const Cursor = z.lazy(() =>
  z.object({
    threadId: z.string(),
    searchTerm: z.string(),
    turn: z.int().min(0),
    item: z.int().min(0),
    nth: z.int().min(0),
  }),
);

/** One page, oldest first. @throws ThreadRequestError `badInput` */
export function pageOfOccurrences(
  threadId: string,
  turns: readonly Turn[],
  { term, limit, cursor }: { readonly term: string; readonly limit: number; readonly cursor: string | null },
): { readonly data: readonly Occurrence[]; readonly nextCursor: string | null } {
  checkTerm(term, "thread/searchOccurrences");
  const folded = fold(term);
  const from = cursor === null ? { turn: 0, item: 0, nth: 0 } : parseCursor(cursor, threadId, term);
  const data: Occurrence[] = [];
  for (let turn = from.turn; turn < turns.length; turn += 1) {
    const { id: turnId, items } = turns[turn] ?? { id: "", items: [] };
    for (let item = turn === from.turn ? from.item : 0; item < items.length; item += 1) {
      const of = items[item];
      if (of === undefined) break;
      const text = textOfItem(of);
      const searched = fold(text);
      const skip = turn === from.turn && item === from.item ? from.nth : 0;
      let nth = 0;
      for (let at = searched.indexOf(folded); at !== -1; at = searched.indexOf(folded, at + folded.length), nth += 1) {
        if (nth < skip) continue;
        if (data.length === limit) {
          const next = { threadId, searchTerm: term, turn, item, nth } satisfies z.infer<typeof Cursor>;
          return { data, nextCursor: JSON.stringify(next) };
        }
        const snippet = snippetOf(text, at, at + folded.length);
        data.push({ turnId, itemId: of.id, turnCursor: turnCursor(threadId, turn), snippet });
      }
    }
  }
  return { data, nextCursor: null };
}

function parseCursor(text: string, threadId: string, term: string): z.infer<typeof Cursor> {
  try {
    const parsed = Cursor.safeParse(JSON.parse(text));
    if (parsed.success && parsed.data.threadId === threadId && parsed.data.searchTerm === term) return parsed.data;
  } catch {
    // No cursor of ours; said below.
  }
  throw new ThreadRequestError("badInput", `invalid cursor: ${text.slice(0, 100)}`);
}
