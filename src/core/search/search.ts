import { setTimeout as delay } from "node:timers/promises";
import type { FuzzyFileSearchResult } from "../../protocol/search.ts";
import type { Git } from "../git/git.ts";
import { createFileList, type FileList } from "./file-list.ts";
import { match, type Narrowed } from "./match.ts";

/** Finds files by a part of their path. */
export interface Search {
  /** Best first; nothing when `signal` aborts. Lists are kept for a moment, so that the next letter does not list again. */
  find(roots: readonly string[], query: string, signal: AbortSignal): Promise<readonly FuzzyFileSearchResult[]>;
  /** Begins to list. */
  open(roots: readonly string[], listener: SearchListener): SearchSession;
}

export interface SearchListener {
  /** What is found so far, best first; must not throw. Nothing follows for a query after a newer one. */
  readonly onUpdated: (query: string, files: readonly FuzzyFileSearchResult[]) => void;
  /** The last update was the final one for its query. */
  readonly onCompleted: () => void;
}

/** Keeps its list of files, so that each query costs only the comparing. */
export interface SearchSession {
  /** Ends the query before. */
  update(query: string): void;
  /** Nothing is told afterwards. */
  close(): void;
}

const keptMs = 10_000;
const maxKept = 4;
/** While the files are still being listed, what is found so far is told this often. */
const againMs = 100;

export function createSearch(git: Git): Search {
  const lists = new Map<string, { readonly list: FileList; validUntil: number }>();

  const listOf = (roots: readonly string[]): FileList => {
    const key = JSON.stringify(roots);
    const known = lists.get(key);
    if (known !== undefined && performance.now() < known.validUntil) return known.list;
    const kept = { list: createFileList(roots, git), validUntil: Infinity };
    lists.delete(key);
    lists.set(key, kept);
    // A list of 100,000 files is 25 MB: the oldest go, and all when their time is over.
    const [oldest] = lists.keys();
    if (lists.size > maxKept && oldest !== undefined) lists.delete(oldest);
    void kept.list.done.then(() => {
      kept.validUntil = performance.now() + keptMs;
      const forget = (): void => {
        if (lists.get(key) === kept) lists.delete(key);
      };
      setTimeout(forget, keptMs).unref();
    });
    return kept.list;
  };

  return {
    async find(roots, query, signal) {
      const list = listOf(roots);
      await Promise.race([list.done, aborted(signal)]);
      return (await match(list.found, query, null, signal))?.files ?? [];
    },
    open(roots, listener) {
      return createSession(listOf(roots), listener);
    },
  };
}

function createSession(list: FileList, { onUpdated, onCompleted }: SearchListener): SearchSession {
  let controller = new AbortController();
  let narrowed: Narrowed | null = null;

  const run = async (query: string, signal: AbortSignal): Promise<void> => {
    for (let isFirst = true; ; isFirst = false) {
      const { isDone } = list;
      const found = await match(list.found, query, narrowed, signal);
      if (found === null || signal.aborted) return;
      narrowed = found.narrowed;
      // Nothing found is news only when it is final.
      if (isDone || found.files.length > 0) onUpdated(query, found.files);
      if (isDone) return onCompleted();
      // The first files come soon; a quick second look makes short lists complete at once.
      await Promise.race([
        list.done,
        delay(isFirst ? againMs / 4 : againMs, undefined, { ref: false }),
        aborted(signal),
      ]);
    }
  };
  const begin = (query: string): void => {
    controller.abort();
    controller = new AbortController();
    void run(query, controller.signal);
  };
  begin("");
  return { update: begin, close: () => controller.abort() };
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
