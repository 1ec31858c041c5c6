import path from "node:path";
import type { ThreadStatus } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import { readProjectDocs } from "../prompt/project-docs.ts";
import type { ThreadEvent } from "./events.ts";
import { createHistory } from "./history.ts";
import { createJournal } from "./journal.ts";
import { rolloutFormat, type SessionMeta } from "./rollout/lines.ts";
import type { Replayed } from "./rollout/replay.ts";
import { createRolloutStore } from "./rollout/store.ts";
import { createRolloutWriter, RolloutWriteError } from "./rollout/writer.ts";
import { settingsOfNewThread, type ThreadDefaults, type ThreadSettings, withThreadOverrides } from "./settings.ts";
import { createStoredChanges, refuseNewer, type Source } from "./stored-changes.ts";
import { createStoredThreads, describeStored, type StoredThread } from "./stored-threads.ts";
import type { LiveThread, ThreadDeps } from "./live-thread.ts";
import { entriesOf, pageOf, withView } from "./pages.ts";
import { createThread } from "./thread.ts";
import { type Originator, ThreadRequestError, type Threads } from "./threads.ts";

export interface ThreadsOptions extends Omit<ThreadDeps, "readDocs" | "gate" | "models"> {
  /** The state directory, absolute. */
  readonly home: string;
  /** What configuration says for a folder. Rejects with an error for the user when the configuration is broken. */
  defaults(cwd: string, config: Readonly<Record<string, unknown>>): Promise<ThreadDefaults>;
  /** Absolute paths that must not reach the model. */
  readonly denyRead: readonly string[];
  /** The providers as one thread's configuration has them. */
  modelsFor(defaults: ThreadDefaults): ThreadDeps["models"];
  /** The gate's ports for one thread. */
  gateFor(thread: {
    readonly threadId: string;
    readonly journal: ReturnType<typeof createJournal>;
    readonly defaults: ThreadDefaults;
  }): ThreadDeps["gate"];
  /** Called for every event of every thread, in order. Must not throw. */
  onEvent(event: ThreadEvent): void;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const maxNameLength = 500;

type Config = Readonly<Record<string, unknown>>;

interface Loaded {
  readonly thread: LiveThread;
  /** What the client configured for this thread alone. */
  readonly config: Config;
}

/** All threads of this process over the rollouts of one home. */
export function createThreads(options: ThreadsOptions): Threads {
  const { home, clock } = options;
  const store = createRolloutStore(home);
  const stored = createStoredThreads(store, clock);
  const onDisk = createStoredChanges(store, stored, clock);
  const loaded = new Map<string, Loaded>();
  const loading = new Map<string, Promise<LiveThread>>();
  /** Work on the files of threads that are not loaded. */
  const changes = new Map<string, Promise<void>>();
  let isClosed = false;

  const docsFor = (defaults: ThreadDefaults) => (cwd: string) =>
    readProjectDocs({
      cwd,
      home,
      fallbackNames: defaults.projectDocFallbackNames,
      maxBytes: defaults.projectDocMaxBytes,
      denyRead: options.denyRead,
    });

  const load = async (
    meta: SessionMeta,
    settings: ThreadSettings,
    { config, defaults }: { readonly config: Config; readonly defaults: ThreadDefaults },
    file: string | null,
    source: Source | null,
  ): Promise<LiveThread> => {
    const from = source?.back.replayed ?? null;
    const docs = await docsFor(defaults)(settings.cwd);
    const history = createHistory();
    for (const json of from?.history ?? []) history.append(json);
    const fresh = { offset: 0, nextOrdinal: 0, lock: null };
    const writer =
      file === null
        ? null
        : source === null
          ? createRolloutWriter(file, fresh, clock)
          : await onDisk.openWriter(source);
    // The status of a thread is what was last told of it.
    let status: ThreadStatus = { type: "idle" };
    const onEvent = (event: ThreadEvent): void => {
      if (event.type === "statusChanged") ({ status } = event);
      options.onEvent(event);
    };
    const journal = createJournal(writer, history, onEvent, clock);
    const thread = createThread(
      {
        meta,
        settings,
        baseInstructions: from?.epoch?.instructions ?? defaults.baseInstructions,
        docs,
        epoch: from?.epoch ?? null,
        told: from?.settings ?? null,
        preview: from?.preview ?? "",
        name: from?.name ?? null,
        usage: from?.usage?.usage ?? null,
        updatedAtMs: from?.updatedAtMs ?? meta.createdAtMs,
        path: file,
        itemIds: (from?.turns ?? []).flatMap(({ items }) => items.map(({ id }) => id)),
        status: () => status,
      },
      history,
      journal,
      {
        ...options,
        readDocs: docsFor(defaults),
        models: options.modelsFor(defaults),
        gate: options.gateFor({ threadId: meta.id, journal, defaults }),
      },
    );
    loaded.set(meta.id, { thread, config });
    return thread;
  };

  /** A loaded thread as its rollout has it. Null: it had no turn yet, so there is no file. Flush it before. */
  const storedOf = async (thread: LiveThread): Promise<StoredThread | null> => {
    const file = await store.find(thread.id);
    return file === null ? null : stored.open(file, thread.isBroken ? clock.now() : null);
  };

  const turnsOf = async (back: StoredThread | null): Promise<readonly Turn[]> =>
    back === null ? [] : stored.turns(back);

  /** A view that is built anew has the items from the answer; the plan and the usage are told again. */
  const tellAgain = (threadId: string, { plan, usage }: Replayed): void => {
    if (plan !== null) options.onEvent({ type: "planUpdated", threadId, ...plan });
    if (usage !== null) {
      options.onEvent({ type: "tokenUsageUpdated", threadId, turnId: usage.turnId, tokenUsage: usage.usage });
    }
  };

  const loadStored = async (threadId: string, config: Config) => {
    if (isClosed) throw new ThreadRequestError("notLoaded", "the server is shutting down");
    const file = await stored.find(threadId);
    const lock = await onDisk.lockFor(threadId, file);
    try {
      const back = await stored.open(file, clock.now());
      refuseNewer(back);
      const defaults = await options.defaults((back.settings ?? back.meta).cwd, config);
      const settings = back.settings ?? settingsOfNewThread(defaults, back.meta.cwd, {});
      const thread = await load(back.meta, settings, { config, defaults }, file, { back, lock });
      if (back.damage.length > 0) options.onEvent({ type: "warning", threadId, message: damageMessage(back.damage) });
      return { thread, repairs: back.replayed.repairs };
    } catch (error) {
      lock.release();
      throw error;
    }
  };

  /** One load of a thread at a time. */
  const once = (threadId: string, work: () => Promise<LiveThread>): Promise<LiveThread> => {
    const known = loading.get(threadId);
    if (known !== undefined) return known;
    const started = Promise.resolve(changes.get(threadId))
      .then(work)
      .catch((error: unknown): never => {
        throw error instanceof RolloutWriteError ? new ThreadRequestError("notRecorded", error.message) : error;
      })
      .finally(() => loading.delete(threadId));
    loading.set(threadId, started);
    return started;
  };

  /** Work on the file of a thread, one after the other; a load waits for its end. */
  const changing = <T>(threadId: string, work: () => Promise<T>): Promise<T> => {
    const before = [Promise.resolve(changes.get(threadId)), Promise.resolve(loading.get(threadId))];
    const started = Promise.allSettled(before).then(work);
    const settled = started
      .catch(() => undefined)
      .then(() => {
        if (changes.get(threadId) === settled) changes.delete(threadId);
      });
    changes.set(threadId, settled);
    return started;
  };

  const resumeStored = (threadId: string, config: Config): Promise<LiveThread> =>
    once(threadId, async () => (await loadStored(threadId, config)).thread);

  /** Loads a thread that could not be recorded anew, from what is on the disk, and ends for its views what had stayed open. */
  const reload = ({ thread, config }: Loaded): Promise<LiveThread> =>
    once(thread.id, async () => {
      await thread.close();
      const next = await loadStored(thread.id, config);
      for (const { type, payload } of next.repairs) {
        if (type !== "item_completed") continue;
        const { turnId, item } = payload;
        const completedAtMs = item.completedAtMs ?? clock.now();
        options.onEvent({ type: "itemCompleted", threadId: thread.id, turnId, item, completedAtMs });
      }
      return next.thread;
    });

  /** Ends a loaded thread, and says so. False: it was not loaded. */
  const unload = async (threadId: string): Promise<boolean> => {
    const known = loaded.get(threadId);
    if (known === undefined) return false;
    // First, so that no turn begins in it any more.
    loaded.delete(threadId);
    await known.thread.close();
    options.onEvent({ type: "statusChanged", threadId, status: { type: "notLoaded" } });
    return true;
  };

  const find = (threadId: string): Loaded => {
    const known = loaded.get(threadId);
    if (known !== undefined) return known;
    if (!uuid.test(threadId)) throw new ThreadRequestError("badId", `invalid thread id: ${threadId}`);
    throw new ThreadRequestError("notLoaded", `thread not found: ${threadId}`);
  };

  /** A loaded thread, fit for use. One that is not recorded anywhere stays as it is. */
  const whole = async (known: Loaded): Promise<LiveThread> =>
    known.thread.isBroken && !known.thread.toThread([]).ephemeral ? reload(known) : known.thread;

  /** Null: a loaded thread that had no turn yet. */
  const readBack = async (threadId: string): Promise<StoredThread | null> => {
    const thread = loaded.get(threadId)?.thread;
    if (thread !== undefined) {
      thread.flush();
      return storedOf(thread);
    }
    return stored.peek(await stored.findAny(threadId));
  };

  const metaOf = (id: string, cwd: string, modelProvider: string, originator: Originator): SessionMeta => ({
    id,
    format: rolloutFormat,
    createdAtMs: clock.now(),
    cwd,
    originator: originator.name,
    cliVersion: options.version,
    modelProvider,
    git: null,
  });

  return {
    async start(overrides, originator) {
      const cwd = path.resolve(overrides.cwd ?? process.cwd());
      const defaults = await options.defaults(cwd, overrides.config ?? {});
      const settings = settingsOfNewThread(defaults, cwd, overrides);
      options.modelsFor(defaults).client(settings.modelProvider).warmUp();
      const id = options.newId();
      const meta = metaOf(id, cwd, settings.modelProvider, originator);
      const file = overrides.ephemeral === true ? null : store.fileFor(id, meta.createdAtMs);
      const base = { ...defaults, baseInstructions: overrides.baseInstructions ?? defaults.baseInstructions };
      const thread = await load(meta, settings, { config: overrides.config ?? {}, defaults: base }, file, null);
      setImmediate(() => options.onEvent({ type: "threadStarted", threadId: id, thread: thread.toThread([]) }));
      return thread.describe([]);
    },
    async resume(threadId, overrides) {
      if (changes.has(threadId)) await changes.get(threadId);
      const known = loaded.get(threadId);
      // At once, before anything is waited for: what comes from here on reaches the client as events, and not also in the answer.
      known?.thread.flush();
      const config = overrides.config ?? {};
      const thread = known === undefined ? await resumeStored(threadId, config) : await whole(known);
      const defaults = await options.defaults(overrides.cwd ?? process.cwd(), config);
      await thread.override((settings) => withThreadOverrides(settings, overrides, defaults), overrides);
      const back = await storedOf(thread);
      if (back !== null) setImmediate(() => tellAgain(threadId, back.replayed));
      return thread.describe(await turnsOf(back));
    },
    async read(threadId, { includeTurns }) {
      const thread = loaded.get(threadId)?.thread;
      if (thread !== undefined) {
        thread.flush();
        return thread.toThread(includeTurns ? await turnsOf(await storedOf(thread)) : []);
      }
      try {
        const back = await stored.peek(await stored.findAny(threadId));
        return describeStored(back, includeTurns ? await stored.turns(back) : []);
      } catch (error) {
        if (!(error instanceof ThreadRequestError)) throw error;
        throw new ThreadRequestError("notLoaded", `thread not loaded: ${threadId}`);
      }
    },
    list: (page) => stored.list({ ...page, live: (threadId) => loaded.get(threadId)?.thread.toThread([]) ?? null }),
    loaded: () => [...loaded.keys()].toSorted(),
    async turns(threadId, { itemsView, ...page }) {
      const back = await readBack(threadId);
      const found = pageOf(back?.replayed.turns ?? [], page, { threadId, kind: "turns", turnId: null });
      const full = back === null ? [] : await stored.turns(back, found.data);
      return { ...found, data: full.map((turn) => withView(turn, itemsView)) };
    },
    async items(threadId, { turnId, ...page }) {
      const back = await readBack(threadId);
      const turns = (back?.replayed.turns ?? []).filter(({ id }) => turnId === null || id === turnId);
      const found = pageOf(entriesOf(turns), page, { threadId, kind: "itemsByCreatedAtOrdinal", turnId });
      return { ...found, data: back === null ? [] : await stored.items(back, found.data) };
    },
    async setName(threadId, name) {
      const shown = name.replace(/\s+/g, " ").trim();
      if (shown === "") throw new ThreadRequestError("badInput", "thread name must not be empty");
      if (shown.length > maxNameLength) {
        throw new ThreadRequestError("badInput", `thread name must not be longer than ${maxNameLength} characters`);
      }
      await changes.get(threadId);
      await loading.get(threadId)?.catch(() => undefined);
      const known = loaded.get(threadId);
      if (known === undefined) await changing(threadId, () => onDisk.name(threadId, shown));
      else await (await whole(known)).setName(shown);
      return shown;
    },
    archive: (threadId) =>
      changing(threadId, async () => {
        await stored.find(threadId);
        await unload(threadId);
        await onDisk.archive(threadId);
      }),
    unarchive: (threadId) =>
      changing(threadId, async () => describeStored(await stored.peek(await onDisk.unarchive(threadId)), [])),
    delete: (threadId) =>
      changing(threadId, async () => {
        const wasLoaded = await unload(threadId);
        await onDisk.remove(threadId).catch((error: unknown) => {
          // A thread that had no turn has no file.
          const isGone = error instanceof ThreadRequestError && error.reason === "notFound";
          if (!wasLoaded || !isGone) throw error;
        });
      }),
    startTurn: async (threadId, input, overrides, clientId) => {
      if (isClosed) throw new ThreadRequestError("notLoaded", "the server is shutting down");
      return (await whole(find(threadId))).startTurn(input, overrides, clientId);
    },
    async steer(threadId, expectedTurnId, input, clientId) {
      return { turnId: await (await whole(find(threadId))).steer(expectedTurnId, input, clientId) };
    },
    async interrupt(threadId, turnId) {
      find(threadId).thread.interrupt(turnId);
    },
    async close() {
      isClosed = true;
      await Promise.allSettled([...loading.values(), ...changes.values()]);
      await Promise.allSettled([...loaded.values()].map(({ thread }) => thread.close()));
      loaded.clear();
    },
  };
}

/** The first few kinds of damage; a file of garbage has one for each line. */
function damageMessage(damage: readonly string[]): string {
  const more = damage.length > 5 ? `; and ${damage.length - 5} more` : "";
  return `The thread was not stored whole: ${damage.slice(0, 5).join("; ")}${more}.`;
}
