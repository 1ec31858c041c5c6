import { invalidRequest } from "../../protocol/errors.ts";
import type { ClientMethods, Params } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import { initializedClient } from "../connection.ts";
import type { HandlerContext } from "../server.ts";
import { forUser, onThread } from "../thread-errors.ts";
import { pageSize } from "./page-size.ts";

type ListMethod = "thread/list" | "thread/search" | "thread/searchOccurrences" | "thread/metadata/update";

/** No entry is no filter. */
const orAll = <T>(wanted: readonly T[] | null | undefined): readonly T[] | null =>
  wanted === null || wanted === undefined || wanted.length === 0 ? null : wanted;

/**
 * True: a filter that no thread of ours passes. There are no sections here, and a client that asks for one of its own at its start gets an
 * empty one. @throws RpcError for what does not exist here
 */
const isForOthers = (params: Params<ClientMethods, "thread/list">): boolean => {
  const { projectId, sectionId, sortKey } = params;
  if ((projectId ?? null) !== null) throw invalidRequest(`project not found: ${(projectId ?? "").slice(0, 100)}`);
  if (sortKey === "section_position" && (sectionId ?? null) === null) {
    throw invalidRequest("section-position sorting requires a section filter");
  }
  return [sectionId, params.parentThreadId, params.ancestorThreadId, params.attachedToThreadId].some(
    (id) => (id ?? null) !== null,
  );
};

/** Threads of the whole home, loaded or not: lists, full-text search, and what is recorded about a thread as a whole. */
export const threadListHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, ListMethod> => ({
  "thread/list": async (params) => {
    if (isForOthers(params)) return { data: [], readStates: {}, nextCursor: null, backwardsCursor: null };
    const { cwd, sortKey } = params;
    const term = params.searchTerm ?? "";
    const threads = await context.threads();
    const found = await forUser(() =>
      threads.list({
        limit: pageSize(params.limit),
        cursor: params.cursor ?? null,
        sortKey: sortKey === "section_position" ? "created_at" : (sortKey ?? "created_at"),
        direction: params.sortDirection ?? "desc",
        archived: params.archived ?? false,
        cwds: typeof cwd === "string" ? [cwd] : (cwd ?? null),
        modelProviders: orAll(params.modelProviders),
        sources: orAll(params.sourceKinds),
        originators: orAll(params.originators),
        excludedIds: params.excludedThreadIds ?? [],
        searchTerm: term === "" ? null : term,
      }),
    );
    return { ...found, data: [...found.data], readStates: {} };
  },

  "thread/search": async (params) => {
    const { isTurnwright } = initializedClient(context.connection);
    const threads = await context.threads();
    const found = await forUser(() =>
      threads.search({
        term: params.searchTerm,
        limit: pageSize(params.limit),
        cursor: params.cursor ?? null,
        sortKey: params.sortKey ?? "created_at",
        direction: params.sortDirection ?? "desc",
        archived: params.archived ?? false,
        sources: orAll(params.sourceKinds),
      }),
    );
    const data = found.data.map(({ thread, snippet, item }) => ({
      thread,
      snippet,
      ...(isTurnwright ? { match: item } : {}),
    }));
    return { ...found, data };
  },

  "thread/searchOccurrences": async ({ threadId, searchTerm, cursor, limit }) => {
    const threads = await context.threads();
    const page = { term: searchTerm, limit: pageSize(limit), cursor: cursor ?? null };
    const { data, nextCursor } = await onThread("read", threadId, () => threads.occurrences(threadId, page));
    const occurrences = data.map(({ snippet: { text, start, end }, ...of }) => ({
      ...of,
      snippet: text,
      snippetMatchRange: { start, end },
    }));
    return { data: occurrences, nextCursor };
  },

  "thread/metadata/update": async ({ threadId, gitInfo }) => {
    if (gitInfo === null || gitInfo === undefined) {
      throw invalidRequest("thread metadata update must include at least one field");
    }
    const { sha, branch, originUrl } = gitInfo;
    const threads = await context.threads();
    return {
      thread: await onThread("change", threadId, () => threads.updateGit(threadId, { sha, branch, originUrl })),
    };
  },
});
