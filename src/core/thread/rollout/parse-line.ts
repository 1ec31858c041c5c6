import { type Guard, guardOf } from "./guard.ts";
import { type RolloutEntry, rolloutFormat, type RolloutLine } from "./lines.ts";
import { migrateLine } from "./migrate.ts";
import { payloads } from "./payloads.ts";

/**
 * The edge between the disk and the thread: a line that passes here has every member that replay uses, so nothing behind it has to look
 * again. Members that are not named are kept. What is checked is what would otherwise break the view or each later request.
 */
export type ParsedLine =
  | {
      readonly kind: "line";
      readonly line: RolloutLine;
      /** Of a `response_item`: the text of the item as it stands in the line, which is the one that was sent. Null: make it of the item. */
      readonly itemJson: string | null;
    }
  /** Whole, of a type that this version does not know: kept in the file, not used. */
  | { readonly kind: "unknown"; readonly ordinal: number }
  | { readonly kind: "unreadable" };

/** The check of each type, made when the first line of it is read. */
const guards = new Map<RolloutEntry["type"], Guard>();

/** What fits is told by its guard at a fraction of the cost; what may not fit is looked at by the schema. */
function isPayload(type: RolloutEntry["type"], payload: unknown): boolean {
  const schema = payloads[type];
  const known = guards.get(type);
  const isFit = known ?? guardOf(schema);
  if (known === undefined) guards.set(type, isFit);
  return isFit(payload) || schema.safeParse(payload).success;
}

/**
 * Reads one line, without its line break, that was written in `format`. A line of today's format itself is handed out, not a copy: its members
 * keep their order.
 */
export function parseLine(json: string, format: number = rolloutFormat): ParsedLine {
  const cut = cutItem(json);
  const value = cut === null ? parseJson(json) : cut.value;
  if (!isFrame(value)) return { kind: "unreadable" };
  if (!Object.hasOwn(payloads, value.type)) return { kind: "unknown", ordinal: value.ordinal };
  const line = migrateLine(value, format);
  return isLine(line) ? { kind: "line", line, itemJson: cut?.itemJson ?? null } : { kind: "unreadable" };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}

const isFrame = (value: unknown): value is { readonly type: string; readonly ordinal: number } =>
  typeof value === "object" &&
  value !== null &&
  "timestamp" in value &&
  typeof value.timestamp === "string" &&
  !Number.isNaN(Date.parse(value.timestamp)) &&
  "ordinal" in value &&
  Number.isSafeInteger(value.ordinal) &&
  Number(value.ordinal) >= 0 &&
  "type" in value &&
  typeof value.type === "string";

function isLine(value: unknown): value is RolloutLine {
  const { type, payload } = value as Pick<RolloutLine, "type" | "payload">;
  return isPayload(type, payload);
}

/** As the writer makes it; see `lineOf` in writer.ts. */
const itemLine =
  /^\{"timestamp":"([\dTZ:.+-]{1,40})","ordinal":(0|[1-9]\d{0,14}),"type":"response_item","payload":\{(?="view":|"bodyOf":|"item":)/;
const itemKey = '"item":';

/**
 * A line that holds an item, as the writer makes it. The text of the item is cut out and parsed by itself, so that it is sent as it stands:
 * nothing is made into text again. Null: another line, or one that somebody else wrote.
 */
function cutItem(json: string): { readonly value: unknown; readonly itemJson: string } | null {
  const head = itemLine.exec(json);
  if (head === null || !json.endsWith("}}}")) return null;
  const [{ length: start }, timestamp, ordinal] = head;
  // What looks like it inside a view leaves something that is no JSON.
  const comma = json.startsWith(itemKey, start) ? null : json.indexOf(`,${itemKey}{`, start);
  const before = comma === null ? {} : parseJson(`{${json.slice(start, Math.max(start, comma))}}`);
  const itemJson = json.slice((comma === null ? start : comma + 1) + itemKey.length, -2);
  // Blanks around it would get into the prompt.
  const item = itemJson.startsWith("{") ? parseJson(itemJson) : null;
  if (comma === -1 || item === null || typeof before !== "object" || before === null || "item" in before) return null;
  const payload = { ...before, item };
  return { value: { timestamp, ordinal: Number(ordinal), type: "response_item", payload }, itemJson };
}
