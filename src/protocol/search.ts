import * as z from "zod";
import type { MethodTable, NotificationTable } from "./methods.ts";

/** Chosen by the client, for one connection. */
const SessionId = z.string().max(1000);
const Roots = z.array(z.string()).max(64);

const FuzzyFileSearchResult = z.lazy(() =>
  z.looseObject({
    /** As the client wrote it. */
    root: z.string(),
    /** Relative to the root. */
    path: z.string(),
    match_type: z.enum(["file", "directory"]),
    file_name: z.string(),
    /** Higher is better; a match within the name goes before any other. */
    score: z.number().int().min(0),
    /** Which characters of `path` (code points) matched, ascending. */
    indices: z.array(z.number().int().min(0)).nullish(),
  }),
);
export type FuzzyFileSearchResult = z.infer<typeof FuzzyFileSearchResult>;
const Files = z.lazy(() => z.array(FuzzyFileSearchResult));

const done = z.looseObject({});

/** Files by a part of their path. The sessions, which keep the list of files between two letters, are experimental. */
export const searchMethods = {
  /**
   * Files whose path has the letters of the query in this order, best first.
   * @error `fuzzyFileSearch roots must be absolute paths: …`
   */
  fuzzyFileSearch: {
    params: z.object({
      query: z.string(),
      roots: Roots,
      /** A request ends an earlier one with the same token, which finds nothing then. */
      cancellationToken: z.string().nullish(),
    }),
    result: z.lazy(() => z.looseObject({ files: Files })),
  },
  /**
   * Begins a search whose query will change, as a user types; the list of files is kept meanwhile.
   * @error `sessionId must not be empty`
   * @error `fuzzyFileSearch roots must be absolute paths: …`
   * @error This client has as many sessions as it may.
   */
  "fuzzyFileSearch/sessionStart": {
    params: z.object({ sessionId: SessionId, roots: Roots }),
    result: done,
    experimental: true,
  },
  /**
   * Sets the query of a session.
   * @notifies fuzzyFileSearch/sessionUpdated, fuzzyFileSearch/sessionCompleted
   * @error `fuzzy file search session not found: …`
   */
  "fuzzyFileSearch/sessionUpdate": {
    params: z.object({ sessionId: SessionId, query: z.string() }),
    result: done,
    experimental: true,
  },
  /** Ends a session. */
  "fuzzyFileSearch/sessionStop": { params: z.object({ sessionId: SessionId }), result: done, experimental: true },
} as const satisfies MethodTable;

export const searchNotifications = {
  /** The best files so far, best first. */
  "fuzzyFileSearch/sessionUpdated": z.lazy(() =>
    z.looseObject({ sessionId: z.string(), query: z.string(), files: Files }),
  ),
  /** The last update was the final one for its query. */
  "fuzzyFileSearch/sessionCompleted": z.lazy(() => z.looseObject({ sessionId: z.string() })),
} as const satisfies NotificationTable;
