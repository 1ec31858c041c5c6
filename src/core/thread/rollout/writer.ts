import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../clock.ts";
import { serializeItem } from "../history.ts";
import { createCheckpoints } from "./checkpoints.ts";
import type { Checkpoint, RolloutEntry } from "./lines.ts";
import { type RolloutLock, tryLock } from "./lock.ts";
import { keepName } from "./name-file.ts";
import { writeAll } from "./write-all.ts";

const advice = "Free some space or make the folder writable, then go on.";

/** The rollout cannot be written: a full disk, a read-only home, missing rights, another writer. Nothing of the failed write stays in the file. */
export class RolloutWriteError extends Error {
  constructor(file: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const next = cause instanceof OtherWriterError ? "Start a new thread, or open this one again." : advice;
    super(`The thread cannot be recorded in ${file}: ${reason}. ${next}`, { cause });
    this.name = "RolloutWriteError";
  }
}

class OtherWriterError extends Error {}

/**
 * The append-only file of one thread. Writes are synchronous: when {@link RolloutWriter.append} returns, the lines are in the file, so what is
 * emitted after it was recorded before. The file is created by the first append; a write that fails is taken back to the last whole line.
 */
export interface RolloutWriter {
  readonly file: string;
  /** Appends all entries with one write. @throws RolloutWriteError */
  append(entries: readonly RolloutEntry[]): void;
  /** Keeps unfinished text of an open item. Best effort: a failure loses no recorded item. */
  checkpoint(checkpoint: Checkpoint): void;
  /** The item has ended: what was kept of it is not needed any more. */
  forget(itemId: string): void;
  /** What a reader of the thread finds at this instant; null: nothing is recorded yet. */
  mark(): RolloutMark | null;
  /** Waits until everything appended so far is on the disk. */
  sync(): Promise<void>;
  /** Also releases the lock. May be called twice. */
  close(): Promise<void>;
}

/** An instant in the life of a rollout. */
export interface RolloutMark {
  /** Bytes of whole lines. */
  readonly offset: number;
  /** Texts of the items that are open. */
  readonly checkpoints: readonly Checkpoint[];
}

export interface WriterStart {
  /** Bytes of whole lines in the file; what follows them is a torn line and is cut off. */
  readonly offset: number;
  readonly nextOrdinal: number;
  /** Null: the writer takes the lock with its first append; a thread without a turn leaves no file. */
  readonly lock: RolloutLock | null;
  /** Goes into the file with the first append, before it. */
  readonly preface?: readonly RolloutEntry[];
}

/** Opens nothing yet. */
export function createRolloutWriter(file: string, start: WriterStart, clock: Clock): RolloutWriter {
  const checkpoints = createCheckpoints(file);
  let fd: number | null = null;
  let { offset, nextOrdinal, lock, preface = [] } = start;
  let isClosed = false;
  let syncing: Promise<unknown> = Promise.resolve();

  const takeLock = (): RolloutLock => {
    const attempt = tryLock(file);
    if (attempt.kind === "locked") return attempt.lock;
    throw new OtherWriterError(
      `it is open in another window${attempt.pid === null ? "" : ` (process ${attempt.pid})`}`,
    );
  };

  const open = (): number => {
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const opened = fs.openSync(file, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
    try {
      cutTornLine(opened, offset);
    } catch (error) {
      fs.closeSync(opened);
      throw error;
    }
    return opened;
  };

  /** Takes a failed write back. A file that it had only just made goes with it. */
  const restore = (): void => {
    if (fd === null) return;
    try {
      fs.ftruncateSync(fd, offset);
      if (offset > 0) return;
      fs.closeSync(fd);
      fd = null;
      fs.rmSync(file, { force: true });
    } catch {
      // A torn line at the end is also cut off by the next reader and the next writer.
    }
  };

  return {
    file,
    append(entries) {
      const timestamp = new Date(clock.now()).toISOString();
      let text = "";
      let ordinal = nextOrdinal;
      for (const entry of [...preface, ...entries]) text += `${lineOf(timestamp, ordinal++, entry)}\n`;
      const bytes = Buffer.from(text, "utf8");
      try {
        if (isClosed) throw new OtherWriterError("the thread is closed");
        lock ??= takeLock();
        fd ??= open();
        writeAll(fd, bytes, offset);
      } catch (cause) {
        restore();
        throw new RolloutWriteError(file, cause);
      }
      offset += bytes.length;
      nextOrdinal = ordinal;
      preface = [];
      for (const entry of entries) if (entry.type === "thread_name") keepName(file, entry.payload.name);
    },
    checkpoint: (checkpoint) => checkpoints.add(checkpoint),
    forget: (itemId) => checkpoints.forget(itemId),
    mark: () => (offset === 0 ? null : { offset, checkpoints: checkpoints.read() }),
    sync() {
      const synced = new Promise<void>((resolve, reject) => {
        if (fd === null) return resolve();
        fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(new RolloutWriteError(file, error))));
      });
      syncing = Promise.allSettled([syncing, synced]);
      return synced;
    },
    async close() {
      isClosed = true;
      checkpoints.close();
      // Closed under a flush that is under way, the file would not be flushed, and the flush would fail.
      await syncing;
      if (fd !== null) fs.closeSync(fd);
      fd = null;
      lock?.release();
      lock = null;
    },
  };
}

/** An item of the history is not serialised again: its text is the prompt's. */
function lineOf(timestamp: string, ordinal: number, entry: RolloutEntry): string {
  if (entry.type !== "response_item") return JSON.stringify({ timestamp, ordinal, ...entry });
  const { item, view, bodyOf } = entry.payload;
  const head = JSON.stringify({ timestamp, ordinal, type: entry.type }).slice(0, -1);
  const shown = view === undefined ? "" : `"view":${JSON.stringify(view)},`;
  const told = bodyOf === undefined ? "" : `"bodyOf":${JSON.stringify(bodyOf)},`;
  return `${head},"payload":{${shown}${told}"item":${serializeItem(item)}}}`;
}

const newline = 0x0a;

/**
 * Cuts the file to `offset`, if what follows is part of one line only: whole lines there are another writer's and are not destroyed.
 * @throws OtherWriterError
 */
function cutTornLine(fd: number, offset: number): void {
  const { size } = fs.fstatSync(fd);
  if (size < offset) throw new OtherWriterError("the file has become shorter since it was read");
  const bytes = Buffer.alloc(Math.min(size - offset, 64 * 1024));
  for (let at = offset; at < size;) {
    const count = fs.readSync(fd, bytes, 0, bytes.length, at);
    if (count === 0) break;
    if (bytes.subarray(0, count).includes(newline))
      throw new OtherWriterError("another program has written to the file");
    at += count;
  }
  if (size > offset) fs.ftruncateSync(fd, offset);
}
