import fs from "node:fs/promises";
import type { RecordedSettings, SessionMeta } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { textOf, viewOf } from "./replay.ts";

/** What a list of threads shows of one, without its history. */
export interface RolloutHead {
  /** Null when the first line is damaged. */
  readonly meta: SessionMeta | null;
  /** Those of the first turn; null when there is none. */
  readonly settings: RecordedSettings | null;
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
    const head = { meta: null, settings: null, preview: "", updatedAtMs: (await handle.stat()).mtimeMs };
    for await (const json of firstLines(handle)) if (take(head, json)) break;
    return head;
  } finally {
    await handle.close();
  }
}

/** True: everything is known. */
function take(head: { -readonly [K in keyof RolloutHead]: RolloutHead[K] }, json: string): boolean {
  const parsed = parseLine(json);
  if (parsed.kind !== "line") return false;
  const { line } = parsed;
  if (line.type === "session_meta") head.meta ??= line.payload;
  if (line.type === "turn_context") head.settings ??= line.payload;
  if (line.type === "response_item" && line.payload.view?.kind === "userMessage") {
    const shown = viewOf(line.payload.item, line.payload.view);
    if (shown.type === "userMessage") head.preview = textOf(shown.content);
  }
  return head.preview !== "";
}

/** Whole lines, as far as the bound goes. */
async function* firstLines(handle: fs.FileHandle): AsyncIterable<string> {
  let rest = Buffer.alloc(0);
  for (let position = 0; position < maxBytes;) {
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
