import { Buffer } from "node:buffer";
import type { ThreadTokenUsage } from "../../protocol/settings.ts";
import { skillPathOf } from "../prompt/skills.ts";
import type {
  MessageItem,
  ModelClient,
  ModelEvent,
  ModelInfo,
  ModelRequest,
  ResponseOutcome,
  Usage,
} from "../model/types.ts";
import { addUsage } from "../model/usage.ts";
import { assembleBody, buildCompactBody, requestParameters } from "../turn/request.ts";
import { compact, type CompactionOutcome, type CompactionReason } from "./compactor.ts";
import { createContextWindow } from "./context-window.ts";
import { type History, resolveInput, serializeItem } from "./history.ts";
import type { Journal } from "./journal.ts";
import type { ThreadDeps, ThreadSeed } from "./live-thread.ts";
import type { Epoch, RequestRecord } from "./rollout/lines.ts";
import type { Epochs } from "./epochs.ts";
import type { Surroundings } from "./surroundings.ts";

/** What a turn runs with from its beginning to its end; permissions are not among it, they are read at each call. */
export interface TurnFrame {
  readonly turnId: string;
  readonly model: string;
  readonly effort: string | null;
  readonly summary: string | null;
  readonly info: ModelInfo;
  readonly client: ModelClient;
  readonly streamMaxRetries: number;
}

/** What a thread asks its model, and what that costs. */
export interface ModelCalls {
  /** Sends the history as it stands now. Rejects with RolloutWriteError, and with nothing else. */
  create(frame: TurnFrame, onEvent: (event: ModelEvent) => void, signal: AbortSignal): Promise<ResponseOutcome>;
  /** Records and shows what the provider counted for the last request. @throws RolloutWriteError */
  counted(frame: TurnFrame, last: Usage): void;
  isContextFull(frame: TurnFrame): boolean;
  /** Makes the prompt smaller; from then on, it is another one. Rejects with RolloutWriteError. */
  makeRoom(
    frame: TurnFrame,
    reason: CompactionReason,
    wishes: string | null,
    signal: AbortSignal,
  ): Promise<CompactionOutcome>;
}

export function createModelCalls(options: {
  readonly seed: ThreadSeed;
  readonly history: History;
  readonly journal: Journal;
  readonly deps: ThreadDeps;
  readonly surroundings: Surroundings;
  readonly epochs: Epochs;
  claimId(): string;
}): ModelCalls {
  const { seed, history, journal, deps, surroundings, epochs } = options;
  const { id, historyBase } = seed.meta;
  // A fork begins as the requests of the other thread did: the provider finds what it has of them.
  const cacheKey = historyBase[0]?.threadId ?? id;
  const context = createContextWindow(history, seed.usage);
  let { usage } = seed;
  /** The turn of the last response; null: one of an earlier session. */
  let countedTurn: string | null = null;

  const epochOf = ({ info }: TurnFrame): Epoch => epochs.current ?? epochs.for(info);

  const requestOf = (frame: TurnFrame, asked: Pick<RequestRecord, "purpose" | "question" | "input">): ModelRequest => {
    const { model, turnId } = frame;
    const epoch = epochOf(frame);
    const toolChoice = asked.purpose === "summary" ? "none" : "auto";
    const parameters = asked.purpose === "endpoint" ? null : requestParameters({ ...frame, toolChoice, cacheKey });
    const input = inputChunks(history, asked);
    const body =
      parameters === null
        ? buildCompactBody({ model, instructions: epoch.instructions }, input)
        : assembleBody({ model, instructions: epoch.instructions, toolsJson: toolsOf(epoch), parameters }, input);
    const bytes = body.reduce((sum, { byteLength }) => sum + byteLength, 0);
    journal.commit([{ type: "request", payload: { turnId, model, ...asked, parameters, bytes } }], []);
    return { body, threadId: id, originator: seed.meta.originator, userAgent: deps.userAgent };
  };

  const setUsage = (turnId: string, next: ThreadTokenUsage): void => {
    usage = next;
    journal.commit(
      [{ type: "usage", payload: { turnId, usage: next } }],
      [{ type: "tokenUsageUpdated", threadId: id, turnId, tokenUsage: next }],
    );
  };

  const add = ({ turnId, model, info }: TurnFrame, last: Usage): void => {
    const price = deps.models.price(model);
    const isSameTurn = turnId === countedTurn;
    countedTurn = turnId;
    setUsage(turnId, addUsage(usage, last, { window: info.contextWindow, price, isSameTurn }));
  };

  const isContextFull = ({ info }: TurnFrame): boolean =>
    context.isFull(info.contextWindow, deps.models.compactionLimit);

  return {
    async create(frame, onEvent, signal) {
      context.sent();
      return frame.client.createResponse(requestOf(frame, { purpose: "answer" }), onEvent, signal);
    },
    counted(frame, last) {
      context.counted(last);
      add(frame, last);
    },
    isContextFull,
    async makeRoom(frame, reason, wishes, signal) {
      const { turnId, client, info } = frame;
      const outcome = await compact(
        {
          threadId: id,
          turnId,
          itemId: options.claimId(),
          journal,
          history,
          clock: deps.clock,
          client,
          request: (asked) => requestOf(frame, asked),
          surroundings: async () => {
            const epoch = await epochs.renewed(info);
            const renewed = await surroundings.renew(turnId);
            const skills = await deps.renewSkills(skillsIn(history), surroundings.docs, surroundings.settings.cwd);
            return {
              entries: [
                ...(epoch === epochs.current ? [] : [{ type: "epoch", payload: epoch } as const]),
                ...renewed.entries,
              ],
              messages: [...renewed.messages, ...skills],
              told: () => {
                epochs.begun(epoch);
                renewed.told();
              },
            };
          },
          workingState: () => seed.working.message(),
          window: info.contextWindow,
          excessBytes: context.excessBytes(info.contextWindow, deps.models.compactionLimit),
          addUsage: (last) => add(frame, last),
        },
        reason,
        wishes,
        signal,
      );
      if (outcome.kind === "compacted") {
        const next = context.replaced(usage);
        if (next !== null) setUsage(turnId, next);
      }
      if (outcome.kind !== "aborted" && isContextFull(frame)) context.gaveUp();
      return outcome;
    },
  };
}

function inputChunks(
  history: History,
  { question, input }: Pick<RequestRecord, "question" | "input">,
): readonly Uint8Array[] {
  const chunks =
    input === undefined
      ? history.chunks()
      : [Buffer.from(resolveInput(history.items(), input).map(serializeItem).join(","))];
  if (question === undefined) return chunks;
  const isFirst = chunks.every(({ byteLength }) => byteLength === 0);
  return [...chunks, Buffer.from(`${isFirst ? "" : ","}${JSON.stringify(question)}`)];
}

/** Messages of the prompt that give a skill; the user's own words never count as one. */
function skillsIn(history: History): MessageItem[] {
  const own = new Set(history.userMessages);
  return history.items().flatMap((item, index) => {
    if (item.type !== "message" || item.role !== "user" || own.has(index)) return [];
    const [part] = item.content;
    return part?.type === "input_text" && skillPathOf(part.text) !== null ? [item] : [];
  });
}

const toolsJson = new WeakMap<Epoch["tools"], string>();

/** A list of tools becomes text once. */
function toolsOf({ tools }: Epoch): string {
  const known = toolsJson.get(tools);
  if (known !== undefined) return known;
  const json = JSON.stringify(tools);
  toolsJson.set(tools, json);
  return json;
}
