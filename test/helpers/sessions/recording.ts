import * as z from "zod";
import type { StreamAnswer } from "../../../src/demo/script.ts";
import type { Travelled } from "../cli.ts";
import type { Surroundings } from "./stage.ts";

/** A session as it is kept: what the model said, and every message with names in place of what differs from run to run. */
export interface Recording {
  readonly answers: readonly StreamAnswer[];
  readonly session: readonly Travelled[];
}

const Head = z.object({ answers: z.array(z.custom<StreamAnswer>()) });
const Line = z.object({ direction: z.enum(["in", "out"]), message: z.record(z.string(), z.unknown()) });

/** One JSON object a line: the answers of the model, then the messages. */
export const writeRecording = ({ answers, session }: Recording): string =>
  [{ answers }, ...session].map((line) => `${JSON.stringify(line)}\n`).join("");

export function readRecording(text: string): Recording {
  const [head = "", ...lines] = text.trimEnd().split("\n");
  return {
    answers: Head.parse(JSON.parse(head)).answers,
    session: lines.map((line) => Line.parse(JSON.parse(line))),
  };
}

const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gu;
/** The day and the time in the name of a rollout. */
const moment = /\d{4}\/\d\d\/\d\d|\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d/gu;
const cursors: ReadonlySet<string> = new Set([
  "cursor",
  "nextCursor",
  "backwardsCursor",
  "turnsBackwardsCursor",
  "itemsBackwardsCursor",
]);
const volatileNumber = /(?:At|Ms)$/u;
const volatileTexts: Readonly<Record<string, string>> = {
  userAgent: "{userAgent}",
  serverName: "{host}",
  processId: "{process}",
};

/**
 * Names what differs from run to run: `{id:1}` for the first id of the server's that occurs, wherever it occurs, `{cursor:1}` likewise, `{cwd}`, `{home}`
 * and `{model}` for what the stage gave; times become 0. Of deltas of one item in a row the first is kept, since how many there are
 * depends on how fast pipes and sockets are.
 */
export function normalised(session: readonly Travelled[], { cwd, home, model }: Surroundings): Travelled[] {
  const names = new Map<string, string>();
  const counts = { id: 0, cursor: 0 };
  let direction: Travelled["direction"] = "out";
  const named = (kind: keyof typeof counts, value: string): string => {
    // What the client made up itself is the same in each run.
    const name = names.get(value) ?? (direction === "in" ? value : `{${kind}:${++counts[kind]}}`);
    names.set(value, name);
    return name;
  };
  const text = (key: string, value: string): string => {
    if (cursors.has(key)) return named("cursor", value);
    const fixed = volatileTexts[key];
    if (fixed !== undefined) return fixed;
    return value
      .replaceAll(cwd, "{cwd}")
      .replaceAll(home, "{home}")
      .replaceAll(model, "{model}")
      .replaceAll(/sha256:[0-9a-f]{64}/gu, "{hash}")
      .replaceAll(moment, "{time}")
      .replaceAll(uuid, (id) => named("id", id));
  };
  const walk = (value: unknown, key: string): unknown => {
    if (typeof value === "string") return text(key, value);
    if (typeof value === "number") return volatileNumber.test(key) ? 0 : value;
    if (Array.isArray(value)) return value.map((element) => walk(element, key));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, member]) => [text("", name), walk(member, name)]));
  };
  const lines = session.map((line) => {
    ({ direction } = line);
    return { direction, message: z.record(z.string(), z.unknown()).parse(walk(line.message, "")) };
  });
  return lines.filter((line, index) => {
    const before = lines[index - 1];
    return !isDelta(line) || before === undefined || sourceOf(line) !== sourceOf(before);
  });
}

const isDelta = ({ message }: Travelled): boolean => String(message["method"]).toLowerCase().endsWith("delta");
const ItemOf = z.looseObject({ itemId: z.string().optional() });
const sourceOf = ({ message }: Travelled): string => {
  const about = ItemOf.safeParse(message["params"]);
  return `${String(message["method"])} ${about.success ? (about.data.itemId ?? "") : ""}`;
};
