import type { ThreadItem } from "../../../../src/protocol/items.ts";
import type { ResponseItem } from "../../../../src/core/model/types.ts";
import type { RolloutEntry, StandingSettings } from "../../../../src/core/thread/rollout/lines.ts";

const at = 1_800_000_000_000;
const turnId = "t1";
const times = { startedAtMs: at, completedAtMs: at };

const settings: StandingSettings = {
  cwd: "/w",
  model: "m",
  modelProvider: "p",
  approvalPolicy: "on-request",
  sandbox: {
    type: "workspaceWrite",
    writableRoots: ["/x"],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: true,
  },
  effort: "high",
  summary: null,
  reviewEdits: "after",
  isPlanMode: false,
  developerInstructions: null,
};
const tokens = {
  totalTokens: 3,
  inputTokens: 2,
  cachedInputTokens: 0,
  cacheWriteInputTokens: 0,
  outputTokens: 1,
  reasoningOutputTokens: 0,
};

const items: readonly ResponseItem[] = [
  { type: "message", role: "developer", content: [{ type: "input_text", text: "be good" }] },
  {
    type: "message",
    role: "assistant",
    phase: "commentary",
    content: [
      { type: "output_text", text: "a", annotations: [] },
      { type: "refusal", refusal: "no" },
      { type: "input_image", image_url: "data:image/png;base64,AA==" },
    ],
  },
  { type: "reasoning", summary: [{ type: "summary_text", text: "s" }], content: null, encrypted_content: "g" },
  { type: "function_call", id: "f", call_id: "c1", name: "exec_command", arguments: "{}" },
  { type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "***" },
  { type: "function_call_output", call_id: "c1", output: "out" },
  { type: "custom_tool_call_output", call_id: "c2", output: [{ type: "input_text", text: "done" }] },
  { type: "compaction", encrypted_content: "g" },
];

const shown: readonly ThreadItem[] = [
  { type: "userMessage", id: "u", clientId: "c", content: [{ type: "text", text: "x", text_elements: [] }], ...times },
  { type: "agentMessage", id: "a", text: "x", phase: "partial_answer", ...times },
  { type: "reasoning", id: "r", summary: ["x"], content: [], ...times },
  {
    type: "commandExecution",
    id: "c",
    command: "ls",
    cwd: "/w",
    processId: "1",
    source: "agent",
    status: "completed",
    commandActions: [
      { type: "read", command: "cat a", name: "a", path: "a" },
      { type: "search", command: "rg a", query: "a", path: null },
      { type: "unknown", command: "x" },
    ],
    aggregatedOutput: "out",
    exitCode: 0,
    durationMs: 1,
    ...times,
  },
  {
    type: "fileChange",
    id: "f",
    changes: [{ path: "/w/a", kind: { type: "update", move_path: null }, diff: "+a" }],
    status: "completed",
    ...times,
  },
  { type: "contextCompaction", id: "k", summary: "s", ...times },
];

const message: ResponseItem = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
const response = (payload: Extract<RolloutEntry, { type: "response_item" }>["payload"]): RolloutEntry => ({
  type: "response_item",
  payload,
});

/** At least one entry of each type that a rollout has, and of each shape that its payload has. */
export const entriesOfAllTypes: readonly RolloutEntry[] = [
  {
    type: "session_meta",
    payload: {
      id: "id",
      format: 2,
      createdAtMs: at,
      cwd: "/w",
      originator: "o",
      cliVersion: "1",
      modelProvider: "p",
      git: { sha: "abc", branch: "main", originUrl: null },
      forkedFromId: "other",
      historyBase: [{ threadId: "other", endOrdinal: 3, endByteOffset: 300 }],
      preview: "hi",
      settings: { ...settings, approvalPolicy: "never", sandbox: { type: "dangerFullAccess" } },
    },
  },
  { type: "epoch", payload: { instructions: "i", tools: [{ type: "function" }], patchTool: "freeform" } },
  { type: "turn_started", payload: { turnId, at } },
  {
    type: "turn_context",
    payload: { turnId, ...settings, instructionSources: ["/w/AGENTS.md"], userInstructionsHash: "ab" },
  },
  ...items.map((item) => response({ item })),
  response({
    item: message,
    view: {
      kind: "userMessage",
      turnId,
      id: "u",
      clientId: null,
      at,
      content: [
        { type: "text", text: "hi", text_elements: [{ byteRange: { start: 0, end: 1 }, placeholder: null }] },
        { type: "localImage", path: "/w/a.png" },
      ],
    },
  }),
  response({ item: message, bodyOf: "c" }),
  response({
    item: { type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }] },
    view: { kind: "agentMessage", turnId, id: "a", startedAt: at, at, isPartial: true },
  }),
  response({
    item: { type: "reasoning", summary: [{ type: "summary_text", text: "s" }] },
    view: { kind: "reasoning", turnId, id: "r", startedAt: at, at },
  }),
  {
    type: "compacted",
    payload: {
      turnId,
      id: "k",
      startedAt: at,
      at,
      reason: "limit",
      input: [0, message],
      userMessages: [1],
      summaryAt: 1,
    },
  },
  {
    type: "request",
    payload: {
      turnId,
      purpose: "summary",
      model: "m",
      input: [0, message],
      question: { type: "message" },
      parameters: { stream: true },
      bytes: 10,
    },
  },
  ...shown.map((item): RolloutEntry => ({ type: "item_started", payload: { turnId, item } })),
  ...shown.map((item): RolloutEntry => ({ type: "item_completed", payload: { turnId, item } })),
  ...shown.slice(3, 5).flatMap((item): RolloutEntry[] => [
    {
      type: "item_completed",
      payload: { turnId, item, output: { in: "response", callId: "c1", start: 0, length: 2 } },
    },
    { type: "item_completed", payload: { turnId, item, output: { in: "file", path: "/h/outputs/x" } } },
    { type: "item_completed", payload: { turnId, item, output: { in: "started", changes: [0] } } },
  ]),
  { type: "approval", payload: { turnId, itemId: "c", at, decision: null } },
  { type: "write_intent", payload: { turnId, itemId: "f", paths: ["/w/a"] } },
  { type: "plan", payload: { turnId, explanation: null, plan: [{ step: "s", status: "pending" }] } },
  { type: "usage", payload: { turnId, usage: { total: tokens, last: tokens, modelContextWindow: 100 } } },
  {
    type: "turn_completed",
    payload: {
      turnId,
      status: "failed",
      error: {
        message: "m",
        codexErrorInfo: { httpConnectionFailed: { httpStatusCode: 500 } },
        additionalDetails: null,
      },
      at,
    },
  },
  { type: "turn_completed", payload: { turnId, status: "completed", error: null, at } },
  { type: "reverted", payload: { beforeTurnId: turnId, at, settings } },
  { type: "thread_name", payload: { name: "n" } },
  { type: "git_info", payload: { git: { sha: null, branch: "b", originUrl: "o" } } },
  { type: "thread_settings", payload: { ...settings, model: "n" } },
  { type: "thread_settings", payload: {} },
  {
    type: "queue",
    payload: {
      op: "put",
      submission: {
        id: "q",
        input: [{ type: "text", text: "x", text_elements: [] }],
        clientUserMessageId: "c",
        responsesapiClientMetadata: { a: "b" },
      },
    },
  },
  { type: "queue", payload: { op: "remove", id: "q" } },
  { type: "queue", payload: { op: "order", ids: ["q"] } },
];
