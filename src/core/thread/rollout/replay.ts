import type { ItemOf, ThreadItem } from "../../../protocol/items.ts";
import type { QueuedSubmission } from "../../../protocol/queue.ts";
import type { ThreadTokenUsage, UserInput } from "../../../protocol/settings.ts";
import type { GitInfo } from "../../../protocol/threads.ts";
import type { Turn } from "../../../protocol/turns.ts";
import type { MessageItem, ReasoningResponseItem, ResponseItem } from "../../model/types.ts";
import type { ToolCall } from "../../turn/machine.ts";
import { agentMessage, contextCompaction, reasoning, userMessage } from "../../turn/view-items.ts";
import { summaryOf } from "../../prompt/compaction.ts";
import { resolveInput, serializeItem } from "../history.ts";
import type {
  Checkpoint,
  Epoch,
  ItemView,
  OutputRef,
  RecordedSettings,
  RolloutEntry,
  RolloutLine,
  SettingsChange,
  StandingSettings,
} from "./lines.ts";
import { applyQueueChange } from "./queue-change.ts";
import { TurnView } from "./turn-view.ts";
import { visibleLines } from "./visible-lines.ts";

/** A thread as its rollout tells it: the view and the prompt. */
export interface Replayed {
  /** In force now, whatever the model was told so far. A revert does not bring back older ones: it must not widen what is allowed. */
  readonly settings: StandingSettings | null;
  /** What the last visible turn ran under, as the model was told; null: there is none. */
  readonly told: RecordedSettings | null;
  readonly epoch: Epoch | null;
  /** JSON text of each history item, byte for byte as it was sent. */
  readonly history: readonly string[];
  /** Indices of the user's own messages in `history`, ascending. */
  readonly userMessages: readonly number[];
  /** Oldest first, with full items. */
  readonly turns: readonly Turn[];
  readonly preview: string;
  /** What the user calls it; null: nothing. */
  readonly name: string | null;
  readonly git: GitInfo | null;
  readonly usage: { readonly turnId: string; readonly usage: ThreadTokenUsage } | null;
  readonly plan: Extract<RolloutEntry, { type: "plan" }>["payload"] | null;
  /** Messages that wait, the next one first. */
  readonly queue: readonly QueuedSubmission[];
  readonly updatedAtMs: number;
  /** Ids of all items that ever were, hidden ones too; none of them is given to another item. */
  readonly itemIds: ReadonlySet<string>;
  /** Outputs that stand in a file beside the rollout; whoever shows the items reads them in. */
  readonly fileOutputs: readonly {
    readonly item: ItemOf<"commandExecution">;
    readonly path: string;
    /** Where else it may stand, when `path` is not there. */
    readonly shared?: string;
  }[];
  /**
   * What must be appended before the thread can go on: a writer that died left a turn, items or calls open. Empty when all was closed. The
   * view above already shows it closed.
   */
  readonly repairs: readonly RolloutEntry[];
  /** What in the lines made no sense, for a warning. */
  readonly damage: readonly string[];
}

const killed = "aborted: the server ended while this was running; what it did so far may have taken effect";

/**
 * Rebuilds a thread from all its lines, those that it shares with others first. Pure. `closedAtMs`: the writer is gone, so what it left open is closed, dated with this time; null: the
 * thread is loaded and goes on, so open items stay open.
 */
export function replay(
  lines: readonly RolloutLine[],
  checkpoints: readonly Checkpoint[],
  closedAtMs: number | null,
): Replayed {
  let told: RecordedSettings | null = null;
  let epoch: Epoch | null = null;
  let usage: Replayed["usage"] = null;
  let plan: Replayed["plan"] = null;
  let preview = "";
  let name: string | null = null;
  let git: GitInfo | null = null;
  let history: string[] = [];
  let userMessages: number[] = [];
  const turns = new Map<string, TurnView>();
  /** Calls without an output so far, oldest first. Some providers give each call the same id. */
  const calls: ToolCall[] = [];
  const outputs = new Map<string, string>();
  const damage: string[] = [];
  const fileOutputs: { item: ItemOf<"commandExecution">; path: string }[] = [];

  const turn = (id: string, at: number): TurnView => {
    const known = turns.get(id);
    if (known !== undefined) return known;
    const opened = new TurnView(id, at);
    turns.set(id, opened);
    return opened;
  };

  const visible = visibleLines(lines);
  for (const line of visible) {
    const at = Date.parse(line.timestamp);
    switch (line.type) {
      case "epoch":
        epoch = line.payload;
        break;
      case "turn_context":
        told = line.payload;
        break;
      case "turn_started":
        turn(line.payload.turnId, line.payload.at);
        break;
      case "turn_completed":
        turn(line.payload.turnId, at).complete(line.payload.status, line.payload.at, line.payload.error);
        break;
      case "response_item": {
        const { item, view, bodyOf } = line.payload;
        if (bodyOf !== undefined) outputs.set(bodyOf, messageText(item));
        if (item.type === "function_call" || item.type === "custom_tool_call") calls.push(item);
        if (item.type === "function_call_output" || item.type === "custom_tool_call_output") {
          if (typeof item.output === "string") outputs.set(item.call_id, item.output);
          const answered = calls.findIndex(({ call_id: id }) => id === item.call_id);
          if (answered === -1) {
            // No provider takes an output without its call: sent along, it would fail each later request.
            damage.push(`the output of call ${item.call_id} has no call and is left out`);
            break;
          }
          calls.splice(answered, 1);
        }
        if (view?.kind === "userMessage") userMessages.push(history.length);
        history.push(serializeItem(item));
        if (view === undefined) break;
        const shown = viewOf(item, view);
        turn(view.turnId, at).put(shown);
        if (shown.type === "userMessage" && preview === "") preview = textOf(shown.content);
        break;
      }
      case "compacted": {
        const { turnId, input, id, startedAt } = line.payload;
        history = pairsOf(resolveInput(history.map(parseItemJson), input)).map(serializeItem);
        userMessages = [...line.payload.userMessages];
        // What was called before is not part of the prompt any more.
        calls.length = 0;
        const summary = line.payload.summaryAt === null ? null : summaryOf(input[line.payload.summaryAt]);
        turn(turnId, at).put(
          contextCompaction({ id, summary, startedAtMs: startedAt, completedAtMs: line.payload.at }),
        );
        break;
      }
      case "item_started":
        turn(line.payload.turnId, at).put(line.payload.item);
        break;
      case "item_completed": {
        const { output, turnId } = line.payload;
        const view = turn(turnId, at);
        const item = withOutput(line.payload.item, output, outputs, view.get(line.payload.item.id));
        const shown = view.put(item);
        if (output?.in === "file" && shown.type === "commandExecution")
          fileOutputs.push({ item: shown, path: output.path });
        break;
      }
      case "usage":
        usage = line.payload;
        break;
      case "thread_name":
        ({ name } = line.payload);
        break;
      case "git_info":
        ({ git } = line.payload);
        break;
      case "session_meta":
        git = line.payload.git ?? git;
        break;
      case "reverted":
      case "queue":
      case "thread_settings":
      case "approval":
      case "write_intent":
        break;
      case "plan":
        plan = line.payload;
        break;
      default:
        line satisfies never;
    }
  }

  for (const checkpoint of checkpoints) turns.get(checkpoint.turnId)?.applyCheckpoint(checkpoint);
  const repairs: RolloutEntry[] = [];
  if (closedAtMs !== null) {
    for (const call of calls) {
      const item = outputOf(call, killed);
      history.push(serializeItem(item));
      repairs.push({ type: "response_item", payload: { item } });
    }
    for (const open of turns.values()) repairs.push(...open.close(closedAtMs));
  }

  const last = lines.at(-1);
  return {
    settings: standingSettings(lines),
    told,
    epoch,
    history,
    userMessages,
    turns: [...turns.values()].map((view) => view.toTurn()),
    preview,
    name,
    git,
    usage,
    plan,
    queue: queueOf(lines),
    updatedAtMs: last === undefined ? 0 : Date.parse(last.timestamp),
    itemIds: idsOf(lines),
    fileOutputs,
    repairs,
    damage,
  };
}

const parseItemJson = (json: string): ResponseItem => JSON.parse(json) as ResponseItem;

/** In a file that lost lines, an index may lead to another item: what is no pair any more would fail each later request. */
function pairsOf(items: readonly ResponseItem[]): ResponseItem[] {
  const ids = (types: readonly string[]): ReadonlySet<string> =>
    new Set(items.flatMap((item) => (types.includes(item.type) && "call_id" in item ? item.call_id : [])));
  const called = ids(["function_call", "custom_tool_call"]);
  const answered = ids(["function_call_output", "custom_tool_call_output"]);
  return items.filter((item) => !("call_id" in item) || (called.has(item.call_id) && answered.has(item.call_id)));
}

/** The last that was said of them, by whichever line, and what was changed since the last turn began. */
function standingSettings(lines: readonly RolloutLine[]): StandingSettings | null {
  const changes: SettingsChange[] = [];
  let said: StandingSettings | null = null;
  for (const { type, payload } of lines.toReversed()) {
    if (type === "thread_settings") changes.unshift(payload);
    if (said === null && type === "turn_context") {
      const { turnId: _, instructionSources: _sources, userInstructionsHash: _hash, ...settings } = payload;
      said = settings;
    }
    if (type === "session_meta" || type === "reverted") said ??= payload.settings;
    const isBeginning = type === "turn_started" || type === "session_meta" || type === "reverted";
    if (isBeginning && said !== null) break;
  }
  return said === null ? null : changes.reduce<StandingSettings>((all, change) => ({ ...all, ...change }), said);
}

/** Also of messages that were queued after a turn that is hidden now: they have not been sent. A fork does not take them along. */
function queueOf(lines: readonly RolloutLine[]): readonly QueuedSubmission[] {
  let queue: readonly QueuedSubmission[] = [];
  let threadId: string | null = null;
  for (const { type, payload } of lines) {
    if (type === "queue") queue = applyQueueChange(queue, payload);
    if (type !== "session_meta") continue;
    if (threadId !== null && payload.id !== threadId) queue = [];
    threadId = payload.id;
  }
  return queue;
}

function idsOf(lines: readonly RolloutLine[]): ReadonlySet<string> {
  const ids = new Set<string>();
  for (const { type, payload } of lines) {
    if (type === "response_item" && payload.view !== undefined) ids.add(payload.view.id);
    if (type === "item_started" || type === "item_completed") ids.add(payload.item.id);
    if (type === "compacted") ids.add(payload.id);
  }
  return ids;
}

/** The answer to a call, in the form that fits it. */
export const outputOf = (call: ToolCall, output: string): ResponseItem => ({
  type: call.type === "function_call" ? "function_call_output" : "custom_tool_call_output",
  call_id: call.call_id,
  output,
});

/** The words of a user's input, without what is no text. */
export const textOf = (input: readonly UserInput[]): string =>
  input
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n")
    .trim();

function withOutput(
  item: ThreadItem,
  output: OutputRef | undefined,
  outputs: ReadonlyMap<string, string>,
  started: ThreadItem | undefined,
): ThreadItem {
  if (output?.in === "started" && item.type === "fileChange" && started?.type === "fileChange") {
    return { ...item, changes: output.changes.flatMap((index) => started.changes[index] ?? []) };
  }
  if (output?.in !== "response" || item.type !== "commandExecution") return item;
  const text = outputs.get(output.callId);
  return text === undefined
    ? item
    : { ...item, aggregatedOutput: text.slice(output.start, output.start + output.length) };
}

/** The item of the view that stands on the same line. */
export function viewOf(item: ResponseItem, view: ItemView): ThreadItem {
  switch (view.kind) {
    case "userMessage":
      return userMessage({
        id: view.id,
        clientId: view.clientId,
        content: view.content ?? plainInput(item),
        startedAtMs: view.at,
        completedAtMs: view.at,
      });
    case "agentMessage":
      return agentMessage(item as MessageItem, {
        id: view.id,
        startedAtMs: view.startedAt,
        completedAtMs: view.at,
        isPartial: view.isPartial === true,
      });
    case "reasoning":
      return reasoning(item as ReasoningResponseItem, {
        id: view.id,
        startedAtMs: view.startedAt,
        completedAtMs: view.at,
      });
    default:
      return view satisfies never;
  }
}

/** The text of a message of the user, unchanged. */
const messageText = (item: ResponseItem): string =>
  plainInput(item)
    .map((part) => (part.type === "text" ? part.text : ""))
    .join("");

const plainInput = (item: ResponseItem): UserInput[] =>
  item.type !== "message"
    ? []
    : item.content.flatMap((part) =>
        part.type === "input_text" ? [{ type: "text" as const, text: part.text, text_elements: [] }] : [],
      );
