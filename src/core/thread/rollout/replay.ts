import type { ItemOf, ThreadItem } from "../../../protocol/items.ts";
import type { QueuedSubmission } from "../../../protocol/queue.ts";
import type { ThreadTokenUsage, UserInput } from "../../../protocol/settings.ts";
import type { GitInfo } from "../../../protocol/threads.ts";
import type { Turn } from "../../../protocol/turns.ts";
import type { MessageItem, ReasoningResponseItem, ResponseItem, WebSearchCall } from "../../model/types.ts";
import type { ToolCall } from "../../turn/machine.ts";
import { agentMessage, contextCompaction, reasoning, userMessage, webSearch } from "../../turn/view-items.ts";
import { summaryOf } from "../../prompt/compaction.ts";
import { createHistory, type History, resolveInput, serializeItem } from "../history.ts";
import type {
  Checkpoint,
  Epoch,
  ItemView,
  OutputRef,
  RecordedSettings,
  RolloutEntry,
  RolloutLine,
  StandingSettings,
} from "./lines.ts";
import { applyQueueChange } from "./queue-change.ts";
import { createStanding, type Standing } from "./standing-settings.ts";
import { TurnView } from "./turn-view.ts";
import { visibleLines } from "./visible-lines.ts";

/** A thread as its rollout tells it: the view and the prompt. */
export interface Replayed {
  /** In force now, whatever the model was told so far. A revert does not bring back older ones: it must not widen what is allowed. */
  readonly settings: StandingSettings | null;
  /** What the last visible turn ran under, as the model was told; null: there is none. */
  readonly told: RecordedSettings | null;
  readonly epoch: Epoch | null;
  /** The prompt, byte for byte as it was sent; the thread that goes on goes on with it. */
  readonly history: History;
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
  /** An item shows an output that is not in the lines, or comes after it. */
  readonly lacksOutput: boolean;
}

const killed = "aborted: the server ended while this was running; what it did so far may have taken effect";

/** Rebuilds a thread line by line, so that what a line was parsed to need not be kept. */
export interface Replay {
  /**
   * The next line; those that a thread shares with others come first. `itemJson`: as for {@link ParsedLine}. `isVisible`: false for what a
   * later revert hides, see visible-lines.ts.
   */
  add(line: RolloutLine, itemJson: string | null, isVisible: boolean): void;
  /** Once, at the end. `closedAtMs`: see {@link replay}. */
  finish(checkpoints: readonly Checkpoint[], closedAtMs: number | null): Replayed;
}

/**
 * Rebuilds a thread from all its lines, those that it shares with others first. Pure. `closedAtMs`: the writer is gone, so what it left open is closed, dated with this time; null: the
 * thread is loaded and goes on, so open items stay open.
 */
export function replay(
  lines: readonly RolloutLine[],
  checkpoints: readonly Checkpoint[],
  closedAtMs: number | null,
): Replayed {
  const visible = visibleLines(lines);
  const shown = visible === lines ? null : new Set(visible);
  const replaying = createReplay();
  for (const line of lines) replaying.add(line, null, shown?.has(line) ?? true);
  return replaying.finish(checkpoints, closedAtMs);
}

export function createReplay(): Replay {
  let told: RecordedSettings | null = null;
  let epoch: Epoch | null = null;
  let usage: Replayed["usage"] = null;
  let plan: Replayed["plan"] = null;
  let preview = "";
  let name: string | null = null;
  let git: GitInfo | null = null;
  let updatedAt: string | null = null;
  let queue: readonly QueuedSubmission[] = [];
  let threadId: string | null = null;
  const standing = createStanding<StandingSettings>();
  let lacksOutput = false;
  const history = createHistory();
  const turns = new Map<string, TurnView>();
  const itemIds = new Set<string>();
  /** Calls without an output so far, oldest first. Some providers give each call the same id. */
  const calls: ToolCall[] = [];
  const outputs = new Map<string, string>();
  const damage: string[] = [];
  const fileOutputs: { item: ItemOf<"commandExecution">; path: string }[] = [];

  /** `atMs`: when it began, if `line` says so. */
  const turn = (id: string, line: RolloutLine, atMs?: number): TurnView => {
    const known = turns.get(id);
    if (known !== undefined) return known;
    const opened = new TurnView(id, atMs ?? Date.parse(line.timestamp));
    turns.set(id, opened);
    return opened;
  };

  /** What holds whether the line is hidden or not. */
  const note = (line: RolloutLine): void => {
    updatedAt = line.timestamp;
    const { type, payload } = line;
    noteStanding(standing, line);
    // Also of messages that were queued after a turn that is hidden now: they have not been sent. A fork does not take them along.
    if (type === "queue") queue = applyQueueChange(queue, payload);
    if (type === "session_meta") {
      if (threadId !== null && payload.id !== threadId) queue = [];
      threadId = payload.id;
    }
    if (type === "response_item" && payload.view !== undefined) itemIds.add(payload.view.id);
    if (type === "item_started" || type === "item_completed") itemIds.add(payload.item.id);
    if (type === "compacted") itemIds.add(payload.id);
  };

  const show = (line: RolloutLine, itemJson: string | null): void => {
    switch (line.type) {
      case "epoch":
        epoch = line.payload;
        break;
      case "turn_context":
        told = line.payload;
        break;
      case "turn_started":
        turn(line.payload.turnId, line, line.payload.at);
        break;
      case "turn_completed":
        turn(line.payload.turnId, line).complete(line.payload.status, line.payload.at, line.payload.error);
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
        history.append(itemJson ?? serializeItem(item), view?.kind === "userMessage");
        if (view === undefined) break;
        const shown = viewOf(item, view);
        turn(view.turnId, line).put(shown);
        if (shown.type === "userMessage" && preview === "") preview = textOf(shown.content);
        break;
      }
      case "compacted": {
        const { turnId, input, id, startedAt } = line.payload;
        history.replace(pairsOf(resolveInput(history.items(), input)), line.payload.userMessages);
        // What was called before is not part of the prompt any more.
        calls.length = 0;
        const summary = line.payload.summaryAt === null ? null : summaryOf(input[line.payload.summaryAt]);
        turn(turnId, line).put(
          contextCompaction({ id, summary, startedAtMs: startedAt, completedAtMs: line.payload.at }),
        );
        break;
      }
      case "item_started":
        turn(line.payload.turnId, line).put(line.payload.item);
        break;
      case "item_completed": {
        const { output, turnId } = line.payload;
        const view = turn(turnId, line);
        lacksOutput ||= output?.in === "response" && !outputs.has(output.callId);
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
      case "request":
      case "approval":
      case "write_intent":
        break;
      case "plan":
        plan = line.payload;
        break;
      default:
        line satisfies never;
    }
  };

  return {
    add(line, itemJson, isVisible) {
      note(line);
      if (isVisible) show(line, itemJson);
    },
    finish(checkpoints, closedAtMs) {
      for (const checkpoint of checkpoints) turns.get(checkpoint.turnId)?.applyCheckpoint(checkpoint);
      const repairs: RolloutEntry[] = [];
      if (closedAtMs !== null) {
        for (const call of calls) {
          const item = outputOf(call, killed);
          history.append(serializeItem(item), false);
          repairs.push({ type: "response_item", payload: { item } });
        }
        for (const open of turns.values()) repairs.push(...open.close(closedAtMs));
      }
      return {
        settings: standing.current === null ? null : { ...standing.current.said, ...standing.current.changes },
        told,
        epoch,
        history,
        turns: [...turns.values()].map((view) => view.toTurn()),
        preview,
        name,
        git,
        usage,
        plan,
        queue,
        updatedAtMs: updatedAt === null ? 0 : Date.parse(updatedAt),
        itemIds,
        fileOutputs,
        repairs,
        damage,
        lacksOutput,
      };
    },
  };
}

/** In a file that lost lines, an index may lead to another item: what is no pair any more would fail each later request. */
function pairsOf(items: readonly ResponseItem[]): ResponseItem[] {
  const ids = (types: readonly string[]): ReadonlySet<string> =>
    new Set(items.flatMap((item) => (types.includes(item.type) && "call_id" in item ? item.call_id : [])));
  const called = ids(["function_call", "custom_tool_call"]);
  const answered = ids(["function_call_output", "custom_tool_call_output"]);
  return items.filter((item) => !("call_id" in item) || (called.has(item.call_id) && answered.has(item.call_id)));
}

function noteStanding(standing: Standing<StandingSettings>, { type, payload }: RolloutLine): void {
  if (type === "turn_started" || type === "session_meta" || type === "reverted") standing.begin();
  if (type === "thread_settings") standing.change(payload);
  if ((type === "session_meta" || type === "reverted") && payload.settings !== null) standing.say(payload.settings);
  if (type !== "turn_context") return;
  const { turnId: _, instructionSources: _sources, userInstructionsHash: _hash, ...settings } = payload;
  standing.say(settings);
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
    case "webSearch":
      return webSearch(item as WebSearchCall, {
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
