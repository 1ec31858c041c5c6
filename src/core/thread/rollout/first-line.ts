import type { FileHandle } from "node:fs/promises";
import fs from "node:fs/promises";
import type { SessionMeta } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { linesIn } from "./reader.ts";
import { wholeLines } from "./whole-lines.ts";

/** What the first line of a rollout says of its thread; null: it does not. @throws the file system's error */
export async function readFirstLine(file: string): Promise<SessionMeta | null> {
  const handle = await fs.open(file, "r");
  try {
    return await firstLineOf(handle);
  } finally {
    await handle.close();
  }
}

async function firstLineOf(handle: FileHandle): Promise<SessionMeta | null> {
  const { size } = await handle.stat();
  for await (const { bytes, isWhole } of wholeLines(handle, 0, size)) {
    const [first] = linesIn(bytes);
    const parsed = isWhole && first !== undefined ? parseLine(bytes.toString("utf8", ...first)) : null;
    return parsed?.kind === "line" && parsed.line.type === "session_meta" ? parsed.line.payload : null;
  }
  return null;
}

/** A later line says the same of what a thread shares with others, unless somebody else wrote it. */
export const sharesTheSame = (a: Pick<SessionMeta, "historyBase">, b: Pick<SessionMeta, "historyBase">): boolean =>
  JSON.stringify(a.historyBase) === JSON.stringify(b.historyBase);
