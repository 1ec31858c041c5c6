import { rolloutFormat } from "./lines.ts";

/**
 * The ladder from old formats to today's: step n makes of a line of format n + 1 one of the next format. It stands before the check of a
 * line, so everything behind it knows one format only. A file is not rewritten: when a thread goes on, its next lines stand behind a new
 * `session_meta` of today's format, which older versions refuse, and the lines before it stay as they are.
 */
type Step = (type: string, payload: object) => object;

const steps: readonly Step[] = [
  // 1 → 2: threads can be forked and reverted.
  (type, payload) =>
    type === "session_meta"
      ? { ...payload, forkedFromId: null, historyBase: [], preview: "", settings: null }
      : payload,
];

/**
 * A line as today's format has it. `format`: that of the last `session_meta` before it; such a line names its own. What is no line at all, or
 * of a newer format, stays as it is.
 */
export function migrateLine(line: unknown, format: number): unknown {
  if (!isLine(line)) return line;
  const from = line.type === "session_meta" ? formatOf(line.payload) : format;
  if (from >= rolloutFormat) return line;
  const payload = steps.slice(from - 1).reduce<object>((older, step) => step(line.type, older), line.payload);
  return { ...line, payload };
}

const isLine = (value: unknown): value is { readonly type: string; readonly payload: object } =>
  typeof value === "object" &&
  value !== null &&
  "type" in value &&
  typeof value.type === "string" &&
  "payload" in value &&
  typeof value.payload === "object" &&
  value.payload !== null;

/** One that makes no sense is taken for today's: the check of the line finds it. */
const formatOf = (meta: object): number =>
  "format" in meta && typeof meta.format === "number" && Number.isInteger(meta.format) && meta.format >= 1
    ? meta.format
    : rolloutFormat;
