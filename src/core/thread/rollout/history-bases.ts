import fs from "node:fs/promises";
import path from "node:path";
import { headOfFile } from "./head-of-file.ts";
import type { HistorySegment, RolloutLine, SessionMeta } from "./lines.ts";
import { collectLines } from "./reader.ts";
import type { RolloutStore } from "./store.ts";

/** The beginning of a rollout, as another thread shares it. */
export interface BasePart extends HistorySegment {
  readonly file: string;
  readonly lines: readonly RolloutLine[];
  /** Where each line begins, in bytes. */
  readonly starts: readonly number[];
}

/**
 * The histories that forks share. A fork does not copy: it has a hard link of its own to each rollout that it needs a beginning of,
 * `<home>/forked_history/<threadId>-<number>-<endByteOffset>.jsonl`. So what it needs stays when the other thread is archived or deleted,
 * whoever does it and whenever; nothing has to be counted, and a kill in between leaves at worst a link too many. Rollouts only grow, so
 * the bytes up to the offset are the same for ever. Where there are no hard links (another file system, FAT), those bytes are copied.
 */
export interface HistoryBases {
  /** Makes the links of a new fork. Rejects with the file system's error, ENOENT among others when the other thread was deleted meanwhile. */
  keep(threadId: string, parts: readonly Pick<BasePart, "file" | "endByteOffset">[]): Promise<void>;
  /** The files that a thread shares a beginning of, oldest first, unread; null: a link is gone, or is not as long as it should be. */
  locate(
    threadId: string,
    meta: Pick<SessionMeta, "historyBase">,
  ): Promise<readonly (HistorySegment & { readonly file: string })[] | null>;
  /**
   * Reads what a thread shares, oldest first. `meta` null: its first line is damaged, so the names of its links tell. A link that is gone is
   * looked for under the id of the thread that it came from; what cannot be read is left out and said.
   */
  read(
    threadId: string,
    meta: Pick<SessionMeta, "historyBase"> | null,
  ): Promise<{ readonly parts: readonly BasePart[]; readonly damage: readonly string[] }>;
  /** Deletes a rollout. Of what other threads keep of it, bytes that none of them needs go too. */
  remove(rollout: string): Promise<void>;
  /** Takes away the links of a thread, and bytes that nobody needs any more. */
  drop(threadId: string): Promise<void>;
}

export function createHistoryBases(home: string, store: RolloutStore): HistoryBases {
  const folder = path.join(home, "forked_history");
  const linkOf = (threadId: string, number: number, endByteOffset: number): string =>
    path.join(folder, `${threadId}-${number}-${endByteOffset}.jsonl`);

  const linksOf = async (threadId: string) => {
    const names = await fs.readdir(folder).catch(() => []);
    return names.flatMap((name) => {
      const link = parseLink(name);
      return link?.threadId === threadId ? [{ ...link, file: path.join(folder, name) }] : [];
    });
  };

  const segmentOf = async (threadId: string, number: number, segment: HistorySegment) => {
    const { endByteOffset, endOrdinal } = segment;
    const sources = [
      async () => linkOf(threadId, number, endByteOffset),
      () => store.find(segment.threadId),
      () => store.findArchived(segment.threadId),
    ];
    let found: Awaited<ReturnType<typeof readPart>> | null = null;
    for (const source of sources) {
      const file = await source();
      const part = file === null ? null : await readPart(file, endByteOffset).catch(() => null);
      if (part !== null && fits(part, endOrdinal)) return part;
      found ??= part;
    }
    return found;
  };

  const remove = async (file: string): Promise<void> => {
    const handle = await fs.open(file, "r+");
    try {
      await fs.rm(file);
      // From here on nobody can make a new link to more of it, so what is counted now is all there is.
      const { dev, ino, nlink } = await handle.stat({ bigint: true });
      if (nlink === 0n) return;
      const ends: number[] = [];
      for (const name of await fs.readdir(folder).catch(() => [])) {
        const link = parseLink(name);
        const stat = await fs.stat(path.join(folder, name), { bigint: true }).catch(() => null);
        if (link !== null && stat?.dev === dev && stat.ino === ino) ends.push(link.endByteOffset);
      }
      // A link that is not ours (the thread itself, a backup made of links) has a right to the whole file.
      if (BigInt(ends.length) === nlink) await handle.truncate(Math.max(...ends));
    } finally {
      await handle.close();
    }
  };

  return {
    async keep(threadId, parts) {
      await fs.mkdir(folder, { recursive: true, mode: 0o700 });
      for (const [number, { file, endByteOffset }] of parts.entries()) {
        await share(file, linkOf(threadId, number, endByteOffset), endByteOffset);
      }
    },
    async locate(threadId, { historyBase }) {
      const parts: (HistorySegment & { file: string })[] = [];
      for (const [number, segment] of historyBase.entries()) {
        const link = linkOf(threadId, number, segment.endByteOffset);
        const { size } = await fs.stat(link).catch(() => ({ size: -1 }));
        if (size < segment.endByteOffset) return null;
        parts.push({ ...segment, file: link });
      }
      return parts;
    },
    async read(threadId, meta) {
      const parts: BasePart[] = [];
      const damage: string[] = [];
      if (meta === null) {
        for (const { file, endByteOffset } of (await linksOf(threadId)).toSorted((a, b) => a.number - b.number)) {
          const part = await readPart(file, endByteOffset).catch(() => null);
          if (part === null) continue;
          const from = part.lines.find(({ type }) => type === "session_meta");
          const id = from?.type === "session_meta" ? from.payload.id : threadId;
          parts.push({ ...part, threadId: id, file, endOrdinal: part.nextOrdinal, endByteOffset });
          damage.push(...part.damage);
        }
        return { parts, damage };
      }
      for (const [number, segment] of meta.historyBase.entries()) {
        const part = await segmentOf(threadId, number, segment);
        if (part === null) damage.push(`${shared(segment.threadId)} is gone`);
        else {
          parts.push({ ...segment, ...part });
          damage.push(...part.damage.map((what) => inShared(segment.threadId, what)));
          if (!fits(part, segment.endOrdinal)) damage.push(`${shared(segment.threadId)} is not whole`);
        }
      }
      return { parts, damage };
    },
    async drop(threadId) {
      for (const { file } of await linksOf(threadId)) await remove(file);
    },
    remove,
  };
}

const shared = (threadId: string): string => `the history that it shares with thread ${threadId}`;

/** What is wrong with a file that a thread shares with another one, for a warning. */
export const inShared = (threadId: string, what: string): string => `in ${shared(threadId)}, ${what}`;

const linkName = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(\d+)-(\d+)\.jsonl$/i;

function parseLink(name: string) {
  const [, threadId, number, endByteOffset] = linkName.exec(name) ?? [];
  return threadId === undefined ? null : { threadId, number: Number(number), endByteOffset: Number(endByteOffset) };
}

/** `isWhole`: the file is as long as it should be, and the offset is the end of a line. */
async function readPart(file: string, endByteOffset: number) {
  const { lines, starts, damage, offset, nextOrdinal, bytes } = await collectLines(file, endByteOffset);
  return { file, lines, starts, damage, nextOrdinal, isWhole: bytes === endByteOffset && offset === bytes };
}

const fits = ({ isWhole, nextOrdinal }: Awaited<ReturnType<typeof readPart>>, endOrdinal: number): boolean =>
  isWhole && nextOrdinal <= endOrdinal;

/** A hard link where the file system has them, else a copy of the bytes that are needed. */
async function share(from: string, to: string, endByteOffset: number): Promise<void> {
  try {
    await fs.link(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") throw error;
    await fs.writeFile(to, await headOfFile(from, endByteOffset), { mode: 0o600, flush: true });
  }
}
