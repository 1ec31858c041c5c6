import path from "node:path";
import type { SearchSession } from "../../core/search/search.ts";
import { errorCodes, invalidRequest, RpcError } from "../../protocol/errors.ts";
import type { ClientMethods } from "../../protocol/methods.ts";
import type { Handlers } from "../../rpc/connection.ts";
import type { HandlerContext } from "../server.ts";

type SearchMethod = Extract<keyof ClientMethods, `fuzzyFileSearch${string}`>;

const maxSessions = 16;

/** Null while it is being opened. */
type Slot = { session: SearchSession | null; query: string | null };

const checkRoots = (roots: readonly string[]): void => {
  const relative = roots.find((root) => !path.isAbsolute(root));
  if (relative !== undefined)
    throw invalidRequest(`fuzzyFileSearch roots must be absolute paths: ${relative.slice(0, 200)}`);
};

/** Files by a part of their path. Tokens and sessions are the client's own and end with it. */
export const searchHandlers = (context: HandlerContext): Pick<Handlers<ClientMethods>, SearchMethod> => {
  const search = async () => (await context.options.workspace()).search;
  const byToken = new Map<string, AbortController>();
  const sessions = new Map<string, Slot>();
  let isWatched = false;

  const endWithClient = (): void => {
    if (isWatched) return;
    isWatched = true;
    void context.connection.peer.closed.then(() => {
      for (const { session } of sessions.values()) session?.close();
      sessions.clear();
    });
  };

  return {
    fuzzyFileSearch: async ({ query, roots, cancellationToken }, signal) => {
      checkRoots(roots);
      const token = cancellationToken ?? null;
      if (token === null) return { files: [...(await (await search()).find(roots, query, signal))] };
      byToken.get(token)?.abort();
      const controller = new AbortController();
      byToken.set(token, controller);
      try {
        const either = AbortSignal.any([signal, controller.signal]);
        return { files: [...(await (await search()).find(roots, query, either))] };
      } finally {
        if (byToken.get(token) === controller) byToken.delete(token);
      }
    },

    "fuzzyFileSearch/sessionStart": async ({ sessionId, roots }) => {
      if (sessionId === "") throw invalidRequest("sessionId must not be empty");
      if (roots.length === 0) {
        const why = "at least one search directory is required";
        throw new RpcError(errorCodes.internal, `failed to start fuzzy file search session: ${why}`);
      }
      checkRoots(roots);
      if (!sessions.has(sessionId) && sessions.size >= maxSessions) {
        throw invalidRequest(`this client has ${maxSessions} sessions; end one with fuzzyFileSearch/sessionStop first`);
      }
      endWithClient();
      // A session of the same name ends.
      sessions.get(sessionId)?.session?.close();
      const slot: Slot = { session: null, query: null };
      sessions.set(sessionId, slot);
      const opened = await search();
      const { connection } = context;
      connection.afterAnswer(() => {
        if (sessions.get(sessionId) !== slot) return;
        slot.session = opened.open(roots, {
          onUpdated: (query, files) =>
            connection.notify("fuzzyFileSearch/sessionUpdated", { sessionId, query, files: [...files] }),
          onCompleted: () => connection.notify("fuzzyFileSearch/sessionCompleted", { sessionId }),
        });
        if (slot.query !== null) slot.session.update(slot.query);
      });
      return {};
    },

    "fuzzyFileSearch/sessionUpdate": async ({ sessionId, query }) => {
      const slot = sessions.get(sessionId);
      if (slot === undefined) throw invalidRequest(`fuzzy file search session not found: ${sessionId.slice(0, 200)}`);
      slot.query = query;
      context.connection.afterAnswer(() => {
        if (slot.query === query) slot.session?.update(query);
      });
      return {};
    },

    "fuzzyFileSearch/sessionStop": async ({ sessionId }) => {
      sessions.get(sessionId)?.session?.close();
      sessions.delete(sessionId);
      return {};
    },
  };
};
