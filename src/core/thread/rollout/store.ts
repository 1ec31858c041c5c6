import { readdirSync } from "node:fs";
import fs from "node:fs/promises";
import path from "node:path";

/**
 * Where rollouts stand: `<home>/sessions/YYYY/MM/DD/rollout-YYYY-MM-DDThh-mm-ss-<threadId>.jsonl`, local time. The files are the
 * truth; the index of threads is a cache over them.
 */
export interface RolloutStore {
  /** Path of the rollout of a new thread. */
  fileFor(threadId: string, createdAtMs: number): string;
  /** Path of an existing rollout; null when there is none. */
  find(threadId: string): Promise<string | null>;
  /** All rollouts, newest first, folder by folder. */
  files(): AsyncIterable<string>;
  /** Path of an archived rollout; null when there is none. */
  findArchived(threadId: string): Promise<string | null>;
  /** Every folder that rollouts stand in, the archive last. Synchronous: it reads one small folder a month. */
  folders(): Iterable<{ readonly path: string; readonly isArchive: boolean }>;
  /** Where a rollout stands in the archive: `<home>/archived_sessions/<its name>`. */
  archivedFile(file: string): string;
  /** Where an archived rollout stood before. */
  unarchivedFile(file: string): string;
  /** All output files of a thread. */
  outputFiles(threadId: string): Promise<readonly string[]>;
  /** Where the whole output of a command of this thread is kept. */
  outputFile(threadId: string, itemId: string): string;
  /** Where a fork keeps its own link to an output of the thread that it comes from. */
  inheritedOutput(threadId: string, output: string): string;
}

export function createRolloutStore(home: string): RolloutStore {
  const root = path.join(home, "sessions");
  const archive = path.join(home, "archived_sessions");
  const outputs = path.join(home, "outputs");

  async function* files(): AsyncIterable<string> {
    for (const year of await folder(root)) {
      for (const month of await folder(path.join(root, year))) {
        for (const day of await folder(path.join(root, year, month))) {
          const names = await folder(path.join(root, year, month, day));
          for (const name of names) if (isRollout(name)) yield path.join(root, year, month, day, name);
        }
      }
    }
  }

  return {
    fileFor(threadId, createdAtMs) {
      const { year, month, day, time } = localParts(createdAtMs);
      return path.join(root, year, month, day, `rollout-${year}-${month}-${day}T${time}-${threadId}.jsonl`);
    },
    async find(threadId) {
      const suffix = `-${threadId}.jsonl`;
      // A UUIDv7 tells when the thread was made: nearly always its folder is known.
      const { year, month, day } = localParts(timeOf(threadId));
      const likely = path.join(root, year, month, day);
      const name = (await folder(likely)).find((entry) => entry.endsWith(suffix));
      if (name !== undefined) return path.join(likely, name);
      for await (const file of files()) if (file.endsWith(suffix)) return file;
      return null;
    },
    files,
    async findArchived(threadId) {
      const name = (await folder(archive)).find((entry) => entry.endsWith(`-${threadId}.jsonl`));
      return name === undefined ? null : path.join(archive, name);
    },
    *folders() {
      for (const year of foldersIn(root)) {
        for (const month of foldersIn(year)) for (const day of foldersIn(month)) yield { path: day, isArchive: false };
      }
      yield { path: archive, isArchive: true };
    },
    archivedFile: (file) => path.join(archive, path.basename(file)),
    unarchivedFile(file) {
      const [, day = ""] = rolloutName.exec(path.basename(file)) ?? [];
      return path.join(root, ...day.split("-"), path.basename(file));
    },
    async outputFiles(threadId) {
      const names = await folder(outputs);
      return names.filter((name) => name.startsWith(`${threadId}-`)).map((name) => path.join(outputs, name));
    },
    inheritedOutput: (threadId, output) => {
      // Behind the id of the other thread: both are as long.
      const rest = path.basename(output).slice(threadId.length);
      return path.join(outputs, `${threadId}${rest}`);
    },
    outputFile: (threadId, itemId) => path.join(outputs, `${threadId}-${safeName(itemId)}`),
  };
}

const rolloutName =
  /^rollout-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.jsonl$/i;

const isRollout = (name: string): boolean => rolloutName.test(name);

/** What the name of a rollout tells; null for another file. */
export function parseRolloutName(file: string): { readonly threadId: string; readonly createdAtMs: number } | null {
  const [, day, hours, minutes, seconds, threadId] = rolloutName.exec(path.basename(file)) ?? [];
  if (threadId === undefined) return null;
  if (threadId[14] === "7" && timeOf(threadId) < year10000) return { threadId, createdAtMs: timeOf(threadId) };
  const createdAtMs = Date.parse(`${day ?? ""}T${hours ?? ""}:${minutes ?? ""}:${seconds ?? ""}`); // local time, as it was made
  return { threadId, createdAtMs: Number.isNaN(createdAtMs) ? 0 : createdAtMs };
}

/** Paths of the dated folders in one, newest first. */
function foldersIn(at: string): string[] {
  try {
    const names = readdirSync(at).filter((name) => /^\d{2,4}$/.test(name));
    return names.toSorted((a, b) => (a < b ? 1 : -1)).map((name) => path.join(at, name));
  } catch {
    return []; // not there, or no folder
  }
}

/** Names, newest (greatest) first; a folder that is not there is empty. */
async function folder(at: string): Promise<string[]> {
  const names = await fs.readdir(at).catch(() => []);
  return names.sort((a, b) => (a < b ? 1 : -1));
}

function localParts(ms: number): { year: string; month: string; day: string; time: string } {
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  return {
    year: String(date.getFullYear()),
    month: two(date.getMonth() + 1),
    day: two(date.getDate()),
    time: [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join("-"),
  };
}

/** Dates up to here have four digits in their year. */
const year10000 = Date.UTC(10_000, 0);

/** Unix ms in the first 48 bits of a UUIDv7. */
const timeOf = (uuid: string): number => Number.parseInt(uuid.replaceAll("-", "").slice(0, 12), 16);

/** Item ids come from the model. */
const safeName = (itemId: string): string => itemId.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 100);
