import fs from "node:fs/promises";
import { readFirstWords } from "./first-words.ts";
import type { SessionMeta, StandingSettings } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { textOf, viewOf } from "./replay.ts";
import { isHistory } from "./visible-lines.ts";

/** What a list of threads shows of one, without its history. */
export interface RolloutHead {
  /** Null when the first line is damaged. */
  readonly meta: SessionMeta | null;
  /** Those it began under; null when that cannot be read. */
  readonly settings: StandingSettings | null;
  /** False: nothing was ever said or done in it. */
  readonly hasHistory: boolean;
  /** The first words of the user. */
  readonly preview: string;
  /** When the file was last written. */
  readonly updatedAtMs: number;
}

const chunkBytes = 64 * 1024;
/** The first message of the user stands before this, images and all; what comes later is not looked for. */
const maxBytes = 8 * 1024 * 1024;

/** Reads the beginning of a rollout, piece by piece, up to the first words of the user. @throws the file system's error */
export async function readHead(file: string): Promise<RolloutHead> {
  const handle = await fs.open(file, "r");
  try {
    const firstWordsAt = await readFirstWords(file);
    const updatedAtMs = (await handle.stat()).mtimeMs;
    const head: Head = { meta: null, settings: null, hasHistory: false, preview: "", updatedAtMs };
    const isDone = (): boolean => (firstWordsAt === null ? head.preview !== "" : head.hasHistory);
    for await (const json of linesFrom(handle, 0)) {
      take(head, json);
      if (isDone()) break;
    }
    if (firstWordsAt === null) return head;
    head.preview = "";
    for await (const json of linesFrom(handle, firstWordsAt)) {
      take(head, json);
      if (head.preview !== "") break;
    }
    return head;
  } finally {
    await handle.close();
  }
}

type Head = { -readonly [K in keyof RolloutHead]: RolloutHead[K] };

function take(head: Head, json: string): void {
  const parsed = parseLine(json, head.meta?.format);
  if (parsed.kind !== "line") return;
  const { line } = parsed;
  if (line.type === "session_meta" && head.meta === null) {
    head.meta = line.payload;
    head.settings = line.payload.settings;
    head.preview = line.payload.preview;
    head.hasHistory = line.payload.historyBase.length > 0;
  }
  if (line.type === "turn_context") head.settings ??= line.payload;
  if (isHistory(line)) head.hasHistory = true;
  if (line.type === "response_item" && line.payload.view?.kind === "userMessage") {
    const shown = viewOf(line.payload.item, line.payload.view);
    if (shown.type === "userMessage") head.preview = textOf(shown.content);
  }
}

/** Whole lines behind an offset, as far as the bound goes. */
async function* linesFrom(handle: fs.FileHandle, offset: number): AsyncIterable<string> {
  let rest = Buffer.alloc(0);
  for (let position = offset; position < offset + maxBytes;) {
    // A long line is read in ever larger pieces, so that joining them costs no more than reading.
    const chunk = Buffer.alloc(Math.max(chunkBytes, rest.length));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const bytes = Buffer.concat([rest, chunk.subarray(0, bytesRead)]);
    let from = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, from)) {
      if (end > from) yield bytes.toString("utf8", from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
}
