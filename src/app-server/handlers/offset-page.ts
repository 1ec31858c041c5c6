import { invalidRequest } from "../../protocol/errors.ts";

/**
 * One page of a short list that is always made as a whole. The cursor is the place of the next entry; the words of the errors are those
 * of the protocol, `what` names the entries.
 */
export function offsetPage<T>(
  all: readonly T[],
  page: { readonly cursor?: string | null | undefined; readonly limit?: number | null | undefined },
  what: string,
): { data: T[]; nextCursor: string | null } {
  const from = offsetOf(page.cursor);
  if (from > all.length) throw invalidRequest(`cursor ${from} exceeds total ${what} ${all.length}`);
  // A page of nothing would be followed by itself.
  const to = from + Math.max(1, page.limit ?? all.length);
  return { data: all.slice(from, to), nextCursor: to < all.length ? String(to) : null };
}

const offsetOf = (cursor: string | null | undefined): number => {
  if (cursor === null || cursor === undefined) return 0;
  if (/^\d{1,9}$/u.test(cursor)) return Number(cursor);
  throw invalidRequest(`invalid cursor: ${cursor.slice(0, 100)}`);
};
