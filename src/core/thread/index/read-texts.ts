import fs from "node:fs/promises";
import * as z from "zod";
import { GitInfo } from "../../../protocol/threads.ts";
import { headAndTailOfFile } from "../../exec/head-and-tail.ts";
import type { RolloutLine } from "../rollout/lines.ts";
import { parseLine } from "../rollout/parse-line.ts";
import { textOf, viewOf } from "../rollout/replay.ts";
import { isHistory } from "../rollout/visible-lines.ts";
import { cutText, maxOutput, textOfItem } from "./item-text.ts";
import type { StoredThreads } from "../stored-threads.ts";
import { ThreadRequestError } from "../threads.ts";
import { cutPreview, OutlineMeta, OutlineSettings, type ThreadFacts } from "./outline.ts";
import type { Pace } from "./pace.ts";

/** The text of an item, with the places of the lines that it stands in. */
export interface ItemText {
  readonly turnId: string;
  readonly itemId: string;
  readonly text: string;
  /** Bytes from the beginning of the rollout; null: not to be found by a line (history that is shared, or taken back). */
  readonly line: number | null;
  /** Where the line begins that holds the output of a command or the changes of a file change, when it is another one. */
  readonly other: number | null;
}

/** How far a rollout is read, and what it told up to there. */
export interface Progress {
  /** Bytes. */
  readonly readTo: number;
  readonly facts: ThreadFacts;
  /** Lines that an item may still refer to when it ends: what it is called, and where it stands. */
  readonly waiting: readonly (readonly [string, number])[];
}

export const nothingRead: Progress = {
  readTo: 0,
  facts: { meta: null, settings: null, preview: null, name: null, git: null, hasHistory: false },
  waiting: [],
};

const StoredProgress = z.lazy(() =>
  z.object({
    facts: z.object({
      meta: OutlineMeta.nullable(),
      settings: OutlineSettings.nullable(),
      preview: z.string().nullable(),
      name: z.string().nullable(),
      git: GitInfo.nullable(),
      hasHistory: z.boolean(),
    }),
    waiting: z.array(z.tuple([z.string(), z.int().min(0)])),
  }),
);

/** Characters of text in one stretch, about. */
const stretchChars = 32 * 1024;
const chunkBytes = 64 * 1024;
/** Most lines are shorter. */
const lineBytes = 4 * 1024;
/** A longer line is passed over. */
const maxLineBytes = 64 * 1024 * 1024;
const maxWaiting = 16;

/** Lines of these types say nothing that is searched or listed; telling by the beginning saves parsing them. */
const dull =
  /^\{"timestamp":"[^"]{0,40}","ordinal":\d{1,15},"type":"(?:epoch|usage|approval|write_intent|plan|queue|turn_started|turn_completed|compacted)"/;

/** The thread has history that it shares with others, or that was taken back: its lines alone do not tell what it shows. */
export class NotPlain extends Error {}

/**
 * Reads the texts of a rollout on from where reading stopped, as far as whole lines go. Much lighter than a replay: nothing is kept, and lines
 * that say nothing are not parsed. Damaged lines are passed over.
 * @throws NotPlain, the file system's error
 */
export async function* readTexts(
  file: string,
  from: Progress,
  pace: Pace,
): AsyncGenerator<Progress & { readonly texts: readonly ItemText[] }> {
  const facts = { ...from.facts };
  const waiting = new Map(from.waiting);
  let texts: ItemText[] = [];
  let chars = 0;
  let { readTo } = from;
  const handle = await fs.open(file, "r");
  try {
    for await (const { at, end, bytes } of linesFrom(handle, readTo, pace)) {
      if (pace.isDue) await pace.rest();
      const line = parse(bytes, facts.meta?.format);
      if (line !== null) {
        if (isLayered(line)) throw new NotPlain();
        take(facts, line);
        const offered = offerOf(line);
        if (offered !== null) {
          waiting.set(offered, at);
          const oldest = waiting.size > maxWaiting ? waiting.keys().next().value : undefined;
          if (oldest !== undefined) waiting.delete(oldest);
        }
        const wanted = wantOf(line);
        const other = wanted === null ? null : (waiting.get(wanted) ?? null);
        if (wanted !== null) waiting.delete(wanted);
        const text = await textOfLine(line, other === null ? null : await lineAt(handle, other));
        if (text !== null) {
          texts.push({ ...text, line: at, other });
          chars += text.text.length;
        }
      }
      readTo = end;
      if (chars >= stretchChars) {
        yield { texts, readTo, facts: { ...facts }, waiting: [...waiting] };
        texts = [];
        chars = 0;
      }
    }
    yield { texts, readTo, facts: { ...facts }, waiting: [...waiting] };
  } finally {
    await handle.close();
  }
}

/** The same of a thread whose lines alone do not tell what it shows. Rejects as {@link StoredThreads.open} does. */
export async function replayTexts(
  file: string,
  stored: StoredThreads,
): Promise<{ readonly facts: ThreadFacts; readonly texts: readonly ItemText[] }> {
  const back = await stored.open(stored.place(file));
  const { meta, settings, replayed } = back;
  const { name, git } = replayed;
  // Where what it shares is gone, its first line still has the first words.
  const isWhole = back.base.length === meta.historyBase.length;
  const preview = isWhole || meta.preview === "" ? replayed.preview : meta.preview;
  const turns = await stored.turns(back);
  return {
    facts: { meta, settings: shownOf(settings), preview: cutPreview(preview), name, git, hasHistory: true },
    texts: turns.flatMap(({ id: turnId, items }) =>
      items.map((item) => ({
        turnId,
        itemId: item.id,
        text: cutText(textOfItem(item), item.type),
        line: null,
        other: null,
      })),
    ),
  };
}

/** What the whole rollout tells. @throws as the two above */
export async function readFacts(file: string, stored: StoredThreads, pace: Pace): Promise<ThreadFacts> {
  try {
    let { facts } = nothingRead;
    for await (const stretch of readTexts(file, nothingRead, pace)) ({ facts } = stretch);
    return facts;
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return (await replayTexts(file, stored)).facts;
  }
}

/** The rollout has gone, or there is nothing in it that can be read: no fault of ours. */
export const isUnreadable = (error: unknown): boolean =>
  error instanceof Error && ("syscall" in error || error instanceof ThreadRequestError);

/** Reads a progress back that was stored as JSON; of a damaged one nothing is used. */
export function parseProgress(json: string, readTo: number): Progress {
  if (readTo === 0) return nothingRead;
  try {
    const value: unknown = JSON.parse(json);
    return StoredProgress.safeParse(value).success ? { ...(value as Progress), readTo } : nothingRead;
  } catch {
    return nothingRead;
  }
}

/** The text of an item that was found before; null: the lines are not as they were. @throws the file system's error */
export async function readItemText(
  handle: fs.FileHandle,
  line: number,
  other: number | null,
): Promise<Pick<ItemText, "turnId" | "itemId" | "text"> | null> {
  const own = await lineAt(handle, line);
  return own === null ? null : textOfLine(own, other === null ? null : await lineAt(handle, other));
}

/** `format`: as for {@link parseLine}. */
function parse(bytes: Buffer, format?: number): RolloutLine | null {
  if (dull.test(bytes.toString("latin1", 0, 120))) return null;
  const parsed = parseLine(bytes.toString("utf8"), format);
  return parsed.kind === "line" ? parsed.line : null;
}

const isLayered = (line: RolloutLine): boolean =>
  line.type === "reverted" || (line.type === "session_meta" && line.payload.historyBase.length > 0);

const shownOf = (settings: ThreadFacts["settings"]): ThreadFacts["settings"] => {
  if (settings === null) return null;
  const { cwd, model, modelProvider, effort } = settings;
  return { cwd, model, modelProvider, effort };
};

function take(facts: { -readonly [K in keyof ThreadFacts]: ThreadFacts[K] }, line: RolloutLine): void {
  facts.hasHistory ||= isHistory(line);
  switch (line.type) {
    case "session_meta":
      // Settings are recorded there for the model's sake; they may be long.
      facts.meta = { ...line.payload, settings: null };
      facts.git = line.payload.git ?? facts.git;
      facts.settings = shownOf(line.payload.settings) ?? facts.settings;
      break;
    case "turn_context":
      facts.settings = shownOf(line.payload);
      break;
    case "thread_settings":
      if (facts.settings !== null) facts.settings = shownOf({ ...facts.settings, ...line.payload });
      break;
    case "thread_name":
      facts.name = line.payload.name;
      break;
    case "git_info":
      facts.git = line.payload.git;
      break;
    case "response_item": {
      const { item, view } = line.payload;
      if (view?.kind !== "userMessage" || (facts.preview ?? "") !== "") break;
      const shown = viewOf(item, view);
      if (shown.type === "userMessage") facts.preview = cutPreview(textOf(shown.content));
      break;
    }
    default:
  }
}

/** What a later line may refer to this one by. */
function offerOf(line: RolloutLine): string | null {
  if (line.type === "item_started" && line.payload.item.type === "fileChange") return `item ${line.payload.item.id}`;
  return line.type === "response_item" && outputOf(line) !== null ? `call ${outputOf(line)?.callId ?? ""}` : null;
}

/** What this line refers to. */
function wantOf(line: RolloutLine): string | null {
  if (line.type !== "item_completed") return null;
  const { item, output } = line.payload;
  if (output?.in === "response") return `call ${output.callId}`;
  return output?.in === "started" ? `item ${item.id}` : null;
}

function outputOf(line: RolloutLine): { readonly callId: string; readonly text: string } | null {
  if (line.type !== "response_item") return null;
  const { item } = line.payload;
  const isOutput = item.type === "function_call_output" || item.type === "custom_tool_call_output";
  return isOutput && typeof item.output === "string" ? { callId: item.call_id, text: item.output } : null;
}

/** `other`: the line that this one refers to, if there is one. */
async function textOfLine(
  line: RolloutLine,
  other: RolloutLine | null,
): Promise<Pick<ItemText, "turnId" | "itemId" | "text"> | null> {
  if (line.type === "response_item" && line.payload.view !== undefined) {
    const { item, view } = line.payload;
    const shown = viewOf(item, view);
    return { turnId: view.turnId, itemId: view.id, text: cutText(textOfItem(shown), shown.type) };
  }
  if (line.type !== "item_completed") return null;
  const { item, output, turnId } = line.payload;
  let text = textOfItem(item);
  if (output?.in === "response" && other !== null) {
    text += outputOf(other)?.text.slice(output.start, output.start + output.length) ?? "";
  }
  if (output?.in === "started" && other?.type === "item_started" && other.payload.item.type === "fileChange") {
    const { changes } = other.payload.item;
    text = textOfItem({ ...other.payload.item, changes: output.changes.flatMap((index) => changes[index] ?? []) });
  }
  if (output?.in === "file") text += await outputIn(output.path);
  return { turnId, itemId: item.id, text: cutText(text, item.type) };
}

const outputIn = (file: string): Promise<string> =>
  headAndTailOfFile(file, maxOutput).then(
    ({ text }) => text,
    () => "", // gone
  );

/** Whole lines with their places. */
async function* linesFrom(
  handle: fs.FileHandle,
  from: number,
  pace: Pace,
): AsyncGenerator<{ readonly at: number; readonly end: number; readonly bytes: Buffer }> {
  let rest: Buffer = Buffer.alloc(0);
  let at = from;
  let isPassingOver = false;
  for (let position = from; ;) {
    // A long line is read in ever larger pieces, so that joining them costs no more than reading.
    const chunk = Buffer.allocUnsafe(Math.max(chunkBytes, rest.length));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, position);
    if (bytesRead === 0) return;
    position += bytesRead;
    const read = chunk.subarray(0, bytesRead);
    const bytes = rest.length === 0 ? read : Buffer.concat([rest, read]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      const next = at + (end - start) + 1;
      if (!isPassingOver && end > start) yield { at, end: next, bytes: bytes.subarray(start, end) };
      isPassingOver = false;
      at = next;
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (isPassingOver || rest.length > maxLineBytes) {
      at += rest.length;
      rest = Buffer.alloc(0);
      isPassingOver = true;
    }
    if (pace.isDue) await pace.rest();
  }
}

/** Null: there is no whole line, or none that can be read. */
async function lineAt(handle: fs.FileHandle, at: number): Promise<RolloutLine | null> {
  let bytes = Buffer.alloc(0);
  for (let size = lineBytes; bytes.length < maxLineBytes; size = bytes.length) {
    const chunk = Buffer.allocUnsafe(size);
    const { bytesRead } = await handle.read(chunk, 0, size, at + bytes.length);
    if (bytesRead === 0) return null;
    bytes = Buffer.concat([bytes, chunk.subarray(0, bytesRead)]);
    const end = bytes.indexOf(0x0a);
    if (end !== -1) return parse(bytes.subarray(0, end));
  }
  return null;
}
