import path from "node:path";
import { createAttachedThreads } from "./attached-threads.ts";
import type { ThreadEvent } from "./events.ts";
import { createLineage } from "./lineage.ts";
import { gitChange, noGit } from "./git-change.ts";
import { pageOfOccurrences } from "./index/occurrences.ts";
import { createThreadIndex } from "./index/thread-index.ts";
import { createLoadedThreads, type ThreadsOptions } from "./loaded-threads.ts";
import { createHistoryBases } from "./rollout/history-bases.ts";
import { createLayouts } from "./rollout/layouts.ts";
import type { Replayed } from "./rollout/replay.ts";
import { createRolloutStore } from "./rollout/store.ts";
import { withModel } from "./provider-model.ts";
import { newSessionMeta } from "./session-meta.ts";
import { settingsOfNewThread } from "./settings.ts";
import { gitEntry, nameEntry } from "./rollout/lines.ts";
import { createStoredChanges } from "./stored-changes.ts";
import { createStoredThreads, describeStored, type StoredPlace } from "./stored-threads.ts";
import { createTerminals } from "./terminals.ts";
import { createThreadQueues } from "./thread-queues.ts";
import { ThreadRequestError, type Threads } from "./threads.ts";
import { createTurnPages } from "./turn-pages.ts";
import { createUnloader } from "./unloader.ts";

const maxNameLength = 500;
/** Characters of what the user wants of a summary. */
const maxWishesLength = 10_000;
/** Characters; the system takes 128 KiB per argument. */
const maxScriptLength = 100_000;

/** What is listed when nothing is said. */
const everything = {
  archived: false,
  cwds: null,
  modelProviders: null,
  sources: null,
  originators: null,
  excludedIds: [],
  searchTerm: null,
} as const;

/** All threads of this process over the rollouts of one home. */
export function createThreads(options: ThreadsOptions): Threads {
  const { clock, home } = options;
  const store = createRolloutStore(home);
  const bases = createHistoryBases(home, store);
  const layouts = createLayouts(bases);
  const stored = createStoredThreads(store, bases, clock, layouts);
  const onDisk = createStoredChanges({ store, stored, bases }, clock);
  const onEvent = (event: ThreadEvent): void => {
    options.onEvent(event);
    // Whatever else is recorded follows, or is found when it is asked for.
    if (event.type === "turnCompleted") index.recorded();
  };
  const loaded = createLoadedThreads({ ...options, onEvent }, { store, stored, changes: onDisk });
  const index = createThreadIndex(home, store, stored, {
    ids: () => loaded.ids(),
    live: (threadId) => loaded.get(threadId)?.thread.toThread([]) ?? null,
  });

  const canUnload = (threadId: string): boolean =>
    loaded.get(threadId)?.thread.isIdle === true && !options.isFollowed(threadId);

  const unloader = createUnloader({
    clock,
    find(threadId) {
      const known = loaded.get(threadId);
      return known === undefined ? null : { delayMs: known.unloadDelayMs, lastActiveMs: known.lastActiveMs() };
    },
    isFollowed: (threadId) => options.isFollowed(threadId),
    isIdle: (threadId) => loaded.get(threadId)?.thread.isIdle ?? false,
    unload: (threadId) =>
      loaded
        .changing(threadId, async () => {
          if (canUnload(threadId) && (await loaded.unload(threadId)))
            options.onEvent({ type: "threadClosed", threadId });
        })
        .catch((error: unknown) => {
          const message = error instanceof Error ? error.message : String(error);
          options.onEvent({ type: "warning", threadId, message });
        }),
  });

  /** A view that is built anew has the items from the answer; the plan and the usage are told again. */
  const again = (threadId: string, { plan, usage }: Pick<Replayed, "plan" | "usage">): ThreadEvent[] => [
    ...(plan === null ? [] : [{ type: "planUpdated", threadId, ...plan } as const]),
    ...(usage === null
      ? []
      : [{ type: "tokenUsageUpdated", threadId, turnId: usage.turnId, tokenUsage: usage.usage } as const]),
  ];

  /** Null: a loaded thread that had no turn yet. */
  const placeOf = async (threadId: string): Promise<StoredPlace | null> => {
    const thread = loaded.get(threadId)?.thread;
    return thread === undefined ? stored.place(await stored.findAny(threadId)) : loaded.placeOf(thread);
  };

  const tellAgain = (threadId: string, replayed: Replayed): void => {
    for (const event of again(threadId, replayed)) options.onEvent(event);
  };

  const pages = createTurnPages({ store, stored, layouts });
  const attached = createAttachedThreads(options, stored, loaded, pages);
  const lineage = createLineage(options, { store, stored, changes: onDisk, bases }, loaded, tellAgain);

  return {
    ...lineage,
    async start(overrides, originator) {
      const cwd = path.resolve(overrides.cwd ?? process.cwd());
      const defaults = await options.defaults(cwd, overrides.config ?? {});
      const settings = settingsOfNewThread(defaults, cwd, await withModel(options, overrides, defaults.modelProvider));
      options.modelsFor(defaults).client(settings.modelProvider).warmUp();
      const meta = newSessionMeta(options, settings, originator);
      const { id } = meta;
      const file = overrides.ephemeral === true ? null : store.fileFor(id, meta.createdAtMs);
      const wishes = { config: overrides.config ?? {}, hasRawEvents: overrides.hasRawEvents ?? false };
      const thread = await loaded.add(meta, settings, { ...wishes, defaults }, { file, from: null });
      await thread.override((current) => current, { baseInstructions: overrides.baseInstructions });
      setImmediate(() => {
        options.onEvent({ type: "threadStarted", threadId: id, thread: thread.toThread([]) });
        for (const message of defaults.warnings) options.onEvent({ type: "warning", threadId: id, message });
      });
      return thread.describe([]);
    },
    async resume(threadId, overrides, _originator, options = {}) {
      const { onSnapshot = () => true, areAllTurnsWanted = true, page = null } = options;
      const wanted = { areAllWanted: areAllTurnsWanted, page };
      await loaded.changed(threadId);
      const known = loaded.get(threadId);
      const load = known === undefined ? await attached.load(threadId, overrides, wanted) : null;
      if (load?.kind === "elsewhere") return load.shown;
      const thread = await loaded.whole(known ?? loaded.find(threadId));
      await attached.override(thread, overrides);
      // One instant, with nothing awaited in between: the settings, the status, the end of the rollout, and the caller's mark.
      const shown = thread.describe([]);
      const isWanted = onSnapshot();
      const place = isWanted ? await loaded.placeOf(thread) : null;
      const isAsRead = load !== null && place?.mark?.offset === load.back.end.offset;
      const view = await pages.view(threadId, place, wanted, isAsRead ? load.back : null);
      const damage = loaded.takeDamage(threadId);
      setImmediate(() => void thread.queue.advance());
      const { turns, plan, usage, ...cut } = view;
      return {
        ...shown,
        thread: { ...shown.thread, turns: [...turns] },
        ...cut,
        again: [
          ...(damage === null ? [] : [{ type: "warning", threadId, message: damage } as const]),
          ...again(threadId, { plan, usage }),
        ],
      };
    },
    async read(threadId, { includeTurns }) {
      const thread = loaded.get(threadId)?.thread;
      if (thread !== undefined) {
        const place = includeTurns ? await loaded.placeOf(thread) : null;
        return thread.toThread(place === null ? [] : await stored.turns(await stored.open(place)));
      }
      try {
        const back = await stored.open(stored.place(await stored.findAny(threadId)));
        return describeStored(back, includeTurns ? await stored.turns(back) : []);
      } catch (error) {
        if (!(error instanceof ThreadRequestError)) throw error;
        throw new ThreadRequestError("notLoaded", `thread not loaded: ${threadId}`);
      }
    },
    list: ({ limit, cursor, sortKey = "created_at", direction = "desc", ...filter }) =>
      index.list({ ...everything, ...filter }, { limit, cursor, sortKey, direction }),
    search: ({ sortKey = "created_at", direction = "desc", archived = false, sources = null, ...search }) =>
      index.search({ ...search, sortKey, direction, archived, sources }),
    async occurrences(threadId, search) {
      const place = await placeOf(threadId);
      const turns = place === null ? [] : await stored.turns(await stored.open(place));
      return pageOfOccurrences(threadId, turns, search);
    },
    async calls(threadId) {
      const place = await placeOf(threadId);
      if (place === null) return [];
      const [{ base, content }, { recordedCalls }] = await Promise.all([
        stored.openLines(place),
        import("./rollout/calls.ts"),
      ]);
      return recordedCalls([...base.flatMap(({ lines }) => lines), ...content.lines]);
    },
    loaded: () => loaded.ids(),
    turns: async (threadId, request) => pages.turns(threadId, await placeOf(threadId), request),
    items: async (threadId, request) => pages.items(threadId, await placeOf(threadId), request),
    async setName(threadId, name) {
      const line = name.replace(/\s+/g, " ").trim();
      if (line === "") throw new ThreadRequestError("badInput", "thread name must not be empty");
      if (line.length > maxNameLength) {
        throw new ThreadRequestError("badInput", `thread name must not be longer than ${maxNameLength} characters`);
      }
      await loaded.changed(threadId);
      await loaded.settled(threadId);
      const known = loaded.get(threadId);
      if (known === undefined) await loaded.changing(threadId, () => onDisk.append(threadId, [nameEntry(line)]));
      else await (await loaded.whole(known)).setName(line);
      return line;
    },
    async updateGit(threadId, change) {
      const changed = gitChange(change);
      await loaded.changed(threadId);
      await loaded.settled(threadId);
      const known = loaded.get(threadId);
      if (known === undefined) {
        await loaded.changing(threadId, async () => {
          const { replayed } = await stored.open(stored.place(await stored.find(threadId)));
          await onDisk.append(threadId, [gitEntry({ ...noGit, ...replayed.git, ...changed })]);
        });
      } else {
        const thread = await loaded.whole(known);
        await thread.setGit({ ...noGit, ...thread.toThread([]).gitInfo, ...changed });
      }
      const thread = loaded.get(threadId)?.thread.toThread([]);
      return thread ?? describeStored(await stored.open(stored.place(await stored.findAny(threadId))), []);
    },
    archive: (threadId) =>
      loaded.changing(threadId, async () => {
        await stored.find(threadId);
        await loaded.unload(threadId);
        await onDisk.archive(threadId);
      }),
    unarchive: (threadId) =>
      loaded.changing(threadId, async () =>
        describeStored(await stored.open(stored.place(await onDisk.unarchive(threadId))), []),
      ),
    delete: (threadId) =>
      loaded.changing(threadId, async () => {
        const wasLoaded = await loaded.unload(threadId);
        await onDisk.remove(threadId).catch((error: unknown) => {
          // A thread that had no turn has no file.
          const isGone = error instanceof ThreadRequestError && error.reason === "notFound";
          if (!wasLoaded || !isGone) throw error;
        });
      }),
    startTurn: async (threadId, input, overrides, clientId) => {
      if (loaded.isClosed) throw new ThreadRequestError("notLoaded", "the server is shutting down");
      await loaded.changed(threadId);
      return (await attached.usable(threadId)).startTurn(input, overrides, clientId);
    },
    async steer(threadId, expectedTurnId, input, clientId) {
      await loaded.changed(threadId);
      return { turnId: await (await attached.usable(threadId)).steer(expectedTurnId, input, clientId) };
    },
    async interrupt(threadId, turnId) {
      const known = loaded.get(threadId);
      (known?.thread ?? (await attached.usable(threadId))).interrupt(turnId);
    },
    async runShell(threadId, command) {
      if (command.script.trim() === "") throw new ThreadRequestError("badInput", "command must not be empty");
      if (command.script.length > maxScriptLength) {
        const message = `command must not be longer than ${maxScriptLength} characters; write it to a file and run that`;
        throw new ThreadRequestError("badInput", message);
      }
      await (await attached.usable(threadId)).runShell(command);
    },
    async compact(threadId, wishes) {
      if (wishes !== null && wishes.length > maxWishesLength) {
        const message = `instructions must not be longer than ${maxWishesLength} characters`;
        throw new ThreadRequestError("badInput", message);
      }
      await loaded.changed(threadId);
      await (await attached.usable(threadId)).compact(wishes);
    },
    async updateSettings(threadId, overrides) {
      await (await attached.usable(threadId)).updateSettings(overrides);
    },
    updateTurn: async (threadId, turnId, change) => loaded.find(threadId).thread.updateTurn(turnId, change),
    left: (threadId) => unloader.left(threadId),
    terminals: createTerminals(options.board, (threadId) => loaded.find(threadId)),
    queue: createThreadQueues({
      loaded,
      onDisk,
      newId: () => options.newId(),
      storedQueue: async (threadId) => (await stored.open(stored.place(await stored.findAny(threadId)))).replayed.queue,
    }),
    async close() {
      unloader.close();
      await index.close();
      await loaded.close();
    },
  };
}
