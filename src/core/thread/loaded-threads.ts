import type { ThreadStatus } from "../../protocol/threads.ts";
import { readFolderDocs } from "../prompt/project-docs.ts";
import type { SkillRule } from "../prompt/skills.ts";
import { calledSkills, readUserInstructions, renewSkills } from "../prompt/user-instructions.ts";
import type { ThreadEvent } from "./events.ts";
import { createHistory } from "./history.ts";
import { createJournal } from "./journal.ts";
import type { LiveThread, ThreadDeps } from "./live-thread.ts";
import { notRecorded } from "./not-recorded.ts";
import type { SessionMeta } from "./rollout/lines.ts";
import type { Replayed } from "./rollout/replay.ts";
import type { RolloutStore } from "./rollout/store.ts";
import { createRolloutWriter } from "./rollout/writer.ts";
import { settingsOfNewThread, type ThreadDefaults, type ThreadSettings } from "./settings.ts";
import { refuseNewer, type Source, type StoredChanges } from "./stored-changes.ts";
import type { StoredPlace, StoredThread, StoredThreads } from "./stored-threads.ts";
import { createThread } from "./thread.ts";
import { ThreadRequestError } from "./threads.ts";
import { createWorkingState } from "./working-state.ts";

export interface ThreadsOptions extends Omit<
  ThreadDeps,
  "readDocs" | "readInstructions" | "readFolderDocs" | "readSkills" | "renewSkills" | "gate" | "models"
> {
  /** The state directory, absolute. */
  readonly home: string;
  /** What configuration says for a folder. Rejects with an error for the user when the configuration is broken. */
  defaults(cwd: string, config: Readonly<Record<string, unknown>>): Promise<ThreadDefaults>;
  /** A model of a provider that a client named without one; null: only the user can say. */
  modelOf(provider: string, config: Readonly<Record<string, unknown>>): Promise<string | null>;
  /** Absolute paths that must not reach the model. */
  readonly denyRead: readonly string[];
  /** Which skills are on, as the configuration says now. Must not reject. */
  readonly skillRules: () => Promise<readonly SkillRule[]>;
  /** The providers as one thread's configuration has them. */
  modelsFor(defaults: ThreadDefaults): ThreadDeps["models"];
  /** The gate's ports for one thread. */
  gateFor(thread: {
    readonly threadId: string;
    readonly journal: ReturnType<typeof createJournal>;
    readonly defaults: ThreadDefaults;
  }): ThreadDeps["gate"];
  /** Somebody hears of the thread's events. */
  isFollowed(threadId: string): boolean;
  /** Called for every event of every thread, in order. Must not throw. */
  onEvent(event: ThreadEvent): void;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

type Config = Readonly<Record<string, unknown>>;

/** What a client wants of a thread, beyond its settings. */
interface LoadContext {
  /** What the client configured for this thread alone. */
  readonly config: Config;
  readonly defaults: ThreadDefaults;
  readonly hasRawEvents: boolean;
}

/** A thread in memory. */
export interface Loaded extends Omit<LoadContext, "defaults"> {
  readonly thread: LiveThread;
  readonly unloadDelayMs: number;
  /** When it last said something, or was loaded; Unix ms. */
  lastActiveMs(): number;
}

/** A thread that was just loaded. */
export interface ThreadLoad {
  readonly thread: LiveThread;
  /** What it was loaded from; not kept, since it may be much. */
  readonly back: StoredThread;
}

/** What stands on the disk of this home, and how it is read and changed. */
export interface Disk {
  readonly store: RolloutStore;
  readonly stored: StoredThreads;
  readonly changes: StoredChanges;
}

/** The threads in memory: how one gets there, stays whole, and leaves. */
export interface LoadedThreads {
  /** Puts a thread that has no file yet into memory; `file` null: it is not recorded. `from`: what it begins with; null: nothing. */
  add(
    meta: SessionMeta,
    settings: ThreadSettings,
    context: LoadContext,
    start: { readonly file: string | null; readonly from: Replayed | null },
  ): Promise<LiveThread>;
  get(threadId: string): Loaded | undefined;
  /** @throws ThreadRequestError `badId`, `notLoaded` */
  find(threadId: string): Loaded;
  ids(): readonly string[];
  /** Loads a thread from its rollout; one load at a time. */
  resume(threadId: string, config: Config): Promise<ThreadLoad>;
  /** A loaded thread, fit for use. One that is not recorded anywhere stays as it is. */
  whole(known: Loaded): Promise<LiveThread>;
  /** Ends a loaded thread, and says so. False: it was not loaded. */
  unload(threadId: string): Promise<boolean>;
  /**
   * Changes the file of a thread. One that is loaded ends before and is loaded again afterwards; `settings`: what it had then, else null.
   * Rejects with ThreadRequestError `turnRunning`.
   */
  rewrite<T>(threadId: string, work: (settings: ThreadSettings | null) => Promise<T>): Promise<T>;
  /** Work on the file of a thread, one after the other; a load waits for its end. */
  changing<T>(threadId: string, work: () => Promise<T>): Promise<T>;
  /** Waits for work on the file of a thread. */
  changed(threadId: string): Promise<void>;
  /** Waits for a load that is under way, however it ends. */
  settled(threadId: string): Promise<void>;
  /**
   * A loaded thread as it is at the instant of the call: what was emitted before is in it, what is emitted after is not. Null: it had no
   * turn yet, so there is no file.
   */
  placeOf(thread: LiveThread): Promise<StoredPlace | null>;
  /** What was wrong with a thread when it was loaded, for a warning to whoever resumes it; told once. */
  takeDamage(threadId: string): string | null;
  readonly isClosed: boolean;
  /** Ends all of them; none is loaded afterwards. */
  close(): Promise<void>;
}

export function createLoadedThreads(options: ThreadsOptions, { store, stored, changes: onDisk }: Disk): LoadedThreads {
  const { home, clock } = options;
  const loaded = new Map<string, Loaded>();
  const loading = new Map<string, Promise<ThreadLoad>>();
  /** Work on the files of threads that are not loaded. */
  const changes = new Map<string, Promise<void>>();
  /** Not told yet. */
  const damage = new Map<string, string>();
  let isClosed = false;

  const docOptions = (defaults: ThreadDefaults) => ({
    fallbackNames: defaults.projectDocFallbackNames,
    maxBytes: defaults.projectDocMaxBytes,
    rootMarkers: defaults.projectRootMarkers,
    denyRead: options.denyRead,
    skillRules: options.skillRules,
  });
  const docsFor = (defaults: ThreadDefaults) => (cwd: string) =>
    readUserInstructions({ cwd, home, ...docOptions(defaults) });

  const load = async (
    meta: SessionMeta,
    settings: ThreadSettings,
    { config, defaults, hasRawEvents }: LoadContext,
    { file, from, source }: { file: string | null; from: Replayed | null; source: Source | null },
  ): Promise<LiveThread> => {
    const docs = await docsFor(defaults)(settings.cwd);
    const history = from?.history ?? createHistory();
    const fresh = { offset: 0, nextOrdinal: 0, lock: null };
    const writer =
      file === null
        ? null
        : source === null
          ? createRolloutWriter(file, fresh, clock)
          : await onDisk.openWriter(source);
    // The status of a thread is what was last told of it.
    let status: ThreadStatus = { type: "idle" };
    let lastActiveMs = clock.now();
    const onEvent = (event: ThreadEvent): void => {
      lastActiveMs = clock.now();
      if (event.type === "statusChanged") ({ status } = event);
      options.onEvent(event);
    };
    const working = createWorkingState({ plan: from?.plan ?? null, turns: from?.turns ?? [] });
    const journal = createJournal(writer, history, onEvent, clock);
    journal.observe((entry) => working.observe(entry));
    const thread = createThread(
      {
        meta,
        settings,
        fileInstructions: defaults.fileInstructions,
        docs,
        epoch: from?.epoch ?? null,
        told: from?.told ?? null,
        isRecorded: source !== null,
        preview: from?.preview ?? "",
        name: from?.name ?? null,
        git: from?.git ?? null,
        usage: from?.usage?.usage ?? null,
        working,
        updatedAtMs: from?.updatedAtMs ?? meta.createdAtMs,
        path: file,
        hasRawEvents,
        queue: from?.queue ?? [],
        lastTurn: from?.turns.at(-1)?.status ?? null,
        itemIds: from?.itemIds ?? new Set(),
        status: () => status,
      },
      history,
      journal,
      {
        ...options,
        readDocs: docsFor(defaults),
        readInstructions: async (cwd) => (await options.defaults(cwd, config)).fileInstructions,
        readSkills: (input, cwd) => calledSkills(input, { cwd, home, ...docOptions(defaults) }),
        renewSkills: (given, instructions, cwd) =>
          renewSkills(given, instructions, { cwd, home, ...docOptions(defaults) }),
        readFolderDocs: (folders, at) => readFolderDocs(folders, { ...docOptions(defaults), ...at }),
        models: options.modelsFor(defaults),
        gate: options.gateFor({ threadId: meta.id, journal, defaults }),
      },
    );
    const { unloadDelayMs } = defaults;
    loaded.set(meta.id, { thread, config, hasRawEvents, unloadDelayMs, lastActiveMs: () => lastActiveMs });
    return thread;
  };

  const takeDamage = (threadId: string): string | null => {
    const message = damage.get(threadId) ?? null;
    damage.delete(threadId);
    return message;
  };

  const placeOf = async (thread: LiveThread): Promise<StoredPlace | null> => {
    const mark = thread.mark();
    const closedAtMs = thread.isBroken ? clock.now() : null;
    const file = mark === null ? null : await store.find(thread.id);
    return file === null ? null : { file, closedAtMs, mark };
  };

  const loadStored = async (
    threadId: string,
    { config, hasRawEvents }: Omit<LoadContext, "defaults">,
  ): Promise<ThreadLoad> => {
    if (isClosed) throw new ThreadRequestError("notLoaded", "the server is shutting down");
    const file = await stored.find(threadId);
    const lock = await onDisk.lockFor(threadId, file);
    try {
      const back = await stored.open({ file, closedAtMs: clock.now(), mark: null });
      refuseNewer(back);
      const defaults = await options.defaults((back.settings ?? back.meta).cwd, config);
      const settings = back.settings ?? settingsOfNewThread(defaults, back.meta.cwd, {});
      const thread = await load(
        back.meta,
        settings,
        { config, defaults, hasRawEvents },
        { file, from: back.replayed, source: { back, lock } },
      );
      if (back.damage.length > 0) damage.set(threadId, damageMessage(back.damage));
      return { thread, back };
    } catch (error) {
      lock.release();
      throw error;
    }
  };

  /** One load of a thread at a time. */
  const once = (threadId: string, work: () => Promise<ThreadLoad>): Promise<ThreadLoad> => {
    const known = loading.get(threadId);
    if (known !== undefined) return known;
    const started = Promise.resolve(changes.get(threadId))
      .then(work)
      .catch((error: unknown): never => {
        throw notRecorded(error);
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

  const resumeStored = (threadId: string, config: Config): Promise<ThreadLoad> =>
    once(threadId, () => loadStored(threadId, { config, hasRawEvents: false }));

  /** Loads a thread that could not be recorded anew, from what is on the disk, and ends for its views what had stayed open. */
  const reload = ({ thread, ...context }: Loaded): Promise<ThreadLoad> =>
    once(thread.id, async () => {
      await thread.close();
      const next = await loadStored(thread.id, context);
      const message = takeDamage(thread.id);
      if (message !== null) options.onEvent({ type: "warning", threadId: thread.id, message });
      for (const { type, payload } of next.back.replayed.repairs) {
        if (type !== "item_completed") continue;
        const { turnId, item } = payload;
        const completedAtMs = item.completedAtMs ?? clock.now();
        options.onEvent({ type: "itemCompleted", threadId: thread.id, turnId, item, completedAtMs });
      }
      return next;
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

  const rewrite: LoadedThreads["rewrite"] = (threadId, work) =>
    changing(threadId, async () => {
      const known = loaded.get(threadId);
      if (known === undefined) return work(null);
      if (!(await known.thread.retire())) {
        throw new ThreadRequestError("turnRunning", `thread ${threadId} has a running turn; interrupt it first`);
      }
      const { settings } = known.thread;
      await unload(threadId);
      try {
        return await work(settings);
      } finally {
        await loadStored(threadId, known);
        options.onEvent({ type: "statusChanged", threadId, status: { type: "idle" } });
      }
    });

  const find = (threadId: string): Loaded => {
    const known = loaded.get(threadId);
    if (known !== undefined) return known;
    if (!uuid.test(threadId)) throw new ThreadRequestError("badId", `invalid thread id: ${threadId}`);
    throw new ThreadRequestError("notLoaded", `thread not found: ${threadId}`);
  };

  /** A loaded thread, fit for use. One that is not recorded anywhere stays as it is. */
  const whole = async (known: Loaded): Promise<LiveThread> =>
    known.thread.isBroken && !known.thread.toThread([]).ephemeral ? (await reload(known)).thread : known.thread;

  return {
    add: (meta, settings, context, start) => load(meta, settings, context, { ...start, source: null }),
    get: (threadId) => loaded.get(threadId),
    find,
    ids: () => [...loaded.keys()].toSorted(),
    resume: resumeStored,
    whole,
    unload,
    rewrite,
    changing,
    async changed(threadId) {
      if (changes.has(threadId)) await changes.get(threadId);
    },
    async settled(threadId) {
      await loading.get(threadId)?.catch(() => undefined);
    },
    placeOf,
    takeDamage,
    get isClosed() {
      return isClosed;
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
