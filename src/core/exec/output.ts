import { StringDecoder } from "node:string_decoder";
import { createByteWindow } from "./byte-window.ts";
import { headAndTail, incompleteBytes } from "./head-and-tail.ts";
import { createSpill, type Spill } from "./spill.ts";
import type { ProcessOutput, TakenOutput } from "./types.ts";

/** Kept in memory per process: half from the beginning, half from the end. */
const memoryBytes = 1024 * 1024;
const spillBytes = 512 * 1024 * 1024;
/** Above this many bytes waiting for the disk the process is not read any more. */
const fullBytes = 4 * 1024 * 1024;
const flushChars = 8192;
const flushMs = 16;

/** The writing side of a {@link ProcessOutput}. */
export interface OutputSink {
  readonly output: ProcessOutput;
  /** Takes a chunk; the buffer may be reused afterwards. False: stop reading until `onDrain` was called. */
  readonly write: (bytes: Uint8Array) => boolean;
  /** Resolves when listeners have everything and the file is complete. Never rejects. */
  readonly end: () => Promise<void>;
}

export interface OutputOptions {
  /** Absolute path of the file for the whole of an output that does not fit into memory; null keeps head and tail only. */
  readonly file: string | null;
  /** Bytes after which the file is cut; default 512 MiB. */
  readonly maxFileBytes?: number;
  /** Called after `write` said false, as soon as there is room again. Must not throw. */
  readonly onDrain: () => void;
}

/**
 * Output of one process. What a small command writes never touches the disk: the file is begun when the first byte would leave the
 * memory, and begins with everything written until then. Text is passed on as it came; only what goes to the model is cleaned (format.ts).
 */
export function createOutput({ file, maxFileBytes = spillBytes, onDrain }: OutputOptions): OutputSink {
  const window = createByteWindow(memoryBytes / 2, memoryBytes / 2);
  const decoder = new StringDecoder("utf8");
  const listeners = new Set<(text: string) => void>();
  let spill: Spill | null = null;
  let isFull = false;
  let hasEnded = false;
  let newlines = 0;
  let takenTo = 0;
  let takenNewlines = 0;
  let pending = "";
  let flushedAtMs = 0;
  let timer: NodeJS.Timeout | null = null;

  function flush(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (pending === "") return;
    const text = pending;
    pending = "";
    flushedAtMs = performance.now();
    for (const listener of listeners) listener(text);
  }

  function announce(text: string): void {
    pending += text;
    if (pending.length >= flushChars || performance.now() - flushedAtMs >= flushMs) flush();
    else timer ??= setTimeout(flush, flushMs);
  }

  function keepOnDisk(bytes: Uint8Array): void {
    if (file === null) return;
    if (spill === null) {
      if (window.total + bytes.length <= memoryBytes) return;
      spill = createSpill({ path: file, maxBytes: maxFileBytes, onDrain: drained });
      spill.write(window.slice(0, window.total));
    }
    if (spill.path !== null) spill.write(Buffer.from(bytes));
  }

  function drained(): void {
    if (!isFull || (spill !== null && spill.queuedBytes > fullBytes / 2)) return;
    isFull = false;
    onDrain();
  }

  /** End of what can be shown: a character that is still arriving is held back. */
  const shownEnd = () => (hasEnded ? window.total : window.total - incompleteBytes(tailOf(window.total)));
  const tailOf = (end: number) => window.slice(Math.max(0, end - 4), end);
  const endsInLine = () => window.total > 0 && window.slice(window.total - 1, window.total)[0] !== newline;

  const output: ProcessOutput = {
    get totalBytes() {
      return window.total;
    },
    get file() {
      return spill === null ? null : spill.path;
    },
    onText(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    snapshot(maxBytes) {
      return { ...headAndTail(window, 0, shownEnd(), maxBytes), totalLines: newlines + (endsInLine() ? 1 : 0) };
    },
    takeNew(maxBytes): TakenOutput {
      const from = takenTo;
      const linesBefore = takenNewlines;
      takenTo = shownEnd();
      takenNewlines = newlines;
      const bytes = takenTo - from;
      return {
        ...headAndTail(window, from, takenTo, maxBytes),
        bytes,
        totalLines: newlines - linesBefore + (bytes > 0 && endsInLine() ? 1 : 0),
      };
    },
  };

  return {
    output,
    write(bytes) {
      keepOnDisk(bytes);
      window.push(bytes);
      newlines += countNewlines(bytes);
      const text = decoder.write(bytes);
      if (text !== "") announce(text);
      isFull = spill !== null && spill.queuedBytes > fullBytes;
      return !isFull;
    },
    async end() {
      hasEnded = true;
      pending += decoder.end();
      flush();
      await spill?.end();
    },
  };
}

const newline = 10;

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  // A plain loop: searching for each newline costs ten times as much on an output of short lines.
  for (let i = 0; i < bytes.length; i += 1) if (bytes[i] === newline) count += 1;
  return count;
}
