import { type RolloutEntry, rolloutFormat, type RolloutLine, type SessionMeta } from "./lines.ts";
import { parseLine } from "./parse-line.ts";
import { linesIn } from "./reader.ts";
import { turnOf } from "./visible-lines.ts";

/** From one byte to before another, counted through all files of a thread: those that it shares with others come first. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A visible turn: from the first line that names it to the end of the last one. */
export interface TurnSpan extends Span {
  readonly id: string;
}

/**
 * Where the turns of a thread lie in its files, so that a page of them is read without the rest. It is told by the beginning of each line, as the
 * writer makes it; only other lines, and the few that say what is hidden, are parsed. What the lines of a turn hold is checked when it is read.
 */
export interface Layout {
  /** Those that are shown, in the order in which their view begins. */
  readonly turns: readonly TurnSpan[];
  /** What reverts have hidden. */
  readonly hidden: readonly Span[];
  /** Where the visible plans and counts of tokens begin. */
  readonly plans: readonly number[];
  readonly usages: readonly number[];
  /** What the lines say of the thread itself, each from its place on. */
  readonly metas: readonly { readonly from: number; readonly meta: SessionMeta }[];
}

/** A layout that grows with its file. */
export interface LayoutScan {
  /** The next lines: whole ones, `at` is where the first begins. */
  add(bytes: Buffer, at: number): void;
  /** As far as it was scanned. */
  readonly layout: Layout;
}

/** The beginning of a line as the writer makes it, up to the turn that it names. */
const beginning =
  /^\{"timestamp":"[\dTZ:.+-]{1,40}","ordinal":\d{1,15},"type":"([a-z_]{1,30})","payload":\{(?:"turnId":"([\w.:-]{1,100})"|"view":\{"kind":"\w{1,30}","turnId":"([\w.:-]{1,100})"|("item":\{))?/;
const beginningBytes = 400;

/** Types whose lines name a turn, and those that are about the thread. Others are parsed. */
const ofTurn: ReadonlySet<string> = new Set<RolloutEntry["type"]>([
  "turn_context",
  "turn_started",
  "turn_completed",
  "compacted",
  "item_started",
  "item_completed",
  "approval",
  "write_intent",
  "plan",
  "usage",
]);

/** Types whose lines show something of the turn that they name, be it only that it began. */
const makesTurns: ReadonlySet<string> = new Set<RolloutEntry["type"]>([
  "turn_started",
  "turn_completed",
  "response_item",
  "compacted",
  "item_started",
  "item_completed",
]);

interface Named {
  readonly id: string;
  readonly from: number;
  to: number;
  shownFrom: number | null;
}

export function createLayoutScan(): LayoutScan {
  const byId = new Map<string, Named>();
  /** Visible turns in the order in which they are first named, and in which they are first shown. */
  const named: Named[] = [];
  const turns: Named[] = [];
  const hidden: Span[] = [];
  const [plans, usages]: [number[], number[]] = [[], []];
  const metas: { from: number; meta: SessionMeta }[] = [];

  const name = (id: string, at: number, end: number): Named => {
    const known = byId.get(id) ?? { id, from: at, to: end, shownFrom: null };
    known.to = end;
    if (byId.has(id)) return known;
    byId.set(id, known);
    named.push(known);
    return known;
  };

  const revert = (turnId: string, end: number): void => {
    const from = byId.get(turnId)?.from;
    if (from === undefined) return;
    hidden.push({ from, to: end });
    for (let last = turns.at(-1); last !== undefined && (last.shownFrom ?? 0) >= from; last = turns.at(-1)) {
      turns.pop();
      last.shownFrom = null;
    }
    for (let last = named.at(-1); last !== undefined && last.from >= from; last = named.at(-1)) {
      named.pop();
      byId.delete(last.id);
    }
    for (const places of [plans, usages]) while ((places.at(-1) ?? -1) >= from) places.pop();
  };

  /** What is known of a line by now. */
  const take = (type: string, turnId: string | null, at: number, end: number): void => {
    if (turnId !== null) {
      const turn = name(turnId, at, end);
      if (turn.shownFrom === null && makesTurns.has(type)) {
        turn.shownFrom = at;
        turns.push(turn);
      }
    }
    if (type === "plan") plans.push(at);
    if (type === "usage") usages.push(at);
  };

  const takeParsed = (line: RolloutLine, at: number, end: number): void => {
    const { type, payload } = line;
    if (type === "session_meta") metas.push({ from: at, meta: payload });
    if (type === "reverted") revert(payload.beforeTurnId, end);
    take(type, turnOf(line), at, end);
  };

  return {
    add(bytes, at) {
      for (const [from, to] of linesIn(bytes)) {
        if (to === from) continue;
        const [start, end] = [at + from, at + to + 1];
        const begun = beginning.exec(bytes.toString("latin1", from, Math.min(to, from + beginningBytes)));
        const [, type = "", turnId = null, viewTurnId = null, item] = begun ?? [];
        const isTold =
          type === "response_item"
            ? viewTurnId !== null || item !== undefined
            : (turnId !== null && ofTurn.has(type)) || type === "epoch" || type === "thread_name";
        if (isTold) {
          take(type, turnId ?? viewTurnId, start, end);
          continue;
        }
        const parsed = parseLine(bytes.toString("utf8", from, to), metas.at(-1)?.meta.format ?? rolloutFormat);
        if (parsed.kind === "line") takeParsed(parsed.line, start, end);
      }
    },
    layout: { turns, hidden, plans, usages, metas },
  };
}
