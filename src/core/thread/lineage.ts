import { open, rm } from "node:fs/promises";
import type { Thread } from "../../protocol/threads.ts";
import { parseInjectedItems } from "./injected-items.ts";
import type { LiveThread } from "./live-thread.ts";
import type { Disk, LoadedThreads, ThreadsOptions } from "./loaded-threads.ts";
import { keepFirstWords } from "./rollout/first-words.ts";
import { forkPoint } from "./rollout/fork-point.ts";
import type { BasePart, HistoryBases } from "./rollout/history-bases.ts";
import { nameEntry, type RolloutEntry, type SessionMeta } from "./rollout/lines.ts";
import { ownOutputs, shareOutputs } from "./rollout/outputs.ts";
import { type Replayed, replay } from "./rollout/replay.ts";
import { newSessionMeta } from "./session-meta.ts";
import { withModel } from "./provider-model.ts";
import { settingsOfNewThread, withThreadOverrides } from "./settings.ts";
import { refuseNewer } from "./stored-changes.ts";
import { describeStored, type StoredPlace } from "./stored-threads.ts";
import { type LoadedThread, ThreadRequestError, type Threads } from "./threads.ts";

/** The first words of the user in a list, if they are long. */
const maxPreview = 4096;

/** What makes a thread of another one, takes back its end, or adds to it without a turn. */
export type Lineage = Pick<Threads, "fork" | "revert" | "injectItems">;

export function createLineage(
  options: ThreadsOptions,
  { store, stored, changes, bases }: Disk & { readonly bases: HistoryBases },
  loaded: LoadedThreads,
  tellAgain: (threadId: string, replayed: Replayed) => void,
): Lineage {
  const { clock } = options;

  /** A thread in this process, after whatever is being done to its file; undefined: it is not loaded. */
  const liveThread = async (threadId: string): Promise<LiveThread | undefined> => {
    await loaded.changed(threadId);
    await loaded.settled(threadId);
    const known = loaded.get(threadId);
    return known === undefined ? undefined : loaded.whole(known);
  };

  /** Where a thread stands on the disk, archived or not. */
  const placeOf = async (threadId: string, live: LiveThread | undefined): Promise<StoredPlace> => {
    const place = live === undefined ? stored.place(await stored.findAny(threadId)) : await loaded.placeOf(live);
    if (place !== null) return place;
    throw new ThreadRequestError("badInput", `thread ${threadId} has no turn that is recorded; start a new thread`);
  };

  /** Makes the files of a fork. What it shares is kept before the fork is there: a kill in between leaves no fork without its history. */
  const record = async (
    meta: SessionMeta,
    parts: readonly BasePart[],
    { fileOutputs }: Replayed,
    entries: readonly RolloutEntry[],
  ): Promise<void> => {
    const file = store.fileFor(meta.id, meta.createdAtMs);
    try {
      // The fork must not be on the disk before what it points to is.
      for (const part of parts) await flushFile(part.file);
      await bases.keep(meta.id, parts);
      await shareOutputs(meta.id, fileOutputs, store);
      await changes.create(meta.id, file, entries);
    } catch (error) {
      await discard(meta.id, file).catch(() => undefined); // what stays of it is used by nothing
      if (!(error instanceof Error) || !("code" in error)) throw error;
      throw new ThreadRequestError("notRecorded", `The thread cannot be forked: ${error.message}`);
    }
  };

  /** The fork itself goes first: it must not be there without what it shares. */
  const discard = async (threadId: string, file: string): Promise<void> => {
    await rm(file, { force: true });
    await bases.drop(threadId);
    for (const output of await store.outputFiles(threadId)) await rm(output, { force: true });
  };

  return {
    async fork(threadId, { lastTurnId, beforeTurnId, ephemeral, ...overrides }, originator): Promise<LoadedThread> {
      const live = await liveThread(threadId);
      const back = await stored.openLines(await placeOf(threadId, live));
      refuseNewer(back);
      const own = { ...back.content, threadId, file: back.file };
      const all = [...back.base, { ...own, endOrdinal: own.nextOrdinal, endByteOffset: own.offset }];
      const point = forkPoint(all, back.replayed.turns, { lastTurnId, beforeTurnId });
      if (point.kind === "refused") throw new ThreadRequestError("badInput", point.message);
      const { parts } = point;
      const lines = parts.flatMap((part) => part.lines);
      const replayed = replay(lines, back.content.checkpoints, clock.now());
      const fileOutputs = ownOutputs(threadId, replayed.fileOutputs, store);
      const inherited = { ...replayed, fileOutputs, queue: [] };

      const config = overrides.config ?? {};
      const cwd = overrides.cwd ?? (live?.settings ?? back.settings ?? back.meta).cwd;
      const defaults = await options.defaults(cwd, config);
      const before = live?.settings ?? back.settings ?? settingsOfNewThread(defaults, cwd, {});
      const settings = withThreadOverrides(before, await withModel(options, overrides, before.modelProvider), defaults);
      options.modelsFor(defaults).client(settings.modelProvider).warmUp();
      const meta: SessionMeta = {
        ...newSessionMeta(options, settings, originator),
        git: back.meta.git,
        forkedFromId: threadId,
        historyBase: parts.map(({ threadId: from, endOrdinal, endByteOffset }) => ({
          threadId: from,
          endOrdinal,
          endByteOffset,
        })),
        preview: inherited.preview.slice(0, maxPreview),
      };
      const name = live === undefined ? back.replayed.name : live.toThread([]).name;
      const named = typeof name === "string" ? [nameEntry(name)] : [];

      let thread: LiveThread;
      if (ephemeral) {
        thread = await loaded.add(
          meta,
          settings,
          { config, defaults, hasRawEvents: false },
          { file: null, from: { ...inherited, name: name ?? null } },
        );
      } else {
        await record(meta, parts, inherited, [{ type: "session_meta", payload: meta }, ...named, ...inherited.repairs]);
        ({ thread } = await loaded.resume(meta.id, config));
      }
      await thread.override((current) => current, { baseInstructions: overrides.baseInstructions });
      const turns = await stored.turns({ ...back, replayed: inherited });
      const damage = loaded.takeDamage(meta.id);
      setImmediate(() => {
        if (damage !== null) options.onEvent({ type: "warning", threadId: meta.id, message: damage });
        tellAgain(meta.id, inherited);
        options.onEvent({ type: "threadStarted", threadId: meta.id, thread: thread.toThread([]) });
      });
      return thread.describe(turns);
    },

    async revert(threadId, beforeTurnId): Promise<Thread> {
      const live = await liveThread(threadId);
      const { replayed, settings: recorded, meta } = await stored.open(await placeOf(threadId, live));
      if (!replayed.turns.some(({ id }) => id === beforeTurnId)) {
        throw new ThreadRequestError("badInput", `turn not found: ${beforeTurnId}`);
      }
      const standing = recorded ?? settingsOfNewThread(await options.defaults(meta.cwd, {}), meta.cwd, {});
      const after = await loaded.rewrite(threadId, async (settings) => {
        const payload = { beforeTurnId, at: clock.now(), settings: settings ?? standing };
        await changes.append(threadId, [{ type: "reverted", payload }]);
        const reverted = await stored.open(stored.place(await stored.find(threadId)));
        keepFirstWords(reverted.file, reverted.firstWordsAt);
        return reverted;
      });
      return loaded.get(threadId)?.thread.toThread([]) ?? describeStored(after, []);
    },

    async injectItems(threadId, values) {
      const items = parseInjectedItems(values);
      const live = await liveThread(threadId);
      if (live !== undefined) return live.inject(items);
      await loaded.changing(threadId, () =>
        changes.append(
          threadId,
          items.map((item) => ({ type: "response_item", payload: { item } })),
        ),
      );
    },
  };
}

/** Best effort: some systems flush only what is open for writing, and a home may be read-only in part. */
async function flushFile(file: string): Promise<void> {
  const handle = await open(file, "r+").catch(() => null);
  try {
    await handle?.datasync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}
