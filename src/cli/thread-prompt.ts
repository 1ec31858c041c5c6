import { parseArgs } from "node:util";
import { bodyOf, type EpochReason, type RecordedCall } from "../core/thread/rollout/calls.ts";
import { type BodyPlace, compareCalls } from "../core/thread/rollout/compare-calls.ts";
import { ThreadRequestError, type Threads } from "../core/thread/threads.ts";
import { Misuse, parsed } from "./misuse.ts";
import { oneLine } from "./terminal-text.ts";

/** Characters shown around the first byte that differs. */
const before = 40;
const behind = 60;

/**
 * `turnwright thread prompt`: what was sent to the model, rebuilt from the rollout alone. Lists all calls, or compares two, or writes the body of one.
 * @throws Misuse
 */
export function promptOf(args: readonly string[]): (threads: Threads) => Promise<void> {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { calls: { type: "string" }, body: { type: "string" } },
    }),
  );
  const [id, ...more] = positionals;
  if (id === undefined || more.length > 0) throw new Misuse("prompt takes the id of one thread");
  const pair = values.calls === undefined ? null : pairOf(values.calls);
  const one = values.body === undefined ? null : numberOf("--body", values.body);
  if (pair !== null && one !== null) throw new Misuse("--calls and --body do not go together");
  return async (threads) => {
    const calls = await threads.calls(id);
    if (calls.length === 0) {
      throw new ThreadRequestError("badInput", `nothing is recorded of the calls of ${id}; older versions did not`);
    }
    if (one !== null) return void process.stdout.write(bodyOf(callAt(calls, one)));
    process.stdout.write(pair === null ? listed(calls) : compared(calls, ...pair));
  };
}

function pairOf(text: string): [number, number] {
  const [first, second, ...more] = text.split(",").map((part) => numberOf("--calls", part));
  if (first === undefined || second === undefined || more.length > 0 || first === second) {
    throw new Misuse("--calls takes two different numbers, such as 3,4");
  }
  return [Math.min(first, second), Math.max(first, second)];
}

function numberOf(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text.trim())) return Number(text);
  throw new Misuse(`${option} takes the number of a call, from 0, not ${JSON.stringify(text)}`);
}

function callAt(calls: readonly RecordedCall[], index: number): RecordedCall {
  const call = calls[index];
  if (call !== undefined) return call;
  throw new ThreadRequestError("badInput", `there is no call ${index}: the thread has ${calls.length}, from 0`);
}

function listed(calls: readonly RecordedCall[]): string {
  const rows = calls.map((call, index) => [
    String(index),
    call.at.slice(0, 19).replace("T", " "),
    call.purpose,
    call.model,
    `${call.items.length} items`,
    `${call.bytes} bytes`,
    index === 0 ? "first call" : relation(calls, index),
  ]);
  const widths = rows.reduce<number[]>((all, row) => row.map((cell, at) => Math.max(all[at] ?? 0, cell.length)), []);
  const lines = rows.map((row) => row.map((cell, at) => oneLine(cell).padEnd(widths[at] ?? 0)).join("  "));
  return lines.map((line) => `${line.trimEnd()}\n`).join("") + damageOf(calls);
}

/** How a call goes on from the one before, in a few words. */
function relation(calls: readonly RecordedCall[], index: number): string {
  const { isPrefix, reasons } = compareCalls(calls, index - 1, index);
  return isPrefix ? "goes on" : `new prompt: ${because(reasons)}`;
}

function compared(calls: readonly RecordedCall[], earlier: number, later: number): string {
  const [a, b] = [callAt(calls, earlier), callAt(calls, later)];
  const { offset, places, isPrefix, sharedItems, reasons } = compareCalls(calls, earlier, later);
  if (offset === null || places === null) return `Calls ${earlier} and ${later} are the same, byte for byte.\n`;
  const lines = [
    `The first byte that differs is byte ${offset}, behind ${sharedItems} items that both have.`,
    `  call ${earlier}, ${placeText(a, places[0])}: ${excerpt(a, offset)}`,
    `  call ${later}, ${placeText(b, places[1])}: ${excerpt(b, offset)}`,
    isPrefix
      ? `Why: call ${later} goes on from call ${earlier}; its instructions, tools and input begin as they were.${otherModel(a, b)}`
      : `Why: a new prompt began in between: ${because(reasons)}.`,
  ];
  return `${lines.join("\n")}\n${damageOf([a, b])}`;
}

const otherModel = (a: RecordedCall, b: RecordedCall): string =>
  a.model === b.model ? "" : ` They went to different models, and each has a cache of its own.`;

function placeText({ items }: RecordedCall, place: BodyPlace): string {
  switch (place.part) {
    case "model":
    case "instructions":
    case "tools":
    case "parameters":
      return `in ${place.part}`;
    case "endOfInput":
      return "behind its input";
    case "input":
      return `in input item ${place.index} (${kindOf(items[place.index] ?? "{}")})`;
    default:
      return place satisfies never;
  }
}

function kindOf(json: string): string {
  const { type, role } = JSON.parse(json) as { readonly type?: unknown; readonly role?: unknown };
  return [type, role].filter((word) => typeof word === "string").join(", ");
}

function excerpt(call: RecordedCall, offset: number): string {
  const body = bodyOf(call);
  const [left, right] = [
    body.subarray(Math.max(0, offset - before), offset),
    body.subarray(offset, offset + behind),
  ].map((bytes) => oneLine(bytes.toString("utf8")));
  return `…${left ?? ""}⟨here⟩${right ?? ""}…`;
}

function because(reasons: readonly EpochReason[]): string {
  if (reasons.length === 0) {
    return "nothing that is recorded explains it, so this is a fault of Turnwright; please report it with this output";
  }
  return reasons.map(reasonText).join("; ");
}

const compactions = {
  manual: "the user asked for it",
  limit: "the context was nearly full",
  overflow: "the model refused the prompt as too long",
};

function reasonText(reason: EpochReason): string {
  switch (reason.kind) {
    case "first":
      return "the first prompt of the thread";
    case "compaction":
      return `a compaction (${compactions[reason.reason]})`;
    case "shortened":
      return "outputs were left out of a request for a summary that was too long";
    case "revert":
      return `a revert to before turn ${reason.beforeTurnId}`;
    case "fork":
      return `a fork of thread ${reason.threadId}`;
    case "frame":
      return `other instructions or tools (${reason.source ?? "unknown"}, patches as ${reason.patchTool})`;
    default:
      return reason satisfies never;
  }
}

/** A body that was not rebuilt as it was sent. */
function damageOf(calls: readonly RecordedCall[]): string {
  const wrong = calls.filter((call) => bodyOf(call).length !== call.bytes);
  return wrong.length === 0
    ? ""
    : `${wrong.length} bodies were not rebuilt to the byte: the rollout has lost lines, or this is a fault of Turnwright.\n`;
}
