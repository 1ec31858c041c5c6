import { constants } from "node:fs";
import { mkdir, open, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";

/** The file that takes the whole output of a process. Writes are queued; a slow disk is felt by the writer, never by the server. */
export interface Spill {
  /** Bytes that wait for the disk. */
  readonly queuedBytes: number;
  /** Null when the disk refused: then nothing more is written and the file is gone. */
  readonly path: string | null;
  /** Takes the buffer over; it must not change afterwards. */
  write(bytes: Buffer): void;
  /** Resolves when everything is in the file and it is closed. Never rejects. */
  end(): Promise<void>;
}

export interface SpillOptions {
  /** Absolute; its folder is made (0700), the file is made anew (0600). */
  readonly path: string;
  /** Beyond it nothing is written but a line that says so. */
  readonly maxBytes: number;
  /** Called after each write, when the queue got shorter. Must not throw. */
  readonly onDrain: () => void;
}

const openFlags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;

export function createSpill({ path, maxBytes, onDrain }: SpillOptions): Spill {
  let queue: Buffer[] = [];
  let queuedBytes = 0;
  let acceptedBytes = 0;
  let hasFailed = false;
  let file: FileHandle | null = null;
  let pump: Promise<void> | null = null;

  async function writeQueue(): Promise<void> {
    try {
      if (file === null) {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        file = await open(path, openFlags, 0o600);
      }
      while (queue.length > 0) {
        const batch = queue;
        queue = [];
        for (const bytes of batch) {
          await file.writeFile(bytes);
          queuedBytes -= bytes.length;
        }
        onDrain();
      }
    } catch {
      // A full or broken disk must not end the command: what is in memory stays, the file goes.
      hasFailed = true;
      queue = [];
      queuedBytes = 0;
      await file?.close().catch(() => undefined);
      file = null;
      await rm(path, { force: true }).catch(() => undefined);
      onDrain();
    } finally {
      pump = null;
    }
  }

  function enqueue(bytes: Buffer): void {
    queue.push(bytes);
    queuedBytes += bytes.length;
    pump ??= writeQueue();
  }

  return {
    get queuedBytes() {
      return queuedBytes;
    },
    get path() {
      return hasFailed ? null : path;
    },
    write(bytes) {
      if (hasFailed || acceptedBytes > maxBytes) return;
      const room = maxBytes - acceptedBytes;
      acceptedBytes += bytes.length;
      if (bytes.length <= room) return enqueue(bytes);
      enqueue(bytes.subarray(0, room));
      enqueue(Buffer.from(`\n[turnwright: only the first ${maxBytes} bytes of the output are kept]\n`));
    },
    async end() {
      // `pump` may be replaced by a write that came while we waited.
      while (pump !== null) await pump;
      await file?.close().catch(() => undefined);
      file = null;
    },
  };
}
