import * as z from "zod";
import { Thread, ThreadSourceKind } from "./threads.ts";

const limit = z.number().int().min(0).nullish();

/** Full text over all threads. The term is taken as it is, but for upper and lower case. */
const ThreadSearchParams = z.lazy(() =>
  z.object({
    searchTerm: z.string(),
    archived: z.boolean().nullish(),
    cursor: z.string().nullish(),
    limit,
    sortKey: z.enum(["created_at", "updated_at", "recency_at"]).nullish(),
    sortDirection: z.enum(["asc", "desc"]).nullish(),
    sourceKinds: z.array(ThreadSourceKind).max(100).nullish(),
  }),
);
const ThreadSearchResponse = z.lazy(() =>
  z.looseObject({
    data: z.array(
      z.looseObject({
        thread: Thread,
        /** The newest place in the thread that has the term, on one line. */
        snippet: z.string(),
        /** Turnwright's, for clients that opted in: the item of the snippet; null when only the name of the thread has the term. */
        match: z.object({ turnId: z.string(), itemId: z.string() }).nullish(),
      }),
    ),
    nextCursor: z.string().nullish(),
    backwardsCursor: z.string().nullish(),
  }),
);

/** Where a term occurs in one thread, oldest first. */
const ThreadSearchOccurrencesParams = z.lazy(() =>
  z.object({ threadId: z.string(), searchTerm: z.string(), cursor: z.string().nullish(), limit }),
);
const ThreadSearchOccurrencesResponse = z.lazy(() =>
  z.looseObject({
    data: z.array(
      z.looseObject({
        turnId: z.string(),
        itemId: z.string(),
        /** For thread/turns/list: the turn, and what stands beside it. */
        turnCursor: z.string(),
        snippet: z.string(),
        /** In UTF-16 units of the snippet. */
        snippetMatchRange: z.object({ start: z.number(), end: z.number() }),
      }),
    ),
    nextCursor: z.string().nullish(),
  }),
);

/** A member that is not there stays as it is, null clears it. */
const ThreadMetadataUpdateParams = z.lazy(() =>
  z.object({
    threadId: z.string(),
    gitInfo: z
      .object({ sha: z.string().nullish(), branch: z.string().nullish(), originUrl: z.string().nullish() })
      .nullish(),
  }),
);
const ThreadMetadataUpdateResponse = z.lazy(() => z.looseObject({ thread: Thread }));

export const threadSearchMethods = {
  /**
   * Full-text search over all stored threads, a page at a time, each hit with its newest place.
   * @error `invalid cursor: …`: not one of this search.
   */
  "thread/search": { params: ThreadSearchParams, result: ThreadSearchResponse, experimental: true },
  /**
   * Where a text occurs in one thread, a page at a time.
   * @error `no rollout found for thread id <id>`: there is none.
   */
  "thread/searchOccurrences": {
    params: ThreadSearchOccurrencesParams,
    result: ThreadSearchOccurrencesResponse,
    experimental: true,
  },
  /**
   * Corrects what is known of the repository that a thread works in.
   * @error `no rollout found for thread id <id>`: there is none.
   */
  "thread/metadata/update": { params: ThreadMetadataUpdateParams, result: ThreadMetadataUpdateResponse },
} as const;
