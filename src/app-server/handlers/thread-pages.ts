import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";
import { onThread } from "../thread-errors.ts";
import { pageSize } from "./page-size.ts";

type PageMethod = "thread/loaded/list" | "thread/turns/list" | "thread/items/list";

/** What is read of threads page by page. */
export const threadPageHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, PageMethod> => ({
  "thread/loaded/list": async ({ cursor, limit }) => {
    const threads = await context.threads();
    // A cursor is the last id of a page: a place in the order, whether that thread is still loaded or not.
    const rest = threads.loaded().filter((id) => id > (cursor ?? ""));
    const data = rest.slice(0, pageSize(limit));
    return { data, nextCursor: data.length < rest.length ? (data.at(-1) ?? null) : null };
  },

  "thread/turns/list": async ({ threadId, cursor, limit, itemsView, sortDirection }) => {
    const threads = await context.threads();
    const page = { limit: pageSize(limit), cursor: cursor ?? null, direction: sortDirection ?? "desc" } as const;
    const turns = () => threads.turns(threadId, { ...page, itemsView: itemsView ?? "summary" });
    const found = await onThread("read", threadId, turns);
    return { ...found, data: [...found.data] };
  },

  "thread/items/list": async ({ threadId, turnId, cursor, limit, sortDirection }) => {
    const threads = await context.threads();
    const page = { limit: pageSize(limit), cursor: cursor ?? null, direction: sortDirection ?? "asc" } as const;
    const found = await onThread("read", threadId, () => threads.items(threadId, { ...page, turnId: turnId ?? null }));
    return { ...found, data: found.data.map((entry) => ({ ...entry })) };
  },
});
