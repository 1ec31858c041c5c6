import fs from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { type Checkpoint, maxPartIndex } from "./lines.ts";
import { writeAll } from "./write-all.ts";

/** Up to this size the file is only appended to; beyond it, and whenever it has doubled, it is written anew with what is still open. */
const usualBytes = 256 * 1024;

/** Where unfinished text of open items stands: beside the rollout. */
export const checkpointFile = (rollout: string): string => `${rollout}.open`;

/** The text of items that are open now. Best effort: a failure loses no recorded item, and the next append says what is wrong with the disk. */
export interface Checkpoints {
  add(checkpoint: Checkpoint): void;
  /** The item has ended: its text stands in the rollout. */
  forget(itemId: string): void;
  /** What is kept now. */
  read(): readonly Checkpoint[];
  /** Leaves the file for the next reader if an item is still open. May be called twice. */
  close(): void;
}

/** The file is made at the first checkpoint; what an earlier writer left there is gone then. */
export function createCheckpoints(rollout: string): Checkpoints {
  const file = checkpointFile(rollout);
  /** Items with text in the file. */
  const open = new Set<string>();
  let fd: number | null = null;
  let bytes = 0;
  let maxBytes = usualBytes;

  const empty = (): void => {
    if (fd === null || bytes === 0) return;
    fs.ftruncateSync(fd, 0);
    bytes = 0;
    maxBytes = usualBytes;
  };

  const rewrite = (): void => {
    const kept = merged(parseCheckpoints(fs.readFileSync(file, "utf8")).filter(({ itemId }) => open.has(itemId)));
    const content = Buffer.from(kept.map(toLine).join(""));
    maxBytes = Math.max(usualBytes, 2 * bytes); // should it fail, it is not tried at once again
    const temporary = temporaryOf(file);
    const next = fs.openSync(temporary, "w", 0o600);
    try {
      writeAll(next, content, 0);
      fs.renameSync(temporary, file);
    } catch (error) {
      fs.closeSync(next);
      fs.rmSync(temporary, { force: true });
      throw error;
    }
    if (fd !== null) fs.closeSync(fd);
    fd = next;
    bytes = content.length;
    maxBytes = Math.max(usualBytes, 2 * bytes);
  };

  return {
    add(checkpoint) {
      const line = Buffer.from(toLine(checkpoint));
      try {
        fd ??= fs.openSync(file, "w", 0o600);
        writeAll(fd, line, bytes);
        bytes += line.length;
        open.add(checkpoint.itemId);
        if (bytes > maxBytes) rewrite();
      } catch {
        // Unfinished text is all that can be missing; a torn line is written over by the next one.
      }
    },
    forget(itemId) {
      if (!open.delete(itemId) || open.size > 0) return;
      try {
        empty();
      } catch {
        // The text of an item that has ended is not used.
      }
    },
    read() {
      if (fd === null || bytes === 0) return [];
      try {
        return parseCheckpoints(fs.readFileSync(file, "utf8"));
      } catch {
        return []; // as with writing: the text of an open item is all that can be missing
      }
    },
    close() {
      if (fd === null) return;
      fs.closeSync(fd);
      fd = null;
      if (open.size === 0) fs.rmSync(file, { force: true });
    },
  };
}

/** Removes what a dead writer left, once it stands in the rollout. */
export async function removeCheckpoints(rollout: string): Promise<void> {
  const file = checkpointFile(rollout);
  await rm(file, { force: true });
  await rm(temporaryOf(file), { force: true });
}

/** Reads what a writer left behind, or still keeps. Nothing when there is no file. */
export const readCheckpoints = async (rollout: string): Promise<Checkpoint[]> =>
  parseCheckpoints(await readFile(checkpointFile(rollout), "utf8").catch(() => ""));

const temporaryOf = (file: string): string => `${file}.new`;

const toLine = (checkpoint: Checkpoint): string => `${JSON.stringify(checkpoint)}\n`;

/** Lines that are not whole, or no checkpoints, are left out. */
function parseCheckpoints(text: string): Checkpoint[] {
  return text.split("\n").flatMap((line) => {
    if (line === "") return [];
    try {
      const value: unknown = JSON.parse(line);
      return isCheckpoint(value) ? [value] : [];
    } catch {
      return [];
    }
  });
}

/** One checkpoint for each part, in the order in which the parts began. */
function merged(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  const parts = new Map<string, { first: Checkpoint; texts: string[] }>();
  for (const checkpoint of checkpoints) {
    const key = JSON.stringify([checkpoint.turnId, checkpoint.itemId, checkpoint.part.of, checkpoint.part.index]);
    const known = parts.get(key);
    if (known === undefined) parts.set(key, { first: checkpoint, texts: [checkpoint.text] });
    else known.texts.push(checkpoint.text);
  }
  return [...parts.values()].map(({ first, texts }) => ({ ...first, text: texts.join("") }));
}

const texts: ReadonlySet<unknown> = new Set<Checkpoint["part"]["of"]>(["text", "output", "summary", "content"]);

const isCheckpoint = (value: unknown): value is Checkpoint =>
  typeof value === "object" &&
  value !== null &&
  "turnId" in value &&
  typeof value.turnId === "string" &&
  "itemId" in value &&
  typeof value.itemId === "string" &&
  "text" in value &&
  typeof value.text === "string" &&
  "part" in value &&
  typeof value.part === "object" &&
  value.part !== null &&
  "of" in value.part &&
  texts.has(value.part.of) &&
  "index" in value.part &&
  isPartIndex(value.part.index);

/** The index comes from the model: a list is never filled up to a hostile one. */
export const isPartIndex = (index: unknown): boolean =>
  typeof index === "number" && Number.isInteger(index) && index >= 0 && index <= maxPartIndex;
