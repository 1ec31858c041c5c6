import type { HostState } from "../../../src/protocol/host.ts";
import type { ThreadItem } from "../../../src/protocol/items.ts";
import type { Thread } from "../../../src/protocol/threads.ts";
import type { Turn } from "../../../src/protocol/turns.ts";

export const cwd = "/home/ada/ledger";

export const hostState = (change: Partial<HostState> = {}): HostState => ({
  server: { status: "ready", message: null, isTurnwright: true },
  threadId: "t1",
  mode: "ask",
  modes: ["plan", "ask", "agent", "full"],
  isTrusted: true,
  model: "gpt-5.5",
  modelProvider: "openai",
  models: [
    { id: "gpt-5.5", displayName: "GPT-5.5" },
    { id: "gpt-5.5-mini", displayName: "GPT-5.5 mini" },
  ],
  isDemo: false,
  localModels: null,
  hasWorkspace: true,
  workspaceName: "ledger",
  sendKey: "enter",
  approvals: [],
  ...change,
});

export const threadWith = (turns: Turn[]): Thread => ({
  id: "t1",
  sessionId: "s1",
  preview: "",
  ephemeral: false,
  projectId: null,
  historyMode: "legacy",
  modelProvider: "openai",
  createdAt: 1_790_000_000,
  updatedAt: 1_790_000_000,
  status: { type: "idle" },
  cwd,
  cliVersion: "0.1.0",
  source: "appServer",
  turns,
});

export const turnWith = (items: ThreadItem[], change: Partial<Turn> = {}): Turn => ({
  id: "turn1",
  items,
  itemsView: "full",
  status: "completed",
  error: null,
  startedAt: 1_790_000_000,
  completedAt: 1_790_000_042,
  durationMs: 42_300,
  ...change,
});

let lastId = 0;
const nextId = (): string => `item${++lastId}`;
const times = { startedAtMs: 1_790_000_000_000, completedAtMs: 1_790_000_003_200 };

export const said = (text: string): ThreadItem => ({
  type: "userMessage",
  id: nextId(),
  content: [{ type: "text", text, text_elements: [] }],
  ...times,
});

export const answered = (text: string, change: Partial<ThreadItem & { type: "agentMessage" }> = {}): ThreadItem => ({
  type: "agentMessage",
  id: nextId(),
  text,
  phase: "final_answer",
  ...times,
  ...change,
});

export const reasoned = (text: string, change: Partial<ThreadItem & { type: "reasoning" }> = {}): ThreadItem => ({
  type: "reasoning",
  id: nextId(),
  summary: [text],
  content: [],
  ...times,
  ...change,
});

export const ran = (script: string, change: Partial<ThreadItem & { type: "commandExecution" }> = {}): ThreadItem => ({
  type: "commandExecution",
  id: nextId(),
  command: `/bin/bash -lc '${script}'`,
  cwd,
  processId: null,
  source: "agent",
  status: "completed",
  commandActions: [{ type: "unknown", command: script }],
  aggregatedOutput: "ok\n",
  exitCode: 0,
  durationMs: 1240,
  ...times,
  ...change,
});

export const changed = (
  changes: (ThreadItem & { type: "fileChange" })["changes"],
  change: Partial<ThreadItem & { type: "fileChange" }> = {},
): ThreadItem => ({
  type: "fileChange",
  id: nextId(),
  changes,
  status: "completed",
  ...times,
  ...change,
});

export const compacted = (change: Partial<ThreadItem & { type: "contextCompaction" }> = {}): ThreadItem => ({
  type: "contextCompaction",
  id: nextId(),
  ...times,
  ...change,
});
