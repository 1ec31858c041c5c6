import type { TurnRequest } from "../../core/thread/turn-pages.ts";
import type { ClientMethods, Params } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { pageSize } from "./page-size.ts";

type PageMethod = "thread/loaded/list" | "thread/turns/list" | "thread/items/list";

/** A page of turns, as a client asks for it: the newest first, and of each what the user wrote and the last answer. */
export const turnRequest = ({
  cursor,
  limit,
  itemsView,
  sortDirection,
}: Omit<Params<ClientMethods, "thread/turns/list">, "threadId">): TurnRequest => ({
  limit: pageSize(limit),
  cursor: cursor ?? null,
  direction: sortDirection ?? "desc",
  itemsView: itemsView ?? "summary",
});

/** What is read of threads page by page. */
export const threadPageHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, PageMethod> => ({
  "thread/loaded/list": async ({ cursor, limit }) => {
    const threads = await context.threads();
    // A cursor is the last id of a page: a place in the order, whether that thread is still loaded or not.
    const rest = threads.loaded().filter((id) => id > (cursor ?? ""));
    const data = rest.slice(0, pageSize(limit));
    return { data, nextCursor: data.length < rest.length ? (data.at(-1) ?? null) : null };
  },

  "thread/turns/list": async ({ threadId, ...params }) => {
    const threads = await context.threads();
    const found = await onThread("read", threadId, () => threads.turns(threadId, turnRequest(params)));
    return { ...found, data: [...found.data] };
  },

  "thread/items/list": async ({ threadId, turnId, cursor, limit, sortDirection }) => {
    const threads = await context.threads();
    const page = { limit: pageSize(limit), cursor: cursor ?? null, direction: sortDirection ?? "asc" } as const;
    const found = await onThread("read", threadId, () => threads.items(threadId, { ...page, turnId: turnId ?? null }));
    return { ...found, data: found.data.map((entry) => ({ ...entry })) };
  },
});
