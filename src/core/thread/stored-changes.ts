import fs from "node:fs/promises";
import path from "node:path";
import type { Clock } from "./clock.ts";
import { checkpointFile, removeCheckpoints } from "./rollout/checkpoints.ts";
import { firstWordsFile, keepFirstWords } from "./rollout/first-words.ts";
import type { HistoryBases } from "./rollout/history-bases.ts";
import { type RolloutEntry, rolloutFormat, type SessionMeta } from "./rollout/lines.ts";
import { type RolloutLock, waitForLock } from "./rollout/lock.ts";
import { keepName, nameFile } from "./rollout/name-file.ts";
import type { RolloutStore } from "./rollout/store.ts";
import { createRolloutWriter, RolloutWriteError, type RolloutWriter } from "./rollout/writer.ts";
import type { StoredThread, StoredThreads } from "./stored-threads.ts";
import { ThreadRequestError } from "./threads.ts";

/** How long another process that has the thread open may take to end. */
const lockPatienceMs = 1500;

/** A rollout, read and locked. */
export interface Source {
  readonly back: StoredThread;
  readonly lock: RolloutLock;
}

/** What changes threads on the disk. Each change of a thread that is not loaded takes its lock and gives it back. */
export interface StoredChanges {
  /** Rejects with ThreadRequestError `inUse`, RolloutWriteError. */
  lockFor(threadId: string, file: string): Promise<RolloutLock>;
  /** Goes on with a rollout, after the repairs that it needs. The writer has the lock from then on. */
  openWriter(source: Source): Promise<RolloutWriter>;
  /** Makes the rollout of a new thread, and flushes it to the disk. Rejects with ThreadRequestError `notRecorded`. */
  create(threadId: string, file: string, entries: readonly RolloutEntry[]): Promise<void>;
  /** Appends to the rollout of a thread, after the repairs that it needs, and flushes it. */
  append(threadId: string, entries: readonly RolloutEntry[]): Promise<void>;
  /** The same with what `entries` makes of the thread as it is; null, which it also resolves with: nothing is to be recorded. */
  record(
    threadId: string,
    entries: (back: StoredThread) => readonly RolloutEntry[] | null,
  ): Promise<readonly RolloutEntry[] | null>;
  archive(threadId: string): Promise<void>;
  /** Resolves with the path of the rollout. */
  unarchive(threadId: string): Promise<string>;
  /** The rollout, archived or not, its outputs, and what is kept beside it. */
  remove(threadId: string): Promise<void>;
}

export function createStoredChanges(
  {
    store,
    stored,
    bases,
  }: { readonly store: RolloutStore; readonly stored: StoredThreads; readonly bases: HistoryBases },
  clock: Clock,
): StoredChanges {
  const lockFor = async (threadId: string, file: string): Promise<RolloutLock> => {
    const attempt = await waitForLock(file, lockPatienceMs).catch((error: unknown): never => {
      throw new RolloutWriteError(file, error);
    });
    if (attempt.kind === "locked") return attempt.lock;
    const who = attempt.pid === null ? "" : ` (process ${attempt.pid})`;
    const message = `thread ${threadId} is open in another window${who}; close it there or start a new thread`;
    throw new ThreadRequestError("inUse", message);
  };

  const openWriter = async ({ back, lock }: Source): Promise<RolloutWriter> => {
    const { file, replayed } = back;
    const preface = upgradeOf(back.meta);
    const writer = createRolloutWriter(file, { ...back.end, lock, preface }, clock);
    try {
      // Repairs are in the history already: they are recorded before the journal exists.
      if (replayed.repairs.length > 0) writer.append(replayed.repairs);
      await removeCheckpoints(file);
      keepName(file, replayed.name);
      keepFirstWords(file, back.firstWordsAt);
      return writer;
    } catch (error) {
      await writer.close();
      throw error;
    }
  };

  /** Does something to a file while no other process has it open. */
  const locked = async <T>(threadId: string, file: string, work: (lock: RolloutLock) => Promise<T>): Promise<T> => {
    try {
      const lock = await lockFor(threadId, file);
      try {
        return await work(lock);
      } finally {
        lock.release();
      }
    } catch (error) {
      if (error instanceof RolloutWriteError) throw new ThreadRequestError("notRecorded", error.message);
      if (!isSystemError(error)) throw error;
      throw new ThreadRequestError("notRecorded", `The files of the thread cannot be changed: ${error.message}`);
    }
  };

  const write = async (writer: RolloutWriter, entries: readonly RolloutEntry[]): Promise<void> => {
    try {
      writer.append(entries);
      await writer.sync();
    } finally {
      await writer.close();
    }
  };

  const record: StoredChanges["record"] = async (threadId, entries) => {
    const file = await stored.find(threadId);
    return locked(threadId, file, async (lock) => {
      const back = await stored.open({ file, closedAtMs: clock.now(), mark: null });
      refuseNewer(back);
      const appended = entries(back);
      if (appended !== null) await write(await openWriter({ back, lock }), appended);
      return appended;
    });
  };

  return {
    lockFor,
    openWriter,
    create: (threadId, file, entries) =>
      locked(threadId, file, async (lock) => {
        const writer = createRolloutWriter(file, { offset: 0, nextOrdinal: 0, lock }, clock);
        await write(writer, entries);
      }),
    async append(threadId, entries) {
      await record(threadId, () => entries);
    },
    record,
    async archive(threadId) {
      const file = await stored.find(threadId);
      await locked(threadId, file, () => move(file, store.archivedFile(file)));
    },
    async unarchive(threadId) {
      const file = await stored.findArchived(threadId);
      const target = store.unarchivedFile(file);
      await locked(threadId, file, () => move(file, target));
      return target;
    },
    async remove(threadId) {
      const file = await stored.findAny(threadId);
      await locked(threadId, file, async () => {
        for (const output of await store.outputFiles(threadId)) await fs.rm(output, { force: true });
        await bases.drop(threadId);
        await removeCheckpoints(file);
        await fs.rm(nameFile(file), { force: true });
        await fs.rm(firstWordsFile(file), { force: true });
        // Last: as long as it is there, a deletion that was cut short can be asked for again.
        await bases.remove(file);
      });
    },
  };
}

/** A thread that goes on has today's format from there on: an older version would read past what it does not know, and spoil it. */
const upgradeOf = (meta: SessionMeta): readonly RolloutEntry[] =>
  meta.format === rolloutFormat ? [] : [{ type: "session_meta", payload: { ...meta, format: rolloutFormat } }];

/** @throws ThreadRequestError `newerFormat` */
export function refuseNewer({ meta }: StoredThread): void {
  if (meta.format <= rolloutFormat) return;
  const message = `thread ${meta.id} was written by a newer version (${meta.cliVersion}); update Turnwright to go on with it`;
  throw new ThreadRequestError("newerFormat", message);
}

/** The rollout itself moves at once, or not at all; what is kept beside it is in both places until then. */
async function move(from: string, to: string): Promise<void> {
  await fs.mkdir(path.dirname(to), { recursive: true, mode: 0o700 });
  const isThere = await fs.access(to).then(
    () => true,
    () => false,
  );
  if (isThere) throw new ThreadRequestError("notRecorded", `There is another file in the place of the thread: ${to}`);
  const beside = [checkpointFile, nameFile, firstWordsFile];
  for (const of of beside) {
    await fs.copyFile(of(from), of(to)).catch((error: unknown) => {
      if (!isSystemError(error) || error.code !== "ENOENT") throw error;
    });
  }
  await fs.rename(from, to);
  for (const of of beside) await fs.rm(of(from), { force: true });
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException => error instanceof Error && "syscall" in error;
