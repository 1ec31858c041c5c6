import * as z from "zod";
import { KnownItem } from "../../../protocol/items.ts";
import { PlanStep } from "../../../protocol/notifications.ts";
import { QueuedSubmission } from "../../../protocol/queue.ts";
import { AskForApproval, ReviewEdits, SandboxPolicy, ThreadTokenUsage, UserInput } from "../../../protocol/settings.ts";
import { GitInfo } from "../../../protocol/threads.ts";
import { TurnError } from "../../../protocol/turns.ts";
import { maxHistorySegments, type RolloutEntry } from "./lines.ts";
import { contentPart, responseItem, textParts } from "./response-item.ts";

const ofTurn = { turnId: z.string() };
const text = z.string();
const time = z.number();

/** A view fits the item that it is made from. */
const viewed = z.union([
  z.looseObject({ item: responseItem, view: z.undefined().optional() }),
  z.looseObject({
    item: z.looseObject({ type: z.literal("message"), content: z.array(contentPart) }),
    view: z.discriminatedUnion("kind", [
      z.looseObject({
        kind: z.literal("userMessage"),
        ...ofTurn,
        id: text,
        clientId: text.nullable(),
        at: time,
        content: z.array(UserInput).optional(),
      }),
      z.looseObject({ kind: z.literal("agentMessage"), ...ofTurn, id: text, startedAt: time, at: time }),
    ]),
  }),
  z.looseObject({
    item: z.looseObject({ type: z.literal("reasoning"), summary: textParts, content: textParts.nullish() }),
    view: z.looseObject({ kind: z.literal("reasoning"), ...ofTurn, id: text, startedAt: time, at: time }),
  }),
  z.looseObject({
    item: z.looseObject({ type: z.literal("web_search_call") }),
    view: z.looseObject({ kind: z.literal("webSearch"), ...ofTurn, id: text, startedAt: time, at: time }),
  }),
]);

const outputRef = z.discriminatedUnion("in", [
  z.looseObject({ in: z.literal("response"), callId: text, start: z.int().min(0), length: z.int().min(0) }),
  z.looseObject({ in: z.literal("file"), path: text }),
  z.looseObject({ in: z.literal("started"), changes: z.array(z.int().min(0)) }),
]);

const settings = {
  cwd: text,
  model: text,
  modelProvider: text,
  approvalPolicy: AskForApproval,
  sandbox: SandboxPolicy,
  effort: text.nullable(),
  summary: text.nullable(),
  reviewEdits: ReviewEdits,
  isPlanMode: z.boolean(),
  developerInstructions: text.nullable(),
};

/** What the payload of a line must have; other members are kept. What is checked is what would otherwise break the view or each later request. */
export const payloads: Readonly<Record<RolloutEntry["type"], z.ZodType>> = {
  session_meta: z.looseObject({
    id: text,
    format: z.int(),
    createdAtMs: time,
    cwd: text,
    originator: text,
    cliVersion: text,
    modelProvider: text,
    git: GitInfo.nullable(),
    forkedFromId: text.nullable(),
    historyBase: z
      .array(z.looseObject({ threadId: text, endOrdinal: z.int().min(0), endByteOffset: z.int().min(0) }))
      .max(maxHistorySegments),
    preview: text,
    settings: z.looseObject(settings).nullable(),
  }),
  epoch: z.looseObject({
    instructions: text,
    source: text.optional(),
    tools: z.array(z.unknown()),
    patchTool: z.enum(["freeform", "function"]),
  }),
  turn_context: z.looseObject({
    ...ofTurn,
    ...settings,
    instructionSources: z.array(text),
    userInstructionsHash: text.nullable(),
  }),
  thread_settings: z.looseObject({
    cwd: text.optional(),
    model: text.optional(),
    modelProvider: text.optional(),
    approvalPolicy: AskForApproval.optional(),
    sandbox: SandboxPolicy.optional(),
    effort: text.nullish(),
    summary: text.nullish(),
    reviewEdits: ReviewEdits.optional(),
    isPlanMode: z.boolean().optional(),
    developerInstructions: text.nullish(),
  }),
  turn_started: z.looseObject({ ...ofTurn, at: time }),
  turn_completed: z.looseObject({
    ...ofTurn,
    status: z.enum(["completed", "interrupted", "failed"]),
    error: TurnError.nullable(),
    at: time,
  }),
  response_item: z.looseObject({ item: responseItem, bodyOf: text.optional() }).and(viewed),
  compacted: z.looseObject({
    ...ofTurn,
    id: text,
    startedAt: time,
    at: time,
    reason: z.enum(["manual", "limit", "overflow"]),
    input: z.array(z.union([z.int().min(0), responseItem])),
    userMessages: z.array(z.int().min(0)),
    summaryAt: z.int().min(0).nullable(),
  }),
  request: z.looseObject({
    ...ofTurn,
    purpose: z.enum(["answer", "summary", "trigger", "endpoint"]),
    model: text,
    input: z.array(z.union([z.int().min(0), responseItem])).optional(),
    question: z.looseObject({}).optional(),
    parameters: z.looseObject({}).nullable(),
    bytes: z.int().min(0),
  }),
  item_started: z.looseObject({ ...ofTurn, item: KnownItem }),
  item_completed: z.looseObject({ ...ofTurn, item: KnownItem, output: outputRef.optional() }),
  approval: z.looseObject({ ...ofTurn }),
  write_intent: z.looseObject({ ...ofTurn }),
  plan: z.looseObject({ ...ofTurn, explanation: text.nullable(), plan: z.array(PlanStep) }),
  reverted: z.looseObject({ beforeTurnId: text, at: time, settings: z.looseObject(settings) }),
  queue: z.discriminatedUnion("op", [
    z.looseObject({ op: z.literal("put"), submission: QueuedSubmission }),
    z.looseObject({ op: z.literal("remove"), id: text }),
    z.looseObject({ op: z.literal("order"), ids: z.array(text) }),
  ]),
  thread_name: z.looseObject({ name: text }),
  git_info: z.looseObject({ git: GitInfo }),
  usage: z.looseObject({ ...ofTurn, usage: ThreadTokenUsage }),
};
