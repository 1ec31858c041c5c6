import type { Thread, ThreadStatus } from "../../protocol/threads.ts";
import type { Turn } from "../../protocol/turns.ts";
import type { Clock } from "./clock.ts";
import { describeThread } from "./describe.ts";
import { cutPreview, type ThreadFacts, type ThreadOutline } from "./index/outline.ts";
import { readCheckpoints } from "./rollout/checkpoints.ts";
import { firstWordsOffset } from "./rollout/first-words.ts";
import { readHead } from "./rollout/head.ts";
import type { BasePart, HistoryBases } from "./rollout/history-bases.ts";
import { createLayouts, type Layouts } from "./rollout/layouts.ts";
import { type HistorySegment, rolloutFormat, type SessionMeta, type StandingSettings } from "./rollout/lines.ts";
import { isLocked } from "./rollout/lock.ts";
import { readName } from "./rollout/name-file.ts";
import { ownOutputs, readOutputs } from "./rollout/outputs.ts";
import { readRollout, type RolloutContent, type RolloutEnd } from "./rollout/reader.ts";
import { replayFiles } from "./rollout/replay-files.ts";
import { type Replayed, replay } from "./rollout/replay.ts";
import { parseRolloutName, type RolloutStore } from "./rollout/store.ts";
import type { RolloutMark } from "./rollout/writer.ts";
import { ThreadRequestError } from "./threads.ts";

/** A thread as it lies on the disk. */
export interface StoredThread {
  readonly file: string;
  readonly meta: SessionMeta;
  /** Null: nothing that says them can be read. */
  readonly settings: StandingSettings | null;
  /** What it shares with the threads that it was forked from, oldest first, as far as it was found. */
  readonly base: readonly HistorySegment[];
  readonly replayed: Replayed;
  /** What was wrong with the file, for a warning. */
  readonly damage: readonly string[];
  /** Where a writer goes on. */
  readonly end: Pick<RolloutEnd, "offset" | "nextOrdinal">;
  /** See {@link firstWordsOffset}. */
  readonly firstWordsAt: number | null;
}

/** The same, with its lines. */
export interface StoredLines extends StoredThread {
  /** These lines stand before those of `content`. */
  readonly base: readonly BasePart[];
  /** Its own file. */
  readonly content: RolloutContent;
}

/** A rollout, as it was at `mark`, or (null) as it is. `closedAtMs`: see {@link replay}. */
export interface StoredPlace {
  readonly file: string;
  readonly closedAtMs: number | null;
  readonly mark: RolloutMark | null;
}

/** Threads on the disk, loaded or not: everything here only reads, and needs no lock. */
export interface StoredThreads {
  /** Path of the rollout. Rejects with ThreadRequestError `notFound`, or `archived`. */
  find(threadId: string): Promise<string>;
  /** Path of the rollout in the archive. Rejects with ThreadRequestError `notFound`. */
  findArchived(threadId: string): Promise<string>;
  /** Path of the rollout, archived or not. Rejects with ThreadRequestError `notFound`. */
  findAny(threadId: string): Promise<string>;
  /** Reads all of it. Rejects with ThreadRequestError `notFound` when nothing can be read. */
  open(place: StoredPlace): Promise<StoredThread>;
  /** As {@link StoredThreads.open}, and keeps the lines. */
  openLines(place: StoredPlace): Promise<StoredLines>;
  /** The rollout as it is; what a process that no longer lives left open counts as closed. */
  place(file: string): StoredPlace;
  /** All turns, with the outputs that stand in files of their own. */
  turns(stored: StoredThread): Promise<readonly Turn[]>;
  /** What a list shows of a thread, from the beginning of its rollout. Null: it is gone, or nothing was ever said or done in it. */
  outline(file: string): Promise<ThreadOutline | null>;
  /** The same from what is known already. */
  outlineOf(file: string, facts: ThreadFacts): ThreadOutline | null;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function createStoredThreads(
  store: RolloutStore,
  bases: HistoryBases,
  clock: Clock,
  layouts: Layouts = createLayouts(bases),
): StoredThreads {
  const finish = (
    file: string,
    own: SessionMeta | null,
    base: { readonly segments: readonly HistorySegment[]; readonly damage: readonly string[] },
    end: RolloutEnd,
    replayed: Replayed,
  ) => {
    const { settings } = replayed;
    const found = metaOf(file, own, settings, base.segments);
    const meta = found === null || own !== null ? found : { ...found, settings };
    if (meta === null)
      throw new ThreadRequestError("notFound", `nothing in the rollout of the thread can be read: ${file}`);
    const fileOutputs =
      base.segments.length === 0 ? replayed.fileOutputs : ownOutputs(meta.id, replayed.fileOutputs, store);
    const rebuilt = own === null ? ["its first line is missing, and what it said was rebuilt"] : [];
    const damage = [...rebuilt, ...base.damage, ...end.damage, ...replayed.damage];
    return { file, meta, settings, replayed: { ...replayed, fileOutputs }, damage, end };
  };

  const openLines = async ({ file, closedAtMs, mark }: StoredPlace): Promise<StoredLines> => {
    const content = await readRollout(file, mark);
    const own = content.lines.findLast((line) => line.type === "session_meta")?.payload ?? null;
    const { parts, damage } = await bases.read(parseRolloutName(file)?.threadId ?? own?.id ?? "", own);
    const lines = [...parts.flatMap((part) => part.lines), ...content.lines];
    const replayed = replay(lines, content.checkpoints, closedAtMs);
    return {
      ...finish(file, own, { segments: parts, damage }, content, replayed),
      base: parts,
      content,
      firstWordsAt: firstWordsOffset(parts, content),
    };
  };

  const open = async (place: StoredPlace): Promise<StoredThread> => {
    const { file, closedAtMs, mark } = place;
    const read = await replayFiles(file, mark?.offset ?? null, { bases, layouts });
    if (read === null) return openLines(place);
    const checkpoints = mark?.checkpoints ?? (await readCheckpoints(file));
    const replayed = read.replay.finish(checkpoints, closedAtMs);
    const base = { segments: read.meta.historyBase, damage: read.baseDamage };
    return {
      ...finish(file, read.meta, base, read.end, replayed),
      base: base.segments,
      firstWordsAt: read.firstWordsAt,
    };
  };

  const unknown = (threadId: string): ThreadRequestError =>
    new ThreadRequestError("notFound", `no rollout found for thread id ${threadId}`);
  const pathOf = (threadId: string) => (uuid.test(threadId) ? store.find(threadId) : null);
  const archivedPathOf = (threadId: string) => (uuid.test(threadId) ? store.findArchived(threadId) : null);

  return {
    async find(threadId) {
      const file = await pathOf(threadId);
      if (file !== null) return file;
      if ((await archivedPathOf(threadId)) === null) throw unknown(threadId);
      // The beginning is what clients know.
      throw new ThreadRequestError(
        "archived",
        `session ${threadId} is archived. Unarchive it first (thread/unarchive).`,
      );
    },
    async findArchived(threadId) {
      const file = await archivedPathOf(threadId);
      if (file === null) throw unknown(threadId);
      return file;
    },
    async findAny(threadId) {
      const file = (await pathOf(threadId)) ?? (await archivedPathOf(threadId));
      if (file === null) throw unknown(threadId);
      return file;
    },
    open,
    openLines,
    place: (file) => ({ file, closedAtMs: isLocked(file) ? null : clock.now(), mark: null }),
    async turns({ replayed }) {
      const turns: Turn[] = [];
      for (const turn of replayed.turns)
        turns.push({ ...turn, items: await readOutputs(turn.items, replayed.fileOutputs) });
      return turns;
    },
    async outline(file) {
      const head = await readHead(file).catch(() => null);
      return head === null ? null : outlineOf(file, { ...head, name: await readName(file), git: null });
    },
    outlineOf,
  };
}

/** A thread that is not loaded, for a client. */
export const describeStored = (
  { meta, settings, replayed, file }: StoredThread,
  turns: readonly Turn[],
  shown: { readonly status: ThreadStatus; readonly isReadOnly: boolean } = {
    status: { type: "notLoaded" },
    isReadOnly: false,
  },
): Thread =>
  describeThread({
    meta,
    settings: settings ?? unknownSettings(meta),
    preview: replayed.preview,
    name: replayed.name,
    git: replayed.git,
    updatedAtMs: replayed.updatedAtMs,
    ...shown,
    path: file,
    turns,
  });

function outlineOf(file: string, { settings, preview, name, git, ...facts }: ThreadFacts): ThreadOutline | null {
  const meta = metaOf(file, facts.meta, settings, []);
  if (meta === null || !facts.hasHistory) return null;
  const { cwd, model, modelProvider, effort } = settings ?? unknownSettings(meta);
  return {
    // What it shares with other threads may be much, and is not listed.
    meta: { ...meta, historyBase: [], preview: "", settings: null },
    settings: { cwd, model, modelProvider, effort },
    preview: cutPreview(preview ?? ""),
    name,
    git: git ?? meta.git,
  };
}

const unknownSettings = ({ cwd, modelProvider }: SessionMeta) => ({ cwd, modelProvider, model: "", effort: null });

/** The first line; when it is damaged, what the file's name and its first turn tell. The name always says which thread it is. */
function metaOf(
  file: string,
  meta: SessionMeta | null,
  settings: Pick<StandingSettings, "cwd" | "modelProvider"> | null,
  base: readonly HistorySegment[],
): SessionMeta | null {
  const name = parseRolloutName(file);
  if (name === null) return meta;
  if (meta !== null) return { ...meta, id: name.threadId };
  if (settings === null) return null;
  return {
    id: name.threadId,
    format: rolloutFormat,
    createdAtMs: name.createdAtMs,
    cwd: settings.cwd,
    originator: "unknown",
    cliVersion: "unknown",
    modelProvider: settings.modelProvider,
    git: null,
    forkedFromId: base.at(-1)?.threadId ?? null,
    historyBase: base.map(({ threadId, endOrdinal, endByteOffset }) => ({ threadId, endOrdinal, endByteOffset })),
    preview: "",
    settings: null,
  };
}
