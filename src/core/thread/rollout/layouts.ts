import type { Stats } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import fs from "node:fs/promises";
import { readFirstLine, sharesTheSame } from "./first-line.ts";
import type { HistoryBases } from "./history-bases.ts";
import { createLayoutScan, type Layout, type LayoutScan } from "./layout.ts";
import type { SessionMeta } from "./lines.ts";
import { parseRolloutName } from "./store.ts";
import { wholeLines } from "./whole-lines.ts";

/** One of the files that a thread stands in, its own last. */
export interface LayoutPart {
  readonly file: string;
  /** Where it begins, counted through all of them, and where what counts of it ends. */
  readonly from: number;
  readonly to: number;
}

export interface FileLayout extends Layout {
  readonly threadId: string;
  readonly parts: readonly LayoutPart[];
}

/** The layouts of the rollouts that were last paged through. A cache: a rollout that only grew is read from where it was read to. */
export interface Layouts {
  /**
   * The layout of a rollout as it is, or at least up to `end`. Null: it cannot be told without all lines, since its beginning is damaged, or
   * a file that it shares is not as it should be. Rejects with the file system's error.
   */
  of(file: string, end: number | null): Promise<FileLayout | null>;
}

const maxLayouts = 16;
/** Bytes before the place that was read to; while they are the same, the file only grew. */
const tailBytes = 256;

interface Known {
  readonly scan: LayoutScan;
  readonly meta: SessionMeta;
  readonly shared: readonly LayoutPart[];
  readonly inode: number;
  /** Of the file, when it was last read. */
  size: number;
  modifiedAtMs: number;
  /** Of the file itself. */
  readTo: number;
  tail: Buffer;
}

export function createLayouts(bases: Pick<HistoryBases, "locate">): Layouts {
  const known = new Map<string, Known>();
  /** One reading of a file at a time. */
  const reading = new Map<string, Promise<unknown>>();

  const begin = async (file: string, { ino, size, mtimeMs }: Stats): Promise<Known | null> => {
    const meta = await readFirstLine(file);
    const segments = meta === null ? null : await bases.locate(parseRolloutName(file)?.threadId ?? meta.id, meta);
    if (meta === null || segments === null) return null;
    const scan = createLayoutScan();
    const shared: LayoutPart[] = [];
    for (const { file: link, endByteOffset } of segments) {
      const from = shared.at(-1)?.to ?? 0;
      // Whatever the file system has against it: the thread is read in the other way then, which looks elsewhere for it.
      const readTo = await scanLink(scan, link, endByteOffset, from).catch(() => null);
      if (readTo !== endByteOffset) return null;
      shared.push({ file: link, from, to: from + endByteOffset });
    }
    const unread = { readTo: 0, tail: Buffer.alloc(0) };
    return { scan, meta, shared, inode: ino, size, modifiedAtMs: mtimeMs, ...unread };
  };

  const read = async (file: string, end: number | null): Promise<FileLayout | null> => {
    const handle = await fs.open(file, "r");
    try {
      const stats = await handle.stat();
      const before = known.get(file);
      known.delete(file);
      const isSame = before !== undefined && (await hasOnlyGrown(handle, stats, before));
      const layout = isSame ? before : await begin(file, stats);
      if (layout === null) return null;
      const { size, mtimeMs } = stats;
      layout.size = size;
      layout.modifiedAtMs = mtimeMs;
      const { scan, meta, shared } = layout;
      const from = shared.at(-1)?.to ?? 0;
      const to = Math.min(end ?? size, size);
      if (to > layout.readTo) {
        layout.readTo = await scanFile(scan, handle, { from: layout.readTo, to }, from);
        layout.tail = await bytesOf(handle, Math.max(0, layout.readTo - tailBytes), layout.readTo);
      }
      const own = scan.layout.metas.filter((other) => other.from >= from);
      if (!own.every((other) => sharesTheSame(other.meta, meta))) return null;
      known.set(file, layout);
      const [oldest] = known.keys();
      if (known.size > maxLayouts && oldest !== undefined) known.delete(oldest);
      const parts = [...shared, { file, from, to: from + layout.readTo }];
      return { ...scan.layout, threadId: parseRolloutName(file)?.threadId ?? meta.id, parts };
    } finally {
      await handle.close();
    }
  };

  return {
    async of(file, end) {
      const before = reading.get(file) ?? Promise.resolve();
      const mine = before.then(
        () => read(file, end),
        () => read(file, end),
      );
      reading.set(file, mine);
      try {
        return await mine;
      } finally {
        if (reading.get(file) === mine) reading.delete(file);
      }
    },
  };
}

/** As {@link scanFile}, of a file that a thread shares. Rejects with the file system's error. */
async function scanLink(scan: LayoutScan, link: string, to: number, at: number): Promise<number> {
  const handle = await fs.open(link, "r");
  try {
    return await scanFile(scan, handle, { from: 0, to }, at);
  } finally {
    await handle.close();
  }
}

/** Resolves with the end of the last whole line. `at`: where the file begins, counted through all. */
async function scanFile(
  scan: LayoutScan,
  handle: FileHandle,
  { from, to }: { readonly from: number; readonly to: number },
  at: number,
): Promise<number> {
  let readTo = from;
  for await (const slice of wholeLines(handle, from, to)) {
    if (!slice.isWhole) break;
    scan.add(slice.bytes, at + slice.at);
    readTo = slice.at + slice.bytes.length;
  }
  return readTo;
}

async function hasOnlyGrown(handle: FileHandle, { ino, size, mtimeMs }: Stats, known: Known): Promise<boolean> {
  if (ino !== known.inode || (size === known.size && mtimeMs !== known.modifiedAtMs)) return false;
  const { tail, readTo } = known;
  return tail.equals(await bytesOf(handle, readTo - tail.length, readTo));
}

async function bytesOf(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.alloc(to - from);
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}
