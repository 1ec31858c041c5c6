import path from "node:path";
import type { ResponseItem } from "../src/core/model/types.ts";
import { type RolloutEntry, rolloutFormat } from "../src/core/thread/rollout/lines.ts";
import { createRolloutStore } from "../src/core/thread/rollout/store.ts";
import { createRolloutWriter } from "../src/core/thread/rollout/writer.ts";
import { agentMessage, reasoning } from "../src/core/turn/view-items.ts";

/** Items of the view in one turn: the words of the user, four rounds of thinking and saying, nine commands, two file changes. */
export const itemsPerTurn = 20;

/** 2026, so that what is made is the same in each run. */
const beganAtMs = 1_780_000_000_000;
const words = "The function reads the whole file before it looks for the line, which is slow für lange Dateien.\n";
const source =
  '  const { items, total } = await load(path, { encoding: "utf8" });\n  if (items.length === 0) return [];\n';

/** Text of about this many characters, another one for each seed. */
const textOf = (piece: string, length: number, seed: number): string =>
  `${seed}: ${piece.repeat(Math.ceil(length / piece.length)).slice(0, length)}`;

const settings = (cwd: string) => ({
  cwd,
  model: "bench",
  modelProvider: "bench",
  approvalPolicy: "never" as const,
  sandbox: {
    type: "workspaceWrite" as const,
    writableRoots: [],
    networkAccess: false,
    excludeTmpdirEnvVar: false,
    excludeSlashTmp: false,
  },
  effort: null,
  summary: null,
  reviewEdits: "after" as const,
  isPlanMode: false,
  developerInstructions: null,
});

/** What stands at the beginning of each rollout. */
export const opening = (id: string, cwd: string): readonly RolloutEntry[] => [
  {
    type: "session_meta",
    payload: {
      id,
      format: rolloutFormat,
      createdAtMs: beganAtMs,
      cwd,
      originator: "bench",
      cliVersion: "1",
      modelProvider: "bench",
      git: null,
      forkedFromId: null,
      historyBase: [],
      preview: "",
      settings: settings(cwd),
    },
  },
  {
    type: "epoch",
    payload: {
      instructions: textOf(words, 6_000, 0),
      tools: [{ type: "function", name: "exec_command", parameters: { type: "object", properties: {} } }],
      patchTool: "function",
    },
  },
];

/** The lines of one turn of {@link itemsPerTurn} items, as a coding turn leaves them: about 45 kB. */
export function turnEntries(number: number, cwd: string): RolloutEntry[] {
  const turnId = `01a1f920-e6d1-75b6-bcd3-${String(number).padStart(12, "0")}`;
  const at = beganAtMs + number * 60_000;
  const entries: RolloutEntry[] = [
    { type: "turn_started", payload: { turnId, at } },
    {
      type: "turn_context",
      payload: { turnId, ...settings(cwd), instructionSources: [], userInstructionsHash: null },
    },
    {
      type: "response_item",
      payload: {
        item: {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: textOf(words, 400, number) }],
        },
        view: { kind: "userMessage", turnId, id: `${turnId}-user`, clientId: null, at },
      },
    },
  ];
  for (let round = 0; round < 4; round++) entries.push(...roundEntries(turnId, round, at + round * 1000));
  const commands = Array.from({ length: 9 }, (_, index) => commandEntries(turnId, `${turnId}-c${index}`, cwd, at));
  const changes = Array.from({ length: 2 }, (_, index) => changeEntries(turnId, `${turnId}-p${index}`, cwd, at));
  entries.push(...[...commands, ...changes].flat());
  entries.push({ type: "turn_completed", payload: { turnId, status: "completed", error: null, at: at + 50_000 } });
  return entries;
}

/** What the model thought and said, and what it cost. */
function roundEntries(turnId: string, round: number, at: number): RolloutEntry[] {
  const times = { startedAtMs: at, completedAtMs: null };
  const thought = {
    type: "reasoning" as const,
    id: `${turnId}-rs${round}`,
    summary: [{ type: "summary_text" as const, text: textOf(words, 300, round) }],
    encrypted_content: "gAAAAABo3xq".repeat(120),
  };
  const said = {
    type: "message" as const,
    id: `${turnId}-m${round}`,
    role: "assistant" as const,
    status: "completed",
    content: [{ type: "output_text" as const, text: textOf(words, 500, round) }],
  };
  const tokens = {
    totalTokens: 4039,
    inputTokens: 4028,
    cachedInputTokens: 736,
    cacheWriteInputTokens: 0,
    outputTokens: 11,
    reasoningOutputTokens: 0,
  };
  const empty = { summary: [], content: [] };
  return [
    { type: "item_started", payload: { turnId, item: reasoning(empty, { id: thought.id, ...times }) } },
    {
      type: "response_item",
      payload: { item: thought, view: { kind: "reasoning", turnId, id: thought.id, startedAt: at, at } },
    },
    {
      type: "item_started",
      payload: { turnId, item: agentMessage({ content: [] }, { id: said.id, ...times, isPartial: false }) },
    },
    {
      type: "response_item",
      payload: { item: said, view: { kind: "agentMessage", turnId, id: said.id, startedAt: at, at } },
    },
    {
      type: "usage",
      payload: { turnId, usage: { total: tokens, last: tokens, modelContextWindow: 258_400 } },
    },
  ];
}

function commandEntries(turnId: string, callId: string, cwd: string, at: number): RolloutEntry[] {
  const command = `rg --line-number "load\\(" src/${callId}`;
  const item = {
    type: "commandExecution" as const,
    id: callId,
    pluginId: null,
    scriptPath: null,
    command: `/bin/bash -c '${command}'`,
    cwd,
    processId: null,
    source: "agent" as const,
    status: "inProgress" as const,
    commandActions: [{ type: "search" as const, command, query: "load", path: "src" }],
    aggregatedOutput: null,
    exitCode: null,
    durationMs: null,
    startedAtMs: at,
    completedAtMs: null,
  };
  const head = "Chunk ID: 04ae71\nWall time: 0.0210 seconds\nProcess exited with code 0\nOutput:\n";
  const output = textOf(source, 1_500, at);
  return [
    ...callEntries(callId, "exec_command", { cmd: command }, `${head}${output}`),
    { type: "item_started", payload: { turnId, item } },
    {
      type: "item_completed",
      payload: {
        turnId,
        item: { ...item, status: "completed", exitCode: 0, durationMs: 26, completedAtMs: at + 26 },
        output: { in: "response", callId, start: head.length, length: output.length },
      },
    },
  ];
}

function changeEntries(turnId: string, callId: string, cwd: string, at: number): RolloutEntry[] {
  const file = path.join(cwd, "src", `${callId}.ts`);
  const item = {
    type: "fileChange" as const,
    id: callId,
    changes: [{ path: file, kind: { type: "update" as const, move_path: null }, diff: textOf(source, 1_200, at) }],
    status: "inProgress" as const,
    startedAtMs: at,
    completedAtMs: null,
  };
  return [
    ...callEntries(
      callId,
      "apply_patch",
      { input: textOf(source, 1_200, at) },
      "Success. Updated the following files.",
    ),
    { type: "item_started", payload: { turnId, item } },
    { type: "write_intent", payload: { turnId, itemId: callId, paths: [file] } },
    {
      type: "item_completed",
      payload: {
        turnId,
        item: { ...item, changes: [], status: "completed", completedAtMs: at + 9 },
        output: { in: "started", changes: [0] },
      },
    },
  ];
}

const callEntries = (callId: string, name: string, parameters: object, output: string): RolloutEntry[] =>
  [
    {
      type: "function_call" as const,
      id: `fc_${callId}`,
      call_id: callId,
      name,
      arguments: JSON.stringify(parameters),
    },
    { type: "function_call_output" as const, call_id: callId, output },
  ].map((item: ResponseItem) => ({ type: "response_item", payload: { item } }));

/** Writes the rollout of a thread that is not open anywhere, with the writer of the product. Resolves with its path. */
export async function writeRollout(home: string, id: string, cwd: string, items: number): Promise<string> {
  const file = createRolloutStore(home).fileFor(id, beganAtMs);
  const clock = { now: () => beganAtMs };
  const writer = createRolloutWriter(file, { offset: 0, nextOrdinal: 0, lock: null }, clock);
  writer.append(opening(id, cwd));
  for (let turn = 0; turn < items / itemsPerTurn; turn++) writer.append(turnEntries(turn, cwd));
  await writer.sync();
  await writer.close();
  return file;
}
